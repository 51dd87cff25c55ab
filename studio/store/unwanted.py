"""Takes that only ended productions want: cancelled, and ordered again when a later one wants the same.

A take that nobody ever used (a voice clip to be heard, a training) is not looked at. One that a worker was told of
keeps `rung_at` until that worker was told to stop, so that no crash in between forgets it. A paid one that a worker
was told of may be at its vendor, who wants the money whatever we do: it is made, so that its receipt is written.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, exists, select, update

from studio.domain import TakeId
from studio.store.productions import ENDED
from studio.store.schema import production_takes, productions, takes

CANCELLED = "cancelled"
_USED = exists().where(production_takes.c.take_id == takes.c.id)
_WANTED = _USED.where(
    productions.c.id == production_takes.c.production_id, productions.c.status.not_in(ENDED)
)
_BOUGHT = takes.c.rung_at.is_not(None) & takes.c.engine.in_(bindparam("paid", expanding=True))
_UNWANTED = (takes.c.state == "ordered") & _USED & ~_WANTED & ~_BOUGHT
_FIND = select(takes.c.id).where(_UNWANTED).order_by(takes.c.id)
_HOLD = select(takes.c.state).where(takes.c.id == bindparam("wanted")).with_for_update()
_UNTOLD = select(takes.c.id, takes.c.attempt, takes.c.engine, takes.c.worker).where(
    takes.c.state == CANCELLED, takes.c.rung_at.is_not(None)
)


def find(connection: Connection, paid: Sequence[str] = ()) -> list[TakeId]:
    """Ordered takes whose productions have all ended; `paid` names the engines that cost money."""
    return [TakeId(found) for found in connection.execute(_FIND, {"paid": list(paid)}).scalars()]


def cancel(connection: Connection, take_ids: list[TakeId], paid: Sequence[str] = ()) -> list[RowMapping]:
    """Cancel those that are still unwanted: id and attempt. A row that somebody else writes is left for next time."""
    held = select(takes.c.id).where(takes.c.id.in_(take_ids)).with_for_update(skip_locked=True)
    ours = list(connection.execute(held).scalars())
    # a statement of its own: it sees whoever ordered one of them before we held the rows
    changed = connection.execute(
        update(takes)
        .where(takes.c.id.in_(ours), _UNWANTED)
        .values(state=CANCELLED, finished_at=time.time(), say=None)
        .returning(takes.c.id, takes.c.attempt),
        {"paid": list(paid)},
    )
    return list(changed.mappings())


def untold(connection: Connection) -> list[RowMapping]:
    """Cancelled attempts whose worker was not told yet: id, attempt, engine, worker."""
    return list(connection.execute(_UNTOLD).mappings())


def told(connection: Connection, take_id: TakeId, attempt: int) -> None:
    """The worker knows."""
    which = (takes.c.id == take_id, takes.c.attempt == attempt, takes.c.state == CANCELLED)
    connection.execute(update(takes).where(*which).values(rung_at=None, worker=""))


def hold(connection: Connection, take_id: TakeId) -> str:
    """A take's state, which nobody changes until this transaction ends: it is not cancelled meanwhile."""
    return str(connection.execute(_HOLD, {"wanted": take_id}).scalar_one())


def order_again(connection: Connection, take_id: TakeId, **as_new: Any) -> None:
    """Order a cancelled take as a new one, under its next attempt."""
    fresh = {"faults": 0, "losses": 0, "rung_at": None, "worker": "", "finished_at": None}
    again = update(takes).where(takes.c.id == take_id, takes.c.state == CANCELLED)
    connection.execute(again.values(**as_new, **fresh, attempt=takes.c.attempt + 1))
