"""A production as the scheduler meets it: takes that name each other as they finish, like tools/plan.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MEASURED = "2026-11-22, two cores, bench --only pipeline"
RATES = {
    "kokoro": 0.78,
    "meshwarp": 0.26,
    "finish": 0.15,
    "inspect-shot": 0.08,
    "whisper": 0.06,
    "inspect-cut": 0.04,
    "assemble": 0.03,
    "contact-sheet": 0.01,
}
"""Seconds of rendering for a second of speech, by engine."""

KINDS = {
    "kokoro": "voice",
    "meshwarp": "animate",
    "finish": "cut",
    "assemble": "cut",
    "whisper": "listen",
    "inspect-shot": "inspect",
    "inspect-cut": "inspect",
    "contact-sheet": "inspect",
}
THEN = {"kokoro": ("whisper", "meshwarp"), "meshwarp": ("finish", "inspect-shot")}
LAST = ("inspect-cut", "contact-sheet")


@dataclass(slots=True)
class Video:
    """`lines` are seconds of speech to render; a revision has the changed ones, `length` is the whole cut's."""

    name: str
    founder: str
    rank: int
    born: float
    lines: tuple[float, ...]
    length: float
    rates: dict[str, float] = field(default_factory=lambda: RATES)
    finished: int = 0
    left: int = 0
    previewed: float = 0.0

    def first(self) -> list[tuple[str, float]]:
        """The takes that can be named at once, as (engine, seconds)."""
        self.left = len(self.lines) * 5 + 3
        return [("kokoro", self.rates["kokoro"] * seconds) for seconds in self.lines]

    def after(self, engine: str, seconds: float) -> Iterable[tuple[str, float]]:
        """What a finished take makes possible."""
        self.left -= 1
        if engine == "finish":
            self.finished += 1
            if self.finished == len(self.lines):
                yield "assemble", self.rates["assemble"] * self.length
        elif engine == "assemble":
            for each in LAST:
                yield each, self.rates[each] * self.length
        for each in THEN.get(engine, ()):
            yield each, seconds * self.rates[each] / self.rates[engine]

    def work(self) -> float:
        """Seconds of one core for all of its takes."""
        whole = ("assemble", *LAST)
        mine = sum(rate for engine, rate in self.rates.items() if engine not in whole)
        return mine * sum(self.lines) + self.length * sum(self.rates[engine] for engine in whole)
