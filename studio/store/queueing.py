"""The rows that studio/schedule.py decides on, and the claim that hands a take out once an attempt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sqlalchemy import Connection, Float, RowMapping, bindparam, func, select, update

from studio.domain import Status
from studio.schedule import WINDOW_S, Handout, Past, Running, Waiting
from studio.store.schema import personas, production_takes, productions, scripts, takes

SHOWN = 8
# asked at every ring: built once
_ROW = takes.c
_TO_RING = (
    _ROW.state == "ordered",
    _ROW.rung_at.is_(None),
    _ROW.not_before <= bindparam("now", type_=Float),
)
_ANY = select(_ROW.id).where(*_TO_RING).limit(1)
_PLACE = func.row_number().over(
    partition_by=(_ROW.rank, _ROW.founder, _ROW.engine), order_by=(_ROW.born, _ROW.created_at, _ROW.id)
)
_NUMBERED = (
    select(
        *(_ROW.id, _ROW.attempt, _ROW.engine, _ROW.kind, _ROW.rank, _ROW.founder, _ROW.born, _ROW.created_at),
        _PLACE.label("place"),
    )
    .where(*_TO_RING)
    .subquery()
)
_WAITING = select(_NUMBERED).where(_NUMBERED.c.place <= SHOWN)
_HANDED = select(_ROW.engine, _ROW.rank, _ROW.founder, _ROW.worker).where(
    _ROW.state == "ordered", _ROW.rung_at.is_not(None)
)
_CLAIM = (
    update(takes)
    .where(
        _ROW.id == bindparam("wanted"),
        _ROW.attempt == bindparam("made"),
        _ROW.state == "ordered",
        _ROW.rung_at.is_(None),
    )
    .values(rung_at=bindparam("at"), worker=bindparam("by"))
)
NeedsGpu = Callable[[str], bool]
Means = dict[str, float]


def waiting(connection: Connection, needs_gpu: NeedsGpu, now: float, means: Means) -> list[Waiting]:
    """Ordered takes that no worker was told of, the oldest SHOWN of each rank, founder and engine.

    Enough, because handing out is repeated as long as that many are handed out.
    """
    return [
        Waiting(
            each.id,
            each.attempt,
            each.engine,
            each.kind,
            needs_gpu(each.engine),
            each.rank,
            each.founder,
            each.born,
            each.created_at,
            means.get(each.engine, 1.0),
        )
        for each in connection.execute(_WAITING, {"now": now})
    ]


def any_waiting(connection: Connection, now: float) -> bool:
    """Whether there is anything to hand out."""
    return connection.execute(_ANY, {"now": now}).first() is not None


def handed(connection: Connection, needs_gpu: NeedsGpu, means: Means) -> list[Running]:
    """Takes that workers were told of and have not reported."""
    return [
        Running(
            each.engine,
            needs_gpu(each.engine),
            each.rank,
            each.founder,
            each.worker,
            means.get(each.engine, 1.0),
        )
        for each in connection.execute(_HANDED)
    ]


def past(connection: Connection, now: float) -> tuple[Past, Means]:
    """Seconds rendered in the last WINDOW_S by founder and rank, and the mean seconds of each engine's takes."""
    row, seconds = takes.c, takes.c.cost["wall_s"].as_float()
    rows = connection.execute(
        select(row.founder, row.rank, row.engine, func.sum(seconds), func.count(seconds))
        .where(row.finished_at > now - WINDOW_S, row.state == "done")
        .group_by(row.founder, row.rank, row.engine)
    )
    founders: defaultdict[str, float] = defaultdict(float)
    ranks: defaultdict[int, float] = defaultdict(float)
    engines: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for founder, rank, engine, total, count in rows:
        founders[founder] += total or 0.0
        ranks[rank] += total or 0.0
        engines[engine][0] += total or 0.0
        engines[engine][1] += count
    means = {engine: total / count for engine, (total, count) in engines.items() if count}
    return Past(founders, ranks), means


def claim(connection: Connection, handout: Handout, now: float) -> bool:
    """Note that a worker is told of this attempt; False when somebody else did so before."""
    which = {"wanted": handout.take.take_id, "made": handout.take.attempt}
    changed = connection.execute(_CLAIM, {**which, "at": now, "by": handout.worker})
    return changed.rowcount == 1


def recent(connection: Connection, limit: int = 300) -> list[tuple[str, float, float]]:
    """(engine, seconds it took, seconds of its artifact) of the newest finished takes."""
    row = takes.c
    rows = connection.execute(
        select(row.engine, row.cost, row.facts)
        .where(row.finished_at.is_not(None), row.state == "done")
        .order_by(row.finished_at.desc())
        .limit(limit)
    )
    return [
        (engine, float(cost.get("wall_s") or 0.0), float(facts.get("seconds") or 0.0))
        for engine, cost, facts in rows
    ]


def rendering(connection: Connection, limit: int = 500) -> list[RowMapping]:
    """Productions that are being rendered, oldest first: id, founder, options, version, body of their script."""
    row, newest = productions.c, scripts.alias()
    version = select(func.max(newest.c.version)).where(newest.c.production_id == row.id).scalar_subquery()
    return list(
        connection.execute(
            select(row.id, row.created_at, row.options, personas.c.founder, scripts.c.version, scripts.c.body)
            .join(personas, personas.c.id == row.persona_id)
            .join(scripts, (scripts.c.production_id == row.id) & (scripts.c.version == version))
            .where(row.status == Status.RENDERING)
            .order_by(row.created_at)
            .limit(limit)
        ).mappings()
    )


def rendered_s(connection: Connection, production_ids: list[str]) -> dict[str, float]:
    """production → seconds its finished takes took."""
    used, seconds = production_takes.c, takes.c.cost["wall_s"].as_float()
    rows = connection.execute(
        select(used.production_id, func.sum(seconds))
        .join(takes, takes.c.id == used.take_id)
        .where(used.production_id.in_(production_ids), used.reused == 0, takes.c.state == "done")
        .group_by(used.production_id)
    )
    return {found: float(total or 0.0) for found, total in rows}
