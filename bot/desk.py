"""The two surfaces in this house, web desk and terminal: they read the store, so committing is delivering."""

from __future__ import annotations

import uuid

from studio.messages import Outgoing

OWNER = "owner"  # both surfaces belong to whoever owns the home folder


class DeskChannel:
    """Conversations opened in the browser."""

    prefix = "desk:"
    lands_within_s = 0.0

    async def send(self, message: Outgoing) -> str:
        """Nothing is left to do: the page reads the outbox itself."""
        return message.key

    async def find(self, message: Outgoing) -> str | None:
        """Committing is showing."""
        return message.key


class TerminalChannel:
    """Conversations opened in a terminal; the web desk shows them too."""

    prefix = "term:"
    lands_within_s = 0.0

    async def send(self, message: Outgoing) -> str:
        """Nothing is left to do: the terminal reads the outbox itself."""
        return message.key

    async def find(self, message: Outgoing) -> str | None:
        """Committing is showing."""
        return message.key


def new_conversation(prefix: str) -> str:
    """A fresh conversation's name."""
    return prefix + uuid.uuid4().hex
