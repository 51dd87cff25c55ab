"""Discrete events: productions arrive, workers render, the real `pick` says what runs next."""

from __future__ import annotations

import heapq
import itertools
import time
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.simulation.video import KINDS, Video
from studio.schedule import WINDOW_S, Past, Running, Waiting, Worker, pick, turn

LATENCY_S = 0.15
SHOWN = 8


@dataclass(slots=True)
class Take:
    """A simulated take and what became of it."""

    row: Waiting
    video: Video
    started: float = 0.0
    ended: float = 0.0
    worker: str = ""


@dataclass(slots=True)
class Station:
    """One media worker: engines at work and takes it holds, as in workers/gate.py."""

    worker: Worker
    busy: set[str] = field(default_factory=set)
    held: list[tuple[int, float, int, Take]] = field(default_factory=list)


class World:
    """A studio with these workers; `then` hears of every preview."""

    def __init__(self, workers: int, slots: int = 2, then: Callable[[Video, float], None] | None = None):
        self.stations = {
            name: Station(Worker(name, False, slots, frozenset(KINDS)))
            for name in (f"w{number:03d}" for number in range(workers))
        }
        self.workers = [station.worker for station in self.stations.values()]
        self.then = then or (lambda _video, _now: None)
        self.now, self.slots = 0.0, workers * slots
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = itertools.count()
        self.lanes: defaultdict[tuple[int, str, str], list[tuple[float, int, float, int, Take]]] = (
            defaultdict(list)
        )
        self.running: dict[str, tuple[Running, Take]] = {}
        self.takes: list[Take] = []
        self.spent: list[tuple[float, str, int, float]] = []
        self.past, self.past_at, self.dirty = Past(), -1e9, False
        self.queue: list[tuple[float, int]] = []
        self.pick_s, self.picks, self.busy_s = 0.0, 0, 0.0

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Do something at a moment."""
        heapq.heappush(self.events, (when, next(self.numbers), what))

    def add(self, video: Video) -> None:
        """This production is approved now."""
        self.order(video, video.first())

    def order(self, video: Video, takes: list[tuple[str, float]]) -> None:
        """Name takes; they wait from now on."""
        for engine, seconds in takes:
            number = next(self.numbers)
            row = Waiting(
                f"t{number:08d}", 1, engine, KINDS[engine], False, video.rank, video.founder, video.born,
                self.now, seconds,
            )  # fmt: skip
            take = Take(row, video)
            self.takes.append(take)
            insort(
                self.lanes[video.rank, video.founder, engine], (video.born, number, self.now, number, take)
            )
        self.stir()

    def stir(self) -> None:
        """Something changed: the agent hears of it a moment later."""
        if not self.dirty:
            self.dirty = True
            self.at(self.now + LATENCY_S, self.hand_out)

    def run(self, until: float) -> None:
        """Let time pass."""
        while self.events and self.events[0][0] <= until:
            self.now, _, what = heapq.heappop(self.events)
            what()
        self.now = until

    def hand_out(self) -> None:
        """One call of the real scheduler."""
        self.dirty = False
        waiting = [entry[-1].row for lane in self.lanes.values() for entry in lane[:SHOWN]]
        if not waiting:
            return
        if self.now - self.past_at > 5.0:
            self.past, self.past_at = self.usage(), self.now
        start = time.perf_counter()
        picked = pick(waiting, [row for row, _ in self.running.values()], self.workers, self.now, self.past)
        self.pick_s += time.perf_counter() - start
        self.picks += 1
        self.queue.append((self.now, sum(map(len, self.lanes.values()))))
        mine = {each.take.take_id for each in picked}
        named: dict[str, Take] = {}
        for key in {(each.take.rank, each.take.founder, each.take.engine) for each in picked}:
            for entry in [entry for entry in self.lanes[key][:SHOWN] if entry[-1].row.take_id in mine]:
                self.lanes[key].remove(entry)
                named[entry[-1].row.take_id] = entry[-1]
            if not self.lanes[key]:
                del self.lanes[key]
        for each in picked:
            self._hold(named[each.take.take_id], each.worker, each.rank)
        if len(picked) >= SHOWN:
            self.hand_out()

    def _hold(self, take: Take, worker: str, rank: int) -> None:
        row = take.row
        take.worker = worker
        handed = Running(row.engine, False, row.rank, row.founder, worker, row.seconds)
        self.running[row.take_id] = (handed, take)
        station = self.stations[worker]
        station.held.append((rank, self.now, next(self.numbers), take))
        self._admit(station)

    def _admit(self, station: Station) -> None:
        for entry in sorted(station.held, key=lambda entry: (turn(entry[0], self.now - entry[1]), entry[2])):
            engine = entry[3].row.engine
            if len(station.busy) < station.worker.slots and engine not in station.busy:
                station.held.remove(entry)
                station.busy.add(engine)
                take = entry[3]
                take.started = self.now
                self.at(
                    self.now + take.row.seconds, lambda take=take, station=station: self._end(take, station)
                )

    def _end(self, take: Take, station: Station) -> None:
        row = take.row
        take.ended = self.now
        self.busy_s += row.seconds
        station.busy.discard(row.engine)
        del self.running[row.take_id]
        self.spent.append((self.now, row.founder, row.rank, row.seconds))
        self._admit(station)
        self.order(take.video, list(take.video.after(row.engine, row.seconds)))
        if take.video.left == 0:
            take.video.previewed = self.now
            self.then(take.video, self.now)

    def usage(self) -> Past:
        """Seconds of the last window."""
        founders: Counter[str] = Counter()
        ranks: Counter[int] = Counter()
        while self.spent and self.spent[0][0] < self.now - WINDOW_S:
            self.spent.pop(0)
        for _, founder, rank, seconds in self.spent:
            founders[founder] += seconds  # type: ignore[assignment]
            ranks[rank] += seconds  # type: ignore[assignment]
        return Past(founders, ranks)
