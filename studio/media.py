"""The media store: content-addressed files in a folder, published atomically, and receipts of takes.

`<root>/sha256/ab/abcdef…` holds bytes; `<root>/takes/<take id>.json` says what a take's attempt produced, so
that a lost report is found again; `<root>/paid/<take id>.json` what was asked of a vendor for it;
`<root>/revoked/<persona id>` stops every worker that has no database; in `<root>/training/<persona id>` lies what a
persona's voice is trained on, and how far that is.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.domain import Sha256
from studio.errors import DiskFull, MediaUnusable
from studio.failpoints import failpoint

LONGEST_S = 48 * 3600.0
"""An attempt waits and works at most so long."""


def sha256_of(path: Path) -> Sha256:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as source:
        return Sha256(hashlib.file_digest(source, "sha256").hexdigest())


class MediaStore:
    """Files by their SHA-256; nothing is ever overwritten."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in ("sha256", "takes", "paid", "revoked", "tmp"):
            (root / part).mkdir(parents=True, exist_ok=True)

    def put(self, path: Path) -> Sha256:
        """Copy a file in and return its hash; raises DiskFull."""
        sha = sha256_of(path)
        target = self._home(sha)
        if not target.exists():
            self._publish(target, lambda out: shutil.copyfile(path, out))
        return sha

    def fetch(self, sha: str) -> Path:
        """The file of that hash, to be read only; raises MediaUnusable when it is gone."""
        path = self._home(sha)
        if not path.is_file():
            raise MediaUnusable(f"The stored file {sha[:12]} is missing from the media store.")
        return path

    def read_json(self, sha: str) -> dict[str, Any]:
        """A stored JSON file; raises MediaUnusable when it is gone."""
        found: dict[str, Any] = json.loads(self.fetch(sha).read_bytes())
        return found

    def has(self, sha: str) -> bool:
        """Whether the file of that hash is here."""
        return self._home(sha).is_file()

    def erase(self, sha: str) -> None:
        """Remove stored bytes for good, as a revocation asks."""
        self._home(sha).unlink(missing_ok=True)

    def write_receipt(self, take_id: str, receipt: dict[str, Any]) -> None:
        """Record what a take produced; the last writer wins."""
        body = json.dumps(receipt, sort_keys=True).encode()
        self._publish(self._receipt(take_id), lambda out: out.write_bytes(body))

    def receipt(self, take_id: str) -> dict[str, Any] | None:
        """What a take produced, or None; a receipt whose file is gone counts as none."""
        path = self._receipt(take_id)
        if not path.is_file():
            return None
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found if self.has(found["artifact"]) else None

    def paid(self, take_id: str) -> Path:
        """Where a paid engine keeps its receipt for a take, over all attempts; it may not be there yet."""
        return self.root / "paid" / f"{take_id}.json"

    def revoke(self, persona_id: str) -> None:
        """Refuse all further renders with a persona, on every worker that sees this store."""
        (self.root / "revoked" / persona_id).touch()

    def is_revoked(self, persona_id: str) -> bool:
        """Whether renders with a persona are refused."""
        return (self.root / "revoked" / persona_id).exists()

    def training(self, persona_id: str) -> Path:
        """Where a persona's training lies; it may not be there yet."""
        return self.root / "training" / persona_id

    def workspace(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for one attempt, on the same file system, removed on exit."""
        return tempfile.TemporaryDirectory(dir=self.root / "tmp")

    def tidy(self, older_s: float = LONGEST_S) -> None:
        """Remove what killed processes left behind, once it is older than any attempt can be."""
        for left in (self.root / "tmp").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < time.time() - older_s:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _home(self, sha: str) -> Path:
        return self.root / "sha256" / sha[:2] / sha

    def _receipt(self, take_id: str) -> Path:
        return self.root / "takes" / f"{take_id}.json"

    def _publish(self, target: Path, write: Callable[[Path], object]) -> None:
        temporary = self.root / "tmp" / uuid.uuid4().hex
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write(temporary)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o644)
            failpoint("before publish")
            temporary.replace(target)
            failpoint("after publish")
        except OSError as error:
            temporary.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
