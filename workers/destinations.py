"""Where approved cuts go. The folder on this machine is the first destination."""

from __future__ import annotations

import shutil
from pathlib import Path

from studio.media import MediaStore, sha256_of


def deliver_to_folder(media: MediaStore, folder: Path, sha256: str, name: str) -> str:
    """Copy the file once under its name, atomically; the same file delivered again is a no-op."""
    folder.mkdir(parents=True, exist_ok=True)
    target = (folder / name).resolve()
    if not (target.is_file() and sha256_of(target) == sha256):
        temporary = target.with_suffix(".part")
        shutil.copyfile(media.fetch(sha256), temporary)
        temporary.replace(target)
    return str(target)
