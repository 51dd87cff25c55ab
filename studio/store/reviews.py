"""What people answered: replies as facts, and the first decision on each subject."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from studio.domain import ProductionId, Reading
from studio.store.dialects import insert_once
from studio.store.schema import approvals, replies, retakes

# asked again and again by a visit: built once
_UNSETTLED = (
    select(replies)
    .where(replies.c.production_id == bindparam("wanted"), replies.c.settled_at.is_(None))
    .order_by(replies.c.created_at)
)
_DECISION = select(approvals).where(approvals.c.subject == bindparam("wanted"))
_RETAKES = select(retakes).where(retakes.c.production_id == bindparam("wanted")).order_by(retakes.c.round)


def add_reply(
    connection: Connection,
    reply_id: str,
    production_id: ProductionId,
    *,
    subject: str,
    person: str,
    text: str,
    decision: str = "",
    at: float | None = None,
    zone: str = "",
) -> None:
    """Record what a person wrote or pressed; `subject` is what they answered ("" for plain words).

    Replies are settled in the order of `at`, the moment they were received; `zone` is their writer's.
    """
    connection.execute(
        insert(replies).values(
            id=reply_id,
            production_id=production_id,
            subject=subject,
            person=person,
            text=text,
            decision=decision,
            created_at=time.time() if at is None else at,
            zone=zone,
        )
    )


def unsettled(connection: Connection, production_id: ProductionId) -> RowMapping | None:
    """The oldest reply that nobody has read."""
    return connection.execute(_UNSETTLED, {"wanted": production_id}).mappings().first()


def settle(connection: Connection, reply_id: str, reading: Reading) -> None:
    """Record what a reply was taken to mean."""
    connection.execute(
        update(replies)
        .where(replies.c.id == reply_id)
        .values(verdict=reading.verdict, reading=asdict(reading), settled_at=time.time())
    )


def decide(
    connection: Connection,
    subject: str,
    production_id: ProductionId,
    *,
    decision: str,
    sha256: str,
    person: str,
    reply_id: str,
) -> bool:
    """Record the decision on a subject; the first one wins, False for any later one."""
    return insert_once(
        connection,
        approvals,
        subject=subject,
        production_id=production_id,
        decision=decision,
        sha256=sha256,
        person=person,
        reply_id=reply_id,
        at=time.time(),
    )


def decision_on(connection: Connection, subject: str) -> RowMapping | None:
    """The decision on a subject, if any."""
    return connection.execute(_DECISION, {"wanted": subject}).mappings().first()


def add_retake(
    connection: Connection, production_id: ProductionId, role: str, seed: int, engine: str, why: str
) -> int:
    """Want another take in a role; returns its round, counted from 1."""
    round_ = sum(1 for row in retakes_of(connection, production_id) if row["role"] == role) + 1
    connection.execute(
        insert(retakes).values(
            production_id=production_id, role=role, round=round_, seed=seed, engine=engine, why=why
        )
    )
    return round_


def retakes_of(connection: Connection, production_id: ProductionId) -> list[RowMapping]:
    """All wanted retakes of a production, oldest first."""
    return list(connection.execute(_RETAKES, {"wanted": production_id}).mappings())


def latest_retakes(connection: Connection, production_id: ProductionId) -> dict[str, dict[str, Any]]:
    """role → {"seed", "engine", "round"} of the newest retake."""
    return {
        row["role"]: {"seed": row["seed"], "engine": row["engine"], "round": row["round"]}
        for row in retakes_of(connection, production_id)
    }
