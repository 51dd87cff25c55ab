"""When a video will be ready, from what engines took lately and from who is ahead: pure functions.

In a rank the founder with the least seconds in the window goes first (studio/schedule.py): another founder's
queue delays mine until that founder has had as much as mine will have had. What is more urgent, and my own
founder's earlier work, delay it in full. Who comes later is not foreseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_VOICES = 3
HOPS_S = 3.0
REVISION_PART = 0.2
COMMON = ("whisper", "inspect-shot", "finish", "mix", "assemble", "inspect-cut", "contact-sheet")
LAST = ("finish", "assemble", "inspect-cut")


@dataclass(frozen=True, slots=True)
class Floor:
    """The media workers there are: how many, and slots of all of them together."""

    workers: int = 1
    slots: int = 2


@dataclass(frozen=True, slots=True)
class Work:
    """One production's rendering still to do: `seconds` of engines at work."""

    founder: str
    rank: int
    born: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds of rendering for a second of speech: all engines, the slowest one, and what follows the last voice."""

    total: float
    slowest: float
    last: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """`ready_s` from now; `ahead` productions are rendered before or beside this one."""

    ready_s: float
    ahead: int


def measured(takes: Iterable[tuple[str, float, float]], voice: str, animate: str) -> Rates | None:
    """Rates from recent takes as (engine, seconds it took, seconds of its artifact); None for too few."""
    took: defaultdict[str, float] = defaultdict(float)
    spoken, voices = 0.0, 0
    for engine, seconds, length in takes:
        took[engine] += seconds
        if engine == voice:
            spoken, voices = spoken + length, voices + 1
    if voices < LEAST_VOICES or not spoken or not took[voice]:
        return None
    return of_engines({engine: took[engine] / spoken for engine in (voice, animate, *COMMON)}, animate)


def of_engines(rates: Mapping[str, float], animate: str) -> Rates:
    """Rates of a recipe's engines, given each one's."""
    last = (rates[animate] + rates["finish"]) / 4 + rates["assemble"] + rates["inspect-cut"]
    return Rates(sum(rates.values()), max(rates.values()), last)


def assumed(render_rate: float) -> Rates:
    """Rates of a recipe nobody has rendered with lately: its own word for it."""
    return Rates(1.8 * render_rate, render_rate, 0.15 * render_rate)


def estimate(
    mine: Work,
    others: Sequence[Work],
    speech_s: float,
    rates: Rates,
    floor: Floor,
    used: Mapping[str, float] | None = None,
) -> Estimate:
    """When `mine`, a video of `speech_s`, will be ready; `used` are founders' seconds in the window."""
    used = used or {}
    pace = max(0.5, min(floor.slots, floor.workers * rates.total / rates.slowest))
    founders: defaultdict[str, float] = defaultdict(float)
    urgent, ahead = 0.0, 0
    for other in others:
        if other.rank < mine.rank:
            urgent += other.seconds
        elif other.rank == mine.rank and (other.founder != mine.founder or other.born < mine.born):
            founders[other.founder] += other.seconds
        else:
            continue
        ahead += 1
    own = founders.pop(mine.founder, 0.0) + mine.seconds
    level = used.get(mine.founder, 0.0) + own
    before = urgent + sum(
        min(seconds, max(0.0, level - used.get(founder, 0.0))) for founder, seconds in founders.items()
    )
    return Estimate(HOPS_S + (before + own) / pace + rates.last * speech_s, ahead)
