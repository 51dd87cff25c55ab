"""What a destination is: a place of a name in the settings where approved cuts are handed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

FOLDER, THREAD = "folder", "thread"
"""The delivery folder of this machine; the conversation itself, in channels that take a file there."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One approved file on its way; `key` names the delivery for ever, `name` is the file's name there.

    `conversation` is where it was asked for. `still_mine` as in studio.messages.Outgoing.
    """

    key: str
    sha256: str
    name: str
    still_mine: Callable[[], None]
    conversation: str = ""


class Destination(Protocol):
    """Where a cut is handed over; the same three outcomes, and the same `lands_within_s`, as a Channel's."""

    @property
    def lands_within_s(self) -> float:
        """See Channel."""

    async def deliver(self, delivery: Delivery) -> str:
        """Hand it over and return where it is now, a path or an address.

        Raises NotNow when it certainly was not, OutcomeUnknown when it may have been, and any other
        StudioError when trying again is useless.
        """

    async def find(self, delivery: Delivery) -> str | None:
        """Where it is, when its handing over ended unknown; None when it certainly is not there.

        Raises NotNow when the destination cannot be asked now, OutcomeUnknown when it cannot tell at all.
        """
