"""One conversation as both surfaces show it: what was said, what can still be answered, the work."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from studio.domain import ProductionId, Status
from studio.messages import PREVIEW, SCRIPT
from studio.store import following, inbox, outbox, productions, reviews, takes

REVIEWED = {Status.SCRIPT_REVIEW: SCRIPT, Status.CUT_REVIEW: PREVIEW}
UNSAID = ("notice", "resend")
"""Inbox rows that are no words of a person: what a channel answers or asks by itself."""
WORKING = (Status.DRAFTING, Status.RENDERING, Status.DELIVERING)


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `kind` is an outbox kind, or "text" and "decision" for what the person (`mine`) sent.

    `closed` says why a script or preview takes no answer any more; "" while it does. `ref` is what its
    channel calls it, once it is there.
    """

    key: str
    mine: bool
    kind: str
    body: dict[str, Any]
    at: float
    production_id: str
    closed: str = ""
    ref: str = ""

    @property
    def is_card(self) -> bool:
        """Whether it is a script or a preview, with its buttons."""
        return not self.mine and self.kind in (SCRIPT, PREVIEW)

    @property
    def html_id(self) -> str:
        """A stable name that HTML and CSS accept."""
        return "m" + hashlib.sha256(f"{self.mine}{self.key}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages oldest first; the production at hand; `unread_since` (Unix s) is None when all was read."""

    conversation: str
    messages: tuple[Message, ...]
    production: RowMapping | None
    takes: Sequence[Mapping[str, Any]]
    unread_since: float | None

    @property
    def status(self) -> Status | None:
        """Where the production at hand stands."""
        return Status(self.production["status"]) if self.production else None

    @property
    def waits(self) -> bool:
        """Whether the next word is the person's: all is read, nothing is being made, the card is shown."""
        if self.unread_since is not None or self.status in WORKING:
            return False
        return self.status not in REVIEWED or self.in_review() is not None

    def in_review(self) -> Message | None:
        """The script or preview that the production waits for, once it is shown."""
        wanted = REVIEWED.get(self.status) if self.status else None
        return next((m for m in reversed(self.messages) if m.kind == wanted and not m.closed), None)


def read(connection: Connection, conversation: str) -> Talk:
    """A conversation as it is now; empty when nobody said anything in it."""
    received = inbox.of_conversation(connection, conversation)
    asked = productions.of_conversation(connection, conversation)
    followed = following.followed_in(connection, conversation)
    newest = _at_hand(asked, followed)
    identity = ProductionId(newest["id"]) if newest else None
    statuses = {row["id"]: Status(row["status"]) for row in (*asked, *followed)}
    sent = outbox.of_conversation(connection, conversation)
    messages = [_incoming(row) for row in received if row["kind"] not in UNSAID] + [
        _outgoing(row, _closed(connection, row, sent, statuses)) for row in sent
    ]
    unread = [row["received_at"] for row in received if row["handled_at"] is None]
    reply = reviews.unsettled(connection, identity) if identity else None
    unread += [reply["created_at"]] if reply else []
    return Talk(
        conversation,
        tuple(sorted(messages, key=lambda message: message.at)),
        newest,
        _takes(connection, identity),
        min(unread, default=None),
    )


def _at_hand(own: Sequence[RowMapping], followed: Sequence[RowMapping]) -> RowMapping | None:
    """The conversation's own newest production; when that ended, an open one that it follows."""
    still_open = [row for row in (*followed, *own[-1:]) if row["status"] not in productions.ENDED]
    return next(iter([*still_open[-1:], *own[-1:], *followed[-1:]]), None)


def _takes(connection: Connection, identity: ProductionId | None) -> list[dict[str, Any]]:
    rows = takes.of_production(connection, identity) if identity else []
    return [{str(name): value for name, value in row.items()} for row in rows]


def _incoming(row: RowMapping) -> Message:
    key = f"{row['source']}/{row['event_id']}"
    return Message(key, True, row["kind"], row["body"], row["received_at"], row["production_id"] or "")


def _outgoing(row: RowMapping, closed: str) -> Message:
    identity = row["production_id"] or ""
    ref = (row["ref"] or "") if row["state"] == "done" else ""
    return Message(row["key"], False, row["kind"], row["body"], row["created_at"], identity, closed, ref)


def _closed(
    connection: Connection, row: RowMapping, sent: list[RowMapping], statuses: dict[str, Status]
) -> str:
    if row["kind"] not in (SCRIPT, PREVIEW):
        return ""
    decision = reviews.decision_on(connection, row["body"]["subject"])
    if decision is not None:
        return {"approve": "You approved this.", "cancel": "You stopped this."}.get(
            decision["decision"], "You answered this."
        )
    if any(_replaces(other, row) for other in sent):
        return "There is a newer version."
    if statuses.get(row["production_id"]) == Status.CANCELLED:
        return "This video was stopped."
    return ""


def _replaces(other: RowMapping, row: RowMapping) -> bool:
    later = other["created_at"] > row["created_at"] and other["kind"] in (SCRIPT, PREVIEW)
    return later and other["production_id"] == row["production_id"]
