"""Working days of a studio: briefs in office hours, revisions of what was shown, and the weekly batch."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.simulation.video import Video
from bench.simulation.world import World

OFFICE_H, DAYS = 8.0, 5
BATCH_PART, REVISED_PART, REVISE_AFTER_S = 0.3, 0.6, 240.0
FOUNDERS = 20
LINES, LINE_S = 3, 11.0
"""A video of 33 s in three lines, so that a simulated week has half the takes of a real one and all its seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: waits in s from approval to preview, of interactive work and of the batch."""

    workers: int
    per_week: int
    interactive: list[float]
    batch: list[float]
    batch_left: float
    busy: float
    queue: list[int]
    pick_ms: float

    def wait(self, part: float, batch: bool = False) -> float:
        """A quantile of the waits, in s; infinite when nothing was finished."""
        waits = sorted(self.batch if batch else self.interactive)
        return waits[min(len(waits) - 1, int(part * len(waits)))] if waits else float("inf")

    def queued(self, part: float) -> int:
        """A quantile of the takes that waited when somebody looked."""
        found = sorted(self.queue)
        return found[min(len(found) - 1, int(part * len(found)))] if found else 0


def simulate(workers: int, per_week: int, takes: int = 40_000, seed: int = 1) -> Outcome:
    """The first hours of a week in which a tenth of an office day's work is there already, up to so many takes."""
    chance = random.Random(seed)
    a_day = max(1.0, per_week * (1 - BATCH_PART) / DAYS)
    hours = min(OFFICE_H, max(0.5, takes / (a_day / OFFICE_H * 25)))
    days = max(1, min(DAYS, int(takes / (a_day * 25)))) if hours == OFFICE_H else 1
    world = World(workers, then=lambda video, now: _revise(world, video, now, chance))
    for day in range(days):
        start, born = day * 24 * 3600.0, 0.0
        while (born := born + chance.expovariate(a_day / OFFICE_H / 3600)) < hours * 3600:
            _arrive(world, _video(chance, start + born, 1))
    for _ in range(min(int(per_week * BATCH_PART), max(20, int(takes / 60)))):
        _arrive(world, _video(chance, 60.0, 2))
    end = (days - 1) * 24 * 3600.0 + hours * 3600
    world.run(end)
    busy = world.busy_s / (world.slots * end)
    world.run(end + 3600)
    return _outcome(world, workers, per_week, busy)


def _outcome(world: World, workers: int, per_week: int, busy: float) -> Outcome:
    waits: dict[bool, list[float]] = {True: [], False: []}
    videos = {id(take.video): take.video for take in world.takes}.values()
    for video in videos:
        waits[video.rank == 2].append(video.previewed - video.born if video.previewed else float("inf"))
    left = sum(video.work() for video in videos if video.rank == 2 and not video.previewed)
    queue = [length for _, length in world.queue]
    pick_ms = 1000 * world.pick_s / max(1, world.picks)
    return Outcome(workers, per_week, waits[False], waits[True], left, busy, queue, pick_ms)


def _video(chance: random.Random, born: float, rank: int) -> Video:
    lines = tuple(LINE_S * chance.uniform(0.5, 1.5) for _ in range(LINES))
    return Video(f"v{born:.3f}", f"f{chance.randrange(FOUNDERS)}", rank, born, lines, sum(lines))


def _arrive(world: World, video: Video) -> None:
    world.at(video.born, lambda: world.add(video))


def _revise(world: World, video: Video, now: float, chance: random.Random) -> None:
    if video.rank == 2 or chance.random() > (REVISED_PART if video.rank == 1 else 0.3):
        return
    born = now + chance.expovariate(1 / REVISE_AFTER_S)
    line = video.length / LINES / 2.3  # one line of seven
    _arrive(world, Video(video.name, video.founder, 0, born, (line,), video.length))
