"""Takes: ordered once under their identity, attempted until done or refused, shared by all productions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, or_, select, update

from studio.domain import ProductionId, TakeId
from studio.store import unwanted
from studio.store.clock import has_come, in_seconds
from studio.store.dialects import insert_once
from studio.store.schema import production_takes, scripts, takes

MAX_FAULTS = 3
"""Attempts that may end with an error of their own."""
MAX_LOSSES = 12
"""Attempts that may be lost with their worker: a killed worker is seldom the take's fault, but may be."""

# asked again and again by a visit: built once
_FIND = select(takes).where(takes.c.id == bindparam("wanted"))
_USERS = (
    select(production_takes.c.production_id)
    .where(production_takes.c.take_id == bindparam("wanted"))
    .distinct()
)
_USED = (
    select(
        *(each for each in takes.c if each.name != "order"),
        production_takes.c.role,
        production_takes.c.reused,
    )
    .join(production_takes, production_takes.c.take_id == takes.c.id)
    .where(production_takes.c.production_id == bindparam("wanted"))
    .order_by(production_takes.c.at)
)
_FINISH = (
    update(takes)
    .where(
        takes.c.id == bindparam("wanted"),
        takes.c.state == "ordered",
        takes.c.attempt == bindparam("made"),
    )
    .values(
        state="done",
        artifact=bindparam("artifact"),
        facts=bindparam("facts"),
        cost=bindparam("cost"),
        finished_at=bindparam("finished_at"),
    )
    .returning(takes.c.kind)
)
_OPEN = (
    select(production_takes.c.production_id)
    .join(takes, takes.c.id == production_takes.c.take_id)
    .where(
        production_takes.c.production_id.in_(bindparam("wanted", expanding=True)),
        takes.c.state == "ordered",
        takes.c.kind.not_in(bindparam("besides", expanding=True)),
        # what a revision dropped may render on, nobody waits for it
        production_takes.c.at
        >= select(func.max(scripts.c.created_at))
        .where(scripts.c.production_id == production_takes.c.production_id)
        .scalar_subquery(),
    )
    .distinct()
)


def find(connection: Connection, take_id: TakeId) -> RowMapping | None:
    """The take of that identity."""
    return connection.execute(_FIND, {"wanted": take_id}).mappings().first()


def order(
    connection: Connection,
    take_id: TakeId,
    kind: str,
    engine: str,
    order_: dict[str, Any],
    *,
    rank: int = 1,
    founder: str = "",
    born: float = 0.0,
) -> bool:
    """Order a take unless its identity is known; True when it is to be rendered for this production.

    One that failed before is reopened, one that was cancelled is ordered anew. `rank`, `founder` and the
    production's age are what studio/schedule.py goes by; the most urgent user counts.
    """
    row = {
        "order": order_,
        "state": "ordered",
        "not_before": 0.0,
        "created_at": time.time(),
        "rank": rank,
        "founder": founder,
        "born": born,
    }
    if insert_once(connection, takes, id=take_id, kind=kind, engine=engine, attempt=1, **row):
        return True
    match unwanted.hold(connection, take_id):
        case unwanted.CANCELLED:
            unwanted.order_again(connection, take_id, **row)
            return True
        case "done":
            return False
        case "failed":
            reopen(connection, take_id)
    more_urgent = update(takes).where(takes.c.id == take_id, takes.c.rank > rank)
    connection.execute(more_urgent.values(rank=rank, founder=founder))
    return False


def use(
    connection: Connection, production_id: ProductionId, take_id: TakeId, role: str, reused: bool
) -> bool:
    """Note that a production needs a take in a role such as "voice:l3"; True when that is new."""
    key = {"production_id": production_id, "take_id": take_id, "role": role}
    return insert_once(connection, production_takes, **key, reused=int(reused), at=time.time())


def of_production(
    connection: Connection, production_id: ProductionId, orders: bool = False
) -> list[RowMapping]:
    """Takes a production has used, with `role` and `reused`, in the order they were needed.

    Their orders, most of a row's bytes, are read only when asked for.
    """
    query = _USED.add_columns(takes.c.order) if orders else _USED
    return list(connection.execute(query, {"wanted": production_id}).mappings())


def users_of(connection: Connection, take_id: TakeId) -> list[ProductionId]:
    """Productions that wait for or used a take."""
    return [ProductionId(found) for (found,) in connection.execute(_USERS, {"wanted": take_id})]


def still_open(
    connection: Connection, production_ids: list[ProductionId], besides: Sequence[str] = ()
) -> set[ProductionId]:
    """Those productions whose newest script waits for a take, of other kinds than `besides`."""
    rows = connection.execute(_OPEN, {"wanted": production_ids, "besides": list(besides)})
    return {ProductionId(found) for (found,) in rows}


def to_ring(connection: Connection) -> list[RowMapping]:
    """Ordered takes that no worker was told of, oldest production first."""
    return list(
        connection.execute(
            select(takes)
            .where(
                takes.c.state == "ordered",
                takes.c.rung_at.is_(None),
                has_come(takes.c.not_before, time.time()),
            )
            .order_by(takes.c.born, takes.c.created_at)
        ).mappings()
    )


def mark_rung(connection: Connection, take_id: TakeId, attempt: int) -> None:
    """A worker was told of this attempt."""
    connection.execute(
        update(takes).where(takes.c.id == take_id, takes.c.attempt == attempt).values(rung_at=time.time())
    )


def unring(connection: Connection, take_id: TakeId, attempt: int) -> None:
    """No worker knows of this attempt any more: it is handed out again as it is."""
    connection.execute(
        update(takes)
        .where(takes.c.id == take_id, takes.c.state == "ordered", takes.c.attempt == attempt)
        .values(rung_at=None, worker="")
    )


def rung_before(connection: Connection, moment: float) -> list[RowMapping]:
    """Ordered takes whose worker was told before `moment`, or after now, and has not reported."""
    told = or_(takes.c.rung_at < moment, takes.c.rung_at > time.time())
    return list(connection.execute(select(takes).where(takes.c.state == "ordered", told)).mappings())


def finish(connection: Connection, take_id: TakeId, attempt: int, outcome: dict[str, Any]) -> str:
    """Record an attempt's outcome {"artifact", "facts", "cost"}; the take's kind, "" when a newer attempt runs."""
    reported = {name: outcome[name] for name in ("artifact", "facts", "cost")}
    which = {"wanted": take_id, "made": attempt}
    kind = connection.execute(_FINISH, {**which, **reported, "finished_at": time.time()}).scalar()
    return str(kind or "")


def fail(connection: Connection, take_id: TakeId, attempt: int, reason: str, say: str) -> bool:
    """End a take without an artifact; False when a newer attempt runs."""
    changed = connection.execute(
        update(takes)
        .where(takes.c.id == take_id, takes.c.state == "ordered", takes.c.attempt == attempt)
        .values(state="failed", reason=reason, say=say, finished_at=time.time())
    )
    return changed.rowcount == 1


def try_again(
    connection: Connection,
    take_id: TakeId,
    attempt: int,
    say: str,
    retry_after: float,
    *,
    faults: int = 1,
    losses: int = 0,
) -> bool:
    """Open the next attempt after `retry_after` s; False when they are used up or a newer one runs.

    `faults` and `losses` say what the attempt that ended counts as.
    """
    row = takes.c
    changed = connection.execute(
        update(takes)
        .where(row.id == take_id, row.state == "ordered", row.attempt == attempt)
        .where(row.faults + faults < MAX_FAULTS, row.losses + losses < MAX_LOSSES)
        .values(
            attempt=attempt + 1,
            rung_at=None,
            worker="",
            say=say,
            not_before=in_seconds(retry_after),
            faults=row.faults + faults,
            losses=row.losses + losses,
        )
    )
    return changed.rowcount == 1


def reopen(connection: Connection, take_id: TakeId) -> None:
    """Order a failed take once more, with all its attempts, because a person asked for it."""
    connection.execute(
        update(takes)
        .where(takes.c.id == take_id, takes.c.state == "failed")
        .values(
            state="ordered",
            attempt=takes.c.attempt + 1,
            rung_at=None,
            worker="",
            not_before=0.0,
            faults=0,
            losses=0,
        )
    )
