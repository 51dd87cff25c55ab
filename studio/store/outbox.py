"""What leaves the house: one row a message or delivery, under a key that names it for ever."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from studio.domain import ProductionId
from studio.store.schema import outbox


def put(
    connection: Connection,
    key: str,
    conversation: str,
    kind: str,
    body: dict[str, Any],
    production_id: ProductionId | None = None,
) -> bool:
    """Write a row unless its key is known; True when it is new."""
    if connection.execute(select(outbox.c.key).where(outbox.c.key == key)).first():
        return False
    connection.execute(
        insert(outbox).values(
            key=key,
            production_id=production_id,
            conversation=conversation,
            kind=kind,
            body=body,
            state="new",
            attempts=0,
            not_before=0.0,
            created_at=time.time(),
        )
    )
    return True


def due(connection: Connection, limit: int = 100) -> list[RowMapping]:
    """Rows to send now, oldest first."""
    return list(
        connection.execute(
            select(outbox)
            .where(outbox.c.state.in_(("new", "sending")), outbox.c.not_before <= time.time())
            .order_by(outbox.c.created_at)
            .limit(limit)
        ).mappings()
    )


def mark(
    connection: Connection, key: str, state: str, *, ref: str | None = None, retry_after: float = 0.0
) -> None:
    """Set a row's outcome: new (try again after `retry_after` s), sending, done, unknown, failed."""
    now = time.time()
    connection.execute(
        update(outbox)
        .where(outbox.c.key == key)
        .values(
            state=state,
            ref=ref,
            attempts=outbox.c.attempts + (state != "done"),
            not_before=now + retry_after,
            done_at=now if state == "done" else None,
        )
    )


def states(connection: Connection, production_id: ProductionId) -> dict[str, str]:
    """key → state of one production's rows."""
    rows = connection.execute(
        select(outbox.c.key, outbox.c.state).where(outbox.c.production_id == production_id)
    )
    return {row.key: row.state for row in rows}


def row(connection: Connection, key: str) -> RowMapping | None:
    """The row of that key."""
    return connection.execute(select(outbox).where(outbox.c.key == key)).mappings().first()


def of_conversation(connection: Connection, conversation: str) -> list[RowMapping]:
    """All messages for a conversation, oldest first; deliveries and meters are not messages."""
    return list(
        connection.execute(
            select(outbox)
            .where(outbox.c.conversation == conversation, outbox.c.kind.not_in(("deliver", "progress")))
            .order_by(outbox.c.created_at)
        ).mappings()
    )


def of_production(connection: Connection, production_id: ProductionId, kind: str) -> list[RowMapping]:
    """A production's rows of one kind, oldest first."""
    return list(
        connection.execute(
            select(outbox)
            .where(outbox.c.production_id == production_id, outbox.c.kind == kind)
            .order_by(outbox.c.created_at)
        ).mappings()
    )
