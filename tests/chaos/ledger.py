"""The outside world as a file: what was shown to a person, what arrived, what they were told is safe.

It is the kind of other side that is hard to talk to: it takes the same message twice, it may do what it was
asked and then fail, be slow, or refuse. It never forgets: a line is written by one append.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import NotNow, OutcomeUnknown, StudioError
from studio.failpoints import failpoint
from studio.messages import Outgoing
from workers.destinations import Delivery


@dataclass(frozen=True, slots=True)
class Ledger:
    """Lines {"what": "post" | "delivery" | "ack", "key", …} in the order in which they happened."""

    path: Path

    def write(self, what: str, key: str, **more: Any) -> None:
        """Append a line; atomic between processes."""
        line = json.dumps({"what": what, "key": key, **more}).encode() + b"\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def read(self, what: str) -> list[dict[str, Any]]:
        """All lines of that kind; one that is being written is not there yet."""
        if not self.path.exists():
            return []
        whole = self.path.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if line["what"] == what]

    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def has(self, what: str, key: str) -> bool:
        """Whether there is such a line."""
        return any(line["key"] == key for line in self.read(what))


@dataclass
class Mood:
    """What the other side does next; a word is used up by one call.

    "do-then-fail", "fail" (certainly not done), "refuse" (for good), "blind" (cannot tell), "late" (taken, its
    sender hears nothing, and done after somebody has looked for it in vain), "" (as asked).
    """

    words: list[str] = field(default_factory=list)

    def next(self) -> str:
        """The next word."""
        return self.words.pop(0) if self.words else ""


def refuse_or_fail(mood: str) -> None:
    """Raise what that mood means before anything is done."""
    if mood == "fail":
        raise NotNow("Busy.", retry_after=0.01)
    if mood == "refuse":
        raise StudioError("Nobody of that name is here.")


@dataclass
class LedgerChannel:
    """A chat that shows what it is sent, however often."""

    ledger: Ledger
    prefix: str = "desk:"
    mood: Mood = field(default_factory=Mood)
    lands_within_s: float = 0.0
    held: list[Outgoing] = field(default_factory=list)

    async def send(self, message: Outgoing) -> str:
        """Show it."""
        mood = self.mood.next()
        refuse_or_fail(mood)
        message.still_mine()
        if mood == "late":
            self.held.append(message)
            raise OutcomeUnknown
        self.show(message)
        failpoint("shown outside")
        if mood == "do-then-fail":
            raise OutcomeUnknown
        return message.key

    async def find(self, message: Outgoing) -> str | None:
        """Look through everything shown."""
        if self.mood.next() == "blind":
            raise OutcomeUnknown
        found = message.key if self.ledger.has("post", message.key) else None
        while self.held:
            self.show(self.held.pop())
        return found

    def show(self, message: Outgoing) -> None:
        """A person sees it."""
        body = {"kind": message.kind, "conversation": message.conversation, "body": message.body}
        self.ledger.write("post", message.key, **body)


@dataclass
class LedgerDestination:
    """A place that keeps every copy it is given."""

    ledger: Ledger
    mood: Mood = field(default_factory=Mood)
    lands_within_s: float = 0.0

    async def deliver(self, delivery: Delivery) -> str:
        """Keep it."""
        mood = self.mood.next()
        refuse_or_fail(mood)
        self.ledger.write("delivery", delivery.key, sha256=delivery.sha256, name=delivery.name)
        failpoint("delivered outside")
        if mood == "do-then-fail":
            raise OutcomeUnknown
        return delivery.name

    async def find(self, delivery: Delivery) -> str | None:
        """Look through everything kept."""
        if self.mood.next() == "blind":
            raise OutcomeUnknown
        return delivery.name if self.ledger.has("delivery", delivery.key) else None
