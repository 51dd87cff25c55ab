"""`python -m workers.cli`, the same as `aiclone`."""

from workers.cli import main

main()
