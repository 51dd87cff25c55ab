"""Trainings: takes without a production, one at a time for a persona; each that is done becomes a version, once."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from studio.catalogue import Catalogue
from studio.domain import PersonaId, TakeId
from studio.engine import Kind
from studio.errors import NeedsFounder
from studio.schedule import Rank
from studio.store import personas, voices
from studio.store.dialects import lock
from studio.store.personas import Persona
from studio.store.schema import personas as founders
from studio.store.schema import takes
from studio.store.takes import find
from studio.store.takes import order as order_take
from studio.store.unwanted import CANCELLED

_PERSONA = takes.c.order["persona"].as_string()
_TRAINS = takes.c.kind == Kind.TRAIN
_OPEN: tuple[ColumnElement[bool], ...] = (_TRAINS, takes.c.state == "ordered")


def order(connection: Connection, persona: Persona, take_id: TakeId, body: dict[str, Any]) -> None:
    """Order a training, or go on with one that was stopped or failed; it waits behind everything else.

    It has no founder, so that hours of it do not count against theirs. Raises NeedsFounder while another one of
    the persona is under way, and ConsentMissing.
    """
    lock(connection, f"persona:{persona.id}")
    personas.require_consent(connection, persona)
    if (other := under_way(connection, persona.id)) and other["id"] != take_id:
        raise NeedsFounder(f"Another training of {persona.name}'s voice is under way.")
    rank: Any = {"rank": int(Rank.BATCH), "born": time.time()}
    order_take(connection, take_id, str(Kind.TRAIN), body["engine"], body, **rank)


def under_way(connection: Connection, persona_id: PersonaId) -> RowMapping | None:
    """The training of a persona that is ordered and not over."""
    return connection.execute(select(takes).where(*_OPEN, persona_id == _PERSONA)).mappings().first()


def all_of(connection: Connection, persona_id: PersonaId) -> list[TakeId]:
    """Every training of a persona there ever was."""
    mine = select(takes.c.id).where(_TRAINS, persona_id == _PERSONA)
    return [TakeId(found) for found in connection.execute(mine).scalars()]


def stop(connection: Connection, persona_id: PersonaId) -> bool:
    """Cancel what is under way or failed, its checkpoint is kept; False for none. The sweep tells the worker."""
    mine = update(takes).where(_TRAINS, takes.c.state.in_(("ordered", "failed")), persona_id == _PERSONA)
    return bool(connection.execute(mine.values(state=CANCELLED, finished_at=time.time(), say=None)).rowcount)


def keep(connection: Connection, catalogue: Catalogue, take_id: TakeId) -> None:
    """Make a training that is done a version of the voice that it trains.

    Raises ConsentMissing or PersonaUnknown when the persona may not be used any more.
    """
    take = find(connection, take_id)
    assert take is not None
    persona = personas.by_id(connection, PersonaId(take["order"]["persona"]))
    engine = next(name for name, spec in catalogue.specs.items() if take["engine"] in spec.trainers)
    voices.add(connection, persona, engine, take["artifact"], take["facts"]["training"])


def all_under_way(connection: Connection) -> list[RowMapping]:
    """All that are not over, as watch.ordered_takes tells of takes; for the production stands the persona's name."""
    wanted = [takes.c[name] for name in ("id", "kind", "engine", "attempt", "rung_at", "created_at", "say")]
    named = founders.c.name.label("production_id"), takes.c.kind.label("role")
    query = select(*wanted, *named).join(founders, founders.c.id == _PERSONA).where(*_OPEN)
    return list(connection.execute(query.order_by(takes.c.created_at)).mappings())


def failed(connection: Connection) -> list[RowMapping]:
    """The training of each persona that ended last and failed, while none is under way: a take, and `name`."""
    ended = [takes.c[name] for name in ("state", "attempt", "order", "reason", "say")]
    query = select(*ended, founders.c.name).join(founders, founders.c.id == _PERSONA)
    newest = query.where(_TRAINS, founders.c.removed_at.is_(None)).order_by(
        takes.c.state == "ordered", takes.c.finished_at
    )
    last = {row["name"]: row for row in connection.execute(newest).mappings()}
    return [row for row in last.values() if row["state"] == "failed"]
