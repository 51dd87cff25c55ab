"""A fresh clone with an empty weights cache, from nothing to `delivered`; the package cache stays the machine's."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parent.parent


def measure(console: Console) -> float:
    """Seconds of `make demo` in a fresh clone, downloads included; raises when nothing was delivered."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AICLONE_")}
        environment |= {
            "AICLONE_CACHE": f"{folder}/cache",
            "UV_NO_CACHE": "1",
            "AICLONE_REDIS_URL": "redis://127.0.0.1:7392/0",
            "AICLONE_WEB_PORT": "8766",
        }
        start = time.monotonic()
        run = subprocess.run(["make", "demo"], cwd=clone, env=environment, capture_output=True, text=True)
        seconds = time.monotonic() - start
    last = run.stdout.strip().splitlines()[-1] if run.stdout.strip() else ""
    if run.returncode or not last.startswith("delivered "):
        raise RuntimeError(f"make demo failed: {run.stdout[-2000:]}\n{run.stderr[-2000:]}")
    console.print(f"fresh clone to “{last.split('/')[-1]}”: {seconds:.0f} s")
    return seconds
