"""Cuts a recording into clips at its longest silences, by numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

FRAME_S = 0.01
BELOW_DB, LEAST_SILENCE_S, EDGE_S = 30.0, 0.2, 0.12
CLIPPED, CLIPPED_SHARE = 0.999, 0.001


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a recording in seconds; `usable` is False when no silence lets it be cut to a right length."""

    start: float
    end: float
    usable: bool = True

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def cut(samples: Samples, rate: int, shortest: float = 3.0, longest: float = 11.0) -> list[Span]:
    """Clips of `shortest` to `longest` seconds in order; what cannot be cut so comes back as not usable.

    From where the last clip ended, the longest silence ends the next one, of those that leave it a right length:
    that is mostly one between sentences. A clip keeps up to 0.12 s of silence at either end.
    """
    spoken = _spoken(samples, rate)
    found: list[Span] = []
    at = 0
    while at < len(spoken):
        start = spoken[at][0]
        ends = [
            last for last in range(at, len(spoken)) if shortest <= spoken[last][1] - start + EDGE_S <= longest
        ]
        last = max(ends, key=lambda end: (_silence_after(spoken, end), end), default=at)
        found.append(_padded(spoken, at, last, len(samples) / rate, bool(ends)))
        at = last + 1
    return found


def clipped_share(samples: Samples) -> float:
    """How much of a clip lies at full scale, 0..1."""
    return float(np.mean(np.abs(samples) >= CLIPPED)) if len(samples) else 0.0


def _spoken(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """(start, end) of sound between silences that are long enough to cut in, in seconds."""
    size = int(FRAME_S * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(frames):
        return []
    level = 10 * np.log10((frames.astype(np.float64) ** 2).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(level > max(-55.0, float(np.percentile(level, 95)) - BELOW_DB))
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > LEAST_SILENCE_S / FRAME_S)
    starts, ends = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, len(loud) - 1]] + 1
    return [(float(start) * FRAME_S, float(end) * FRAME_S) for start, end in zip(starts, ends, strict=True)]


def _silence_after(spoken: list[tuple[float, float]], at: int) -> float:
    """Seconds until the next sound; the end of the recording counts as a long silence."""
    return round(spoken[at + 1][0] - spoken[at][1], 2) if at + 1 < len(spoken) else 1.0


def _padded(spoken: list[tuple[float, float]], first: int, last: int, whole: float, usable: bool) -> Span:
    before = spoken[first - 1][1] if first else 0.0
    after = spoken[last + 1][0] if last + 1 < len(spoken) else whole
    start, end = spoken[first][0], spoken[last][1]
    edge = min(EDGE_S, (start - before) / 2), min(EDGE_S, (after - end) / 2)
    return Span(round(start - edge[0], 3), round(end + edge[1], 3), usable)
