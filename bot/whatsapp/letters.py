"""One message in its place: who wrote it, where, what it quotes; and what can be answered at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, RowMapping

from bot.whatsapp.arrived import Arrived
from studio.domain import ProductionId
from studio.store import following, outbox, productions, whatsapp

Meaning = tuple[str, dict[str, Any]]
"""(kind, body) of an inbox row; "" for none."""


@dataclass(frozen=True)
class Letter:
    """A message of somebody who may write, inside the transaction that records it; `zone` is the studio's."""

    message: Arrived
    connection: Connection
    conversation: str
    person: str
    namer: Callable[[str], str]
    zone: str = "UTC"

    @cached_property
    def said(self) -> list[RowMapping]:
        """All that was said to them, oldest first."""
        return outbox.of_conversation(self.connection, self.conversation)

    def event_id(self, wamid: str) -> str:
        """What the inbox knows a message by; a wamid itself has the phone number in it."""
        return f"m:{self.namer(wamid)}"

    def ours(self, wamid: str) -> RowMapping | None:
        """The outbox row that one of our messages here shows, None for any other message."""
        key = whatsapp.key_of(self.connection, wamid)
        row = outbox.row(self.connection, key) if key else None
        return row if row is not None and row["conversation"] == self.conversation else None

    def production(self, subject: str) -> RowMapping | None:
        """The production of a subject, if this conversation shows it."""
        parts = subject.split(":")
        if len(parts) != 3:
            return None
        row = next(iter(productions.some(self.connection, [ProductionId(parts[1])])), None)
        shown = row is not None and following.shows(self.connection, row, self.conversation)
        return row if shown else None


def notice(
    text: str,
    choices: Sequence[tuple[str, str]] = (),
    *,
    rows: Sequence[dict[str, str]] = (),
    subject: str = "",
    asks: str = "",
) -> Meaning:
    """An answer that needs no agent: `choices` are (id, title), `subject` the card it points to."""
    body: dict[str, Any] = {"text": text, "rows": list(rows), "subject": subject, "asks": asks}
    body["choices"] = [{"id": identity, "title": title} for identity, title in choices]
    return "notice", {name: value for name, value in body.items() if value}


SILENCE: Meaning = ("notice", {})
