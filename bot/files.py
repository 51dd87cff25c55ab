"""Stored files under names and types that people and browsers know."""

from __future__ import annotations

import mimetypes
import shutil
from pathlib import Path

from studio.media import MediaStore

MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


def media_type(path: Path) -> str:
    """The type of a stored picture or video, from its first bytes."""
    with path.open("rb") as source:
        head = source.read(12)
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for magic, kind in MAGIC if head.startswith(magic)), "application/octet-stream")


def copy_out(media: MediaStore, sha256: str, folder: Path, stem: str) -> Path:
    """A copy of a stored file, named for people; the store's own stays whole. Raises MediaUnusable."""
    source = media.fetch(sha256)
    target = folder / f"{stem}{mimetypes.guess_extension(media_type(source)) or ''}"
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return target
