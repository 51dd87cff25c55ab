"""How long finished takes took, by stage: all are counted once, afterwards only what is new.

A finished take never changes, so its seconds are counted for good once they are old enough that nobody commits
before them any more. Whenever the count does not agree with the database (a clock went back, a backup was put
in its place), everything is counted anew.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Row, func, select

from studio.store.schema import takes

BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
SETTLED_S = 60.0
_SECONDS = [takes.c.cost[name].as_float().label(name) for name in ("wall_s", "cpu_s")]
_ENDED = select(
    *(takes.c[name] for name in ("kind", "engine", "attempt", "finished_at")), *_SECONDS, takes.c.state
)
_COUNT = select(func.count()).where(takes.c.state == "done")


@dataclass(slots=True)
class Seconds:
    """A histogram: `counts` by upper bound of BOUNDS_S and one more beyond, and the sum of all."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """One more take."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total += seconds

    def buckets(self) -> Iterator[tuple[str, int]]:
        """(upper bound, takes that took no longer), as Prometheus wants them."""
        return zip([*map(str, BOUNDS_S), "+Inf"], accumulate(self.counts), strict=True)


@dataclass(slots=True)
class Stage:
    """Finished takes of one kind and engine; `retries` are their attempts beyond the first."""

    done: int = 0
    retries: int = 0
    wall: Seconds = field(default_factory=Seconds)
    cpu: Seconds = field(default_factory=Seconds)


Counted = defaultdict[tuple[str, str], Stage]


class Stages:
    """The count so far; for one thread at a time."""

    def __init__(self) -> None:
        self._settled: Counted = defaultdict(Stage)
        self._until = 0.0

    def look(self, connection: Connection) -> Counted:
        """(kind, engine) → its finished takes."""
        rows = self._since(connection)
        known = sum(stage.done for stage in self._settled.values())
        if known + len(rows) != connection.execute(_COUNT).scalar_one():
            self._settled.clear()
            self._until = 0.0
            rows = self._since(connection)
        until = max(self._until, time.time() - SETTLED_S)
        _count(self._settled, (row for row in rows if row.finished_at <= until))
        found = deepcopy(self._settled)
        _count(found, (row for row in rows if row.finished_at > until))
        self._until = until
        return found

    def _since(self, connection: Connection) -> list[Row[Any]]:
        rows = connection.execute(_ENDED.where(takes.c.finished_at > self._until))
        return [row for row in rows if row.state == "done"]  # not asked for in SQL: its index would be taken


def _count(stages: Counted, rows: Iterable[Row[Any]]) -> None:
    for kind, engine, attempt, _, wall_s, cpu_s, _ in rows:
        stage = stages[kind, engine]
        stage.done += 1
        stage.retries += attempt - 1
        stage.wall.add(wall_s or 0.0)
        stage.cpu.add(cpu_s or 0.0)
