"""Where approved cuts go: what a destination is, and the folder on this machine, the first one."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.errors import DiskFull, StudioError
from studio.failpoints import failpoint
from studio.media import MediaStore, sha256_of


@dataclass(frozen=True, slots=True)
class Delivery:
    """One approved file on its way; `key` names the delivery for ever, `name` is the file's name there."""

    key: str
    sha256: str
    name: str


class Destination(Protocol):
    """Where a cut is handed over; the same three outcomes as a Channel's."""

    async def deliver(self, delivery: Delivery) -> str:
        """Hand it over and return where it is now.

        Raises NotNow when it certainly was not, OutcomeUnknown when it may have been, and any other
        StudioError when trying again is useless.
        """

    async def find(self, delivery: Delivery) -> str | None:
        """Where it is, when its handing over ended unknown; None when it certainly is not there.

        Raises NotNow when the destination cannot be asked now, OutcomeUnknown when it cannot tell at all.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine; the same file delivered again is found and left alone."""

    media: MediaStore
    folder: Path

    async def deliver(self, delivery: Delivery) -> str:
        """Copy the file under its name, atomically; raises DiskFull, or StudioError for another OSError."""
        found = await self.find(delivery)
        return found if found is not None else await asyncio.to_thread(self._copy, delivery)

    async def find(self, delivery: Delivery) -> str | None:
        """The path, when the file there is that file."""
        return await asyncio.to_thread(self._look, delivery)

    def _target(self, delivery: Delivery) -> Path:
        return (self.folder / delivery.name).resolve()

    def _look(self, delivery: Delivery) -> str | None:
        target = self._target(delivery)
        return str(target) if target.is_file() and sha256_of(target) == delivery.sha256 else None

    def _copy(self, delivery: Delivery) -> str:
        source, target = self.media.fetch(delivery.sha256), self._target(delivery)
        temporary = target.with_suffix(f".{uuid.uuid4().hex[:8]}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as bytes_, temporary.open("wb") as out:
                shutil.copyfileobj(bytes_, out)
                out.flush()
                os.fsync(out.fileno())
            failpoint("before delivered file")
            temporary.replace(target)
            failpoint("after delivered file")
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise StudioError(f"The folder {self.folder} cannot be written: {error.strerror}.") from error
        return str(target)
