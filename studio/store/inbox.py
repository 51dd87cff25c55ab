"""What came in from outside, committed before anybody is answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from studio.domain import ProductionId
from studio.store.clock import moment
from studio.store.dialects import insert_once, lock
from studio.store.schema import inbox, productions


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event of a channel.

    `kind` "text" has body {"text", "options"?, "opening"?, "instead_of"?, "subject"?}: what to answer when it
    opens a production, the subject whose production ends with it, and the subject that the words quote.
    "decision" has {"subject", "decision", "text"?}, "edits" {"subject", "edits": [{"tool", "args"}]}, "voice"
    what "text" has and {"clip"}, which the channel can fetch; "operator", from the command line and of no
    conversation, {"do": "retry" | "cancel", "production"}; "notice" what the channel answers by itself, a "say"
    of studio/messages.py ("" text: nothing); "bounce" {"key", "wait_s"}: that message did not arrive after all;
    "resend" {"key"}: send it once more, its outcome being unknown. An event is known by `source` and
    `event_id`: the same one arriving twice is recorded once.
    """

    source: str
    event_id: str
    conversation: str
    person: str
    kind: str
    body: dict[str, Any]


def append(connection: Connection, event: Inbound) -> bool:
    """Record an event; False when it was here already."""
    return insert_once(
        connection,
        inbox,
        source=event.source,
        event_id=event.event_id,
        conversation=event.conversation,
        person=event.person,
        kind=event.kind,
        body=event.body,
        received_at=moment(connection, event.conversation),
    )


def pending(connection: Connection, limit: int = 100) -> list[RowMapping]:
    """Events nobody has handled, oldest first."""
    return list(
        connection.execute(
            select(inbox).where(inbox.c.handled_at.is_(None)).order_by(inbox.c.received_at).limit(limit)
        ).mappings()
    )


def claim(connection: Connection, row: Mapping[Any, Any]) -> bool:
    """Whether nobody has handled an event; until this transaction ends its conversation is ours alone."""
    lock(connection, f"conversation:{row['conversation']}")
    handled = select(inbox.c.handled_at).where(
        inbox.c.source == row["source"], inbox.c.event_id == row["event_id"]
    )
    return connection.execute(handled).scalar() is None


def mark_handled(connection: Connection, row: Mapping[Any, Any], production_id: ProductionId | None) -> None:
    """This event became a fact of that production (or of none)."""
    connection.execute(
        update(inbox)
        .where(inbox.c.source == row["source"], inbox.c.event_id == row["event_id"])
        .values(handled_at=time.time(), production_id=production_id)
    )


def of_conversation(connection: Connection, conversation: str) -> list[RowMapping]:
    """All a person wrote in a conversation, oldest first."""
    return list(
        connection.execute(
            select(inbox).where(inbox.c.conversation == conversation).order_by(inbox.c.received_at)
        ).mappings()
    )


def of_source(connection: Connection, source: str) -> list[RowMapping]:
    """Everything a channel took in, oldest first."""
    return list(
        connection.execute(
            select(inbox).where(inbox.c.source == source).order_by(inbox.c.received_at)
        ).mappings()
    )


def conversations_of(connection: Connection, person: str) -> list[str]:
    """Where somebody wrote, the latest first."""
    last = func.max(inbox.c.received_at)
    rows = select(inbox.c.conversation).where(inbox.c.person == person).group_by(inbox.c.conversation)
    return list(connection.execute(rows.order_by(last.desc())).scalars())


def not_yet_productions(connection: Connection, limit: int = 50) -> list[RowMapping]:
    """First texts of conversations in which no production was opened so far, newest first."""
    opened = select(productions.c.conversation)
    rows = connection.execute(
        select(inbox)
        .where(inbox.c.kind == "text", inbox.c.conversation.not_in(opened))
        .order_by(inbox.c.received_at)
    ).mappings()
    first: dict[str, RowMapping] = {}
    for row in rows:
        first.setdefault(row["conversation"], row)
    return list(reversed(first.values()))[:limit]
