"""How a measured fact of a cut stands against its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a measure stands against its limits."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


def worst(states: Iterator[State] | Sequence[State]) -> State:
    """The worst of some states; green of none."""
    return max(states, key=list(State).index, default=State.GREEN)


@dataclass(frozen=True, slots=True)
class Limit:
    """Green up to `green`, red beyond `red`; with `least` the other way round."""

    green: float
    red: float
    unit: str = ""
    least: bool = False

    def state(self, value: float) -> State:
        """Where `value` stands."""
        sign = -1 if self.least else 1
        if sign * value <= sign * self.green:
            return State.GREEN
        return State.AMBER if sign * value <= sign * self.red else State.RED


LIMITS = {
    "words": Limit(0.12, 0.25, "errors per word"),
    "tail": Limit(0, 1, "words"),
    "repeats": Limit(0, 1, "words"),
    "voice": Limit(1.3, 1.8, "of what is allowed"),
    "face": Limit(0.95, 0.8, "share of looks", least=True),
    "likeness": Limit(0.8, 0.76, "correlation", least=True),
    "lips": Limit(0.55, 0.42, "correlation", least=True),
    "sync": Limit(80, 120, "ms from where it is best"),
    "silence": Limit(0.05, 0.08, "mouth widths"),
    "sharpness": Limit(0.3, 0.18, "of the portrait", least=True),
    "freezes": Limit(0.4, 0.8, "s"),
    "black": Limit(0, 2, "frames"),
    "loudness": Limit(1.0, 2.0, "LU"),
    "peak": Limit(0.0, 0.5, "dB"),
    "duration": Limit(0.15, 0.3, "of the asked length"),
    "profile": Limit(0, 0, "violations"),
}
"""From meshwarp clips of six portraits, a moustache among them, and made defects: the right portrait's likeness
is 0.94 or more, another's up to 0.73; over five seconds lips follow their own words by 0.63 or more, nine in ten
other voices by 0.44 or less (shorter shots: studio/lipsync.py); a clean mouth keeps 0.33 of its sharpness, a
blurred one 0.1; a resting mouth opens by up to 0.06."""
