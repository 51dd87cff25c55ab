"""Whether lips follow a voice and are in step with it, judged from how well they match it at each offset.

Speech repeats itself: two seconds of it may match nearly as well at some other offset, or rather badly at the
right one. So the less was seen the more is allowed, and a video's shots are judged together too: what is
slightly wrong in every one of them shows there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

REACH_S, STEP_S = 0.3, 0.02
OFFSETS_S = tuple(round(step * STEP_S - REACH_S, 2) for step in range(round(2 * REACH_S / STEP_S) + 1))
"""Offsets that are looked at, seconds; positive: the picture comes after the sound."""
BEST_S, NEAR_S = -0.02, 0.08
"""Sound may come later than the picture, as in life, rather than earlier (EBU R 37: 40 ms early, 60 late)."""
ALLOWED, CLEARLY = 0.2, 0.4
"""Correlation, for one second of speech; both fall with the square root of the seconds. Of 48 right
shots of 1.2 to 2.7 s 47 are green and none is red; of 572 wrong ones (other words, words backwards, 160 to 240 ms
early or late) seven in ten are red alone."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well lips follow their words (correlation, what is allowed for shortness added), and when (ms)."""

    correlation: float
    offset_ms: float

    @property
    def out_of_step_ms(self) -> float:
        """Away from where it is best."""
        return abs(self.offset_ms - BEST_S * 1000)


def match(scores: Sequence[float], seconds: float) -> Match:
    """Judge the correlations at OFFSETS_S; another offset counts when it is clearly better than those near the best."""
    near = [at for at, offset in enumerate(OFFSETS_S) if abs(offset - BEST_S) < NEAR_S + STEP_S / 2]
    at, anywhere = (max(places, key=lambda place: scores[place]) for places in (near, range(len(scores))))
    if scores[anywhere] - scores[at] >= CLEARLY / sqrt(seconds):
        at = anywhere
    return Match(scores[at] + ALLOWED / sqrt(seconds), round(OFFSETS_S[at] * 1000))


def together(shots: Sequence[tuple[Sequence[float], float]]) -> Match:
    """The match of several shots (scores, seconds of speech) as if they were one."""
    total = sum(seconds for _, seconds in shots)
    pooled = [sum(scores[at] * seconds for scores, seconds in shots) / total for at in range(len(OFFSETS_S))]
    return match(pooled, total)
