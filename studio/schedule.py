"""What runs next: a pure function on rows, called when a slot is free. Nothing here reads a clock or a database.

A slot is one engine at work in a media worker. A worker runs as many takes as it has slots, never two of one
engine (each has one child), and holds one more of each engine, so that it does not idle while the agent hears
of a finished take. Those it holds start by rank too (`turn`), so that a batch delays nobody who waits by more
than the render under way.

The order: what is long overdue (a tenth of the time at most), then by rank; inside a rank warm engines before
cold ones for half a minute, then the founder with the least seconds in the window, then the older production,
then what the preview waits for longest (voice, picture, cut), then first come.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

WINDOW_S = 3600.0
AFFINITY_S = 30.0
SHARE_S = 60.0  # founders are compared in steps of about a short video, so that started ones are finished
OVERDUE_S = {1: 900.0, 2: 6 * 3600.0}
HELD_S = 300.0
OVERDUE_SHARE = 0.1
AN_ENGINE = 2
STAGES = {"voice": 0, "animate": 1, "cut": 2, "listen": 3, "inspect": 4}


class Rank(IntEnum):
    """Classes of takes, the most urgent first."""

    REVISION = 0
    BRIEF = 1
    BATCH = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """An ordered take. `born` is its production's age, `since` its own (Unix s); `seconds` what it will take."""

    take_id: str
    attempt: int
    engine: str
    kind: str
    gpu: bool
    rank: int
    founder: str
    born: float
    since: float
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """A take that was handed to a worker ("" when none was known) and has not been reported."""

    engine: str
    gpu: bool
    rank: int
    founder: str
    worker: str
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A media worker as it announced itself; `blind` stands for those we know nothing of."""

    name: str
    gpu: bool
    slots: int
    warm: frozenset[str] = frozenset()
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """Seconds rendered in the last WINDOW_S, by founder and by rank."""

    founders: Mapping[str, float] = field(default_factory=dict)
    ranks: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handout:
    """This take goes to that worker, which goes by `rank`: that of the take, or 0 when it is overdue."""

    take: Waiting
    worker: str
    rank: int


def pick(
    waiting: Sequence[Waiting],
    running: Iterable[Running],
    workers: Sequence[Worker],
    now: float,
    past: Past | None = None,
) -> list[Handout]:
    """What to hand out now, in order; the same rows give the same answer."""
    past = past or Past()
    underway = list(running)
    floor = _Floor(workers, underway)
    used: defaultdict[str, float] = defaultdict(float, past.founders)
    for each in underway:
        used[each.founder] += each.seconds
    lanes = _lanes(waiting, floor, now, _overdue(waiting, underway, past, now))
    handouts: list[Handout] = []
    while lanes:
        key = min(lanes, key=lambda key: (key[:2], used[key[2]] // SHARE_S, lanes[key][0].born, key[2]))
        take = lanes[key].popleft()
        if not lanes[key]:
            del lanes[key]
        worker = floor.place(take)
        if worker is not None:
            used[take.founder] += take.seconds
            handouts.append(Handout(take, worker, max(0, key[0])))
    return handouts


def turn(rank: int, held_s: float) -> int:
    """The rank of a take that a worker has held for so long: nobody is overtaken for ever."""
    return 0 if held_s > HELD_S else rank


def _overdue(
    waiting: Iterable[Waiting], running: Iterable[Running], past: Past, now: float
) -> Waiting | None:
    """The oldest take of a rank that waited too long and had too small a part of the window."""
    ranks = Counter(past.ranks)
    for each in running:
        ranks[each.rank] += each.seconds  # type: ignore[assignment]
    most = OVERDUE_SHARE * sum(ranks.values())
    late = [
        take
        for take in waiting
        if now - take.since > OVERDUE_S.get(take.rank, float("inf")) and ranks[take.rank] <= most
    ]
    return min(late, key=lambda take: (take.since, take.take_id), default=None)


def _lanes(
    waiting: Iterable[Waiting], floor: _Floor, now: float, first: Waiting | None
) -> dict[tuple[int, bool, str], deque[Waiting]]:
    """(rank, cold, founder) → that founder's takes in their natural order."""
    lanes: dict[tuple[int, bool, str], deque[Waiting]] = {}
    for take in sorted(waiting, key=_natural):
        rank = -1 if take is first else take.rank
        cold = now - take.since < AFFINITY_S and not floor.warm(take)
        lanes.setdefault((rank, cold, take.founder), deque()).append(take)
    return lanes


def _natural(take: Waiting) -> tuple[float, int, float, str]:
    return take.born, STAGES.get(take.kind, 9), take.since, take.take_id


class _Bench:
    """One worker's slots while takes are dealt out."""

    def __init__(self, worker: Worker, running: Iterable[Running]) -> None:
        self.worker = worker
        self.ranks: Counter[int] = Counter()
        self.engines: Counter[tuple[str, int]] = Counter()
        self.busy: set[str] = set()
        for each in running:
            self.add(each.engine, each.rank)

    def add(self, engine: str, rank: int) -> None:
        self.ranks[rank] += 1
        self.engines[engine, rank] += 1
        self.busy.add(engine)

    def starts(self, take: Waiting) -> bool:
        if self.worker.blind:
            return self.ranks.total() < self.worker.slots
        return take.engine not in self.busy and len(self.busy) < self.worker.slots

    def holds(self, take: Waiting) -> bool:
        """Whether it may wait in front of this worker; takes of a later rank are not in its way."""
        if self.worker.blind:
            return False
        return sum(self.engines[take.engine, rank] for rank in Rank if rank <= take.rank) < AN_ENGINE

    def key(self, take: Waiting) -> tuple[bool, bool, int, str]:
        cold = take.engine not in self.worker.warm
        return not self.starts(take), cold, self.ranks.total(), self.worker.name


class _Floor:
    """All workers; placing a take only ever takes room away."""

    def __init__(self, workers: Sequence[Worker], running: Iterable[Running]) -> None:
        at = defaultdict(list)
        for each in running:
            at[each.gpu, each.worker].append(each)
        self.benches = [_Bench(worker, at[worker.gpu, worker.name]) for worker in workers]
        self.refused: set[tuple[bool, str, int]] = set()
        self.engines = {(worker.gpu, engine) for worker in workers for engine in worker.warm}

    def warm(self, take: Waiting) -> bool:
        return (take.gpu, take.engine) in self.engines

    def place(self, take: Waiting) -> str | None:
        """The worker that gets this take; None when it has to wait here."""
        kind = (take.gpu, take.engine, take.rank)
        if kind in self.refused:
            return None
        fitting = [
            bench
            for bench in self.benches
            if bench.worker.gpu == take.gpu and (bench.starts(take) or bench.holds(take))
        ]
        if not fitting:
            self.refused.add(kind)
            return None
        bench = min(fitting, key=lambda bench: bench.key(take))
        bench.add(take.engine, take.rank)
        return bench.worker.name
