"""What leaves the house: one row a message or delivery, under a key that names it for ever.

new → sending → done | failed | unknown. A row is sent by whoever claimed it: `sending` until its lease ends,
under a claim number that is the fence for its outcome. A row found sending without a lease has an outcome that
nobody knows; it is looked up before it is sent again. Messages of a conversation go one after the other in
their order; a delivery waits for nothing.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Float,
    Integer,
    RowMapping,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)

from studio.domain import ProductionId
from studio.messages import DELIVER, PROGRESS
from studio.store.clock import has_come, in_seconds, is_over, moment
from studio.store.dialects import insert_once
from studio.store.schema import outbox

OPEN = ("new", "sending")
_STATES = select(outbox.c.key, outbox.c.state).where(outbox.c.production_id == bindparam("wanted"))

_ROW = select(outbox).where(outbox.c.key == bindparam("wanted"))


def put(
    connection: Connection,
    key: str,
    conversation: str,
    kind: str,
    body: dict[str, Any],
    production_id: ProductionId | None = None,
) -> bool:
    """Write a row unless its key is known; True when it is new."""
    return insert_once(
        connection,
        outbox,
        key=key,
        production_id=production_id,
        conversation=conversation,
        kind=kind,
        body=body,
        state="new",
        attempts=0,
        not_before=0.0,
        created_at=moment(connection, conversation),
        claim=0,
        lease_until=0.0,
        doubts=0,
    )


def due(connection: Connection, limit: int = 100, conversation: str | None = None) -> list[RowMapping]:
    """Rows that may be claimed now, oldest first: of each conversation the first open one, every delivery."""
    wanted = _due()
    if conversation is not None:
        wanted = wanted.where(outbox.c.conversation == conversation, outbox.c.kind != DELIVER)
    return list(connection.execute(wanted, {"now": time.time(), "most": limit}).mappings())


@cache
def _due() -> Select[Any]:
    earlier = outbox.alias()
    before = or_(
        earlier.c.created_at < outbox.c.created_at,
        and_(earlier.c.created_at == outbox.c.created_at, earlier.c.key < outbox.c.key),
    )
    held_up = exists().where(
        earlier.c.conversation == outbox.c.conversation,
        earlier.c.kind != DELIVER,
        earlier.c.state.in_(OPEN),
        before,
    )
    free = _is_free(bindparam("now", type_=Float))
    wanted = select(outbox).where(free, or_(outbox.c.kind == DELIVER, ~held_up))
    return wanted.order_by(outbox.c.created_at).limit(bindparam("most", type_=Integer))


def claim(connection: Connection, key: str, lease_s: float) -> RowMapping | None:
    """Take a row for sending, as it was before; its claim is one more then. None when another relay has it."""
    found = row(connection, key)
    now = time.time()
    claimed = found["claim"] if found else -1
    which = {"wanted": key, "claimed": claimed, "now": now, "until": now + lease_s}
    changed = connection.execute(_claim(), which)
    return found if changed.rowcount == 1 else None


@cache
def _claim() -> Update:
    free = _is_free(bindparam("now", type_=Float))
    return (
        update(outbox)
        .where(outbox.c.key == bindparam("wanted"), free, outbox.c.claim == bindparam("claimed"))
        .values(state="sending", claim=outbox.c.claim + 1, lease_until=bindparam("until"))
    )


def renew(connection: Connection, key: str, number: int, lease_s: float) -> bool:
    """Keep a claim; False when it was lost."""
    changed = connection.execute(
        update(outbox).where(*_held(key, number)).values(lease_until=time.time() + lease_s)
    )
    return changed.rowcount == 1


def mark(
    connection: Connection,
    key: str,
    number: int,
    state: str,
    *,
    ref: str | None = None,
    retry_after: float = 0.0,
    doubts: int = 0,
    sent_until: float = 0.0,
) -> bool:
    """Set what became of a claimed row; False, and nothing changes, when the claim was lost.

    "new" is certainly not sent; "sending" may be, and is looked up after `retry_after` s. What was sent left at
    `sent_until` at the latest; the row keeps that as the end of its lease, as a dead relay leaves it.
    """
    changed = connection.execute(
        update(outbox)
        .where(*_held(key, number))
        .values(
            state=state,
            ref=ref,
            attempts=outbox.c.attempts + int(state != "done"),
            not_before=in_seconds(retry_after),
            done_at=time.time() if state == "done" else None,
            lease_until=sent_until,
            doubts=outbox.c.doubts + doubts,
        )
    )
    return changed.rowcount == 1


def reopen(connection: Connection, key: str) -> bool:
    """Send a row once more whose outcome is failed or unknown, because a person asked for it."""
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state.in_(("failed", "unknown")))
        .values(state="new", not_before=0.0, doubts=0, lease_until=0.0)
    )
    return changed.rowcount == 1


def bounce(connection: Connection, key: str, wait_s: float) -> bool:
    """What was shown, or is on its way, did not arrive after all: it is sent again, by nobody's old claim."""
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state.in_(("done", "sending")))
        .values(
            state="new",
            ref=None,
            done_at=None,
            claim=outbox.c.claim + 1,
            attempts=outbox.c.attempts + 1,
            not_before=in_seconds(wait_s),
            lease_until=0.0,
        )
    )
    return changed.rowcount == 1


def release(connection: Connection, conversation: str) -> None:
    """What waits for a later moment there is due now."""
    connection.execute(
        update(outbox)
        .where(outbox.c.conversation == conversation, outbox.c.state == "new", outbox.c.not_before > 0)
        .values(not_before=0.0)
    )


def states(connection: Connection, production_id: ProductionId) -> dict[str, str]:
    """key → state of one production's rows."""
    rows = connection.execute(_STATES, {"wanted": production_id})
    return {row.key: row.state for row in rows}


def row(connection: Connection, key: str) -> RowMapping | None:
    """The row of that key."""
    return connection.execute(_ROW, {"wanted": key}).mappings().first()


def of_conversation(connection: Connection, conversation: str) -> list[RowMapping]:
    """All messages for a conversation, oldest first; deliveries and meters are not messages."""
    return list(
        connection.execute(
            select(outbox)
            .where(outbox.c.conversation == conversation, outbox.c.kind.not_in((DELIVER, PROGRESS)))
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


def _is_free(now: float | BindParameter[float]) -> ColumnElement[bool]:
    left = and_(outbox.c.state == "sending", is_over(outbox.c.lease_until, now))
    return and_(or_(outbox.c.state == "new", left), has_come(outbox.c.not_before, now))


def _held(key: str, number: int) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.key == key, outbox.c.claim == number, outbox.c.state == "sending"
