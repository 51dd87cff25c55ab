"""Where each voice of a shot lies in time; the one rule that picture, captions and sound share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """`offsets`: start of each voice in seconds; `frames`: length of the shot's picture."""

    offsets: tuple[float, ...]
    frames: int


def lay_out(durations: Sequence[float], lead: float, pauses: Sequence[float], fps: int) -> Layout:
    """Lay voices of `durations` seconds after `lead`, each followed by its pause; missing pauses are 0.

    The shot is rounded up to whole frames, so that shots join without drift.
    """
    offsets, at = [], lead
    for index, duration in enumerate(durations):
        offsets.append(at)
        at += duration + (pauses[index] if index < len(pauses) else 0.0)
    return Layout(tuple(offsets), max(1, math.ceil(at * fps - 1e-6)))
