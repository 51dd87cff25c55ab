"""Where approved cuts go (studio/destinations.py): folders of this machine, the conversation itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from studio.destinations import THREAD, Delivery, Destination
from studio.errors import DiskFull, StudioError
from studio.failpoints import failpoint
from studio.media import MediaStore, sha256_of
from studio.messages import AT_HOME, DELIVER, Channel, Outgoing
from studio.settings import Settings

Maker = Callable[[str, MediaStore, Sequence[Channel]], Destination]


def destinations_of(
    settings: Settings, media: MediaStore, channels: Sequence[Channel]
) -> dict[str, Destination]:
    """Every place that the settings name. An address is a folder, or one of MAKERS' words (before a colon)."""
    return {
        name: MAKERS.get(address.partition(":")[0], _folder)(address, media, channels)
        for name, address in settings.places.items()
    }


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine; the same file delivered again is found and left alone."""

    lands_within_s: ClassVar[float] = 0.0  # a copy that comes late replaces the same file by itself
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


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation in which it was asked for: its channel takes the file (kind "deliver")."""

    lands_within_s: ClassVar[float] = 0.0  # channels write down what they do with a file
    channels: Sequence[Channel]

    async def deliver(self, delivery: Delivery) -> str:
        """Show the file there; raises what the channel raises, StudioError where none takes files."""
        return await self._channel(delivery).send(_outgoing(delivery))

    async def find(self, delivery: Delivery) -> str | None:
        """Ask the channel."""
        return await self._channel(delivery).find(_outgoing(delivery))

    def _channel(self, delivery: Delivery) -> Channel:
        found = [each for each in self.channels if delivery.conversation.startswith(each.prefix)]
        if not found or delivery.conversation.startswith(AT_HOME):
            raise StudioError("A video asked for here cannot be handed over in the conversation itself.")
        return found[0]


def _outgoing(delivery: Delivery) -> Outgoing:
    body = {"sha256": delivery.sha256, "name": delivery.name}
    return Outgoing(delivery.key, delivery.conversation, DELIVER, body, delivery.still_mine)


def _folder(address: str, media: MediaStore, _: Sequence[Channel]) -> Destination:
    return Folder(media, Path(address))


MAKERS: dict[str, Maker] = {THREAD: lambda _, __, channels: Thread(channels)}
"""What an address begins with → the destination there; later ones (a bucket, a drive) are added here."""
