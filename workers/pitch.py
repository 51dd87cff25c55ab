"""The median pitch of a speaker, for choosing the nearest stock voice by register."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ, HIGHEST_HZ = 70.0, 350.0
VOICED = 0.45
DEFAULT_HZ = 120.0


def median_pitch(files: Sequence[Path]) -> float:
    """Hz over all voiced 40 ms frames, by normalised autocorrelation; 120 when nothing is voiced."""
    import soundfile

    pitches: list[float] = []
    for path in files:
        sound, rate = soundfile.read(path, dtype="float32")
        pitches += _pitches(sound, rate)
    return float(np.median(pitches)) if pitches else DEFAULT_HZ


def _pitches(sound: NDArray[np.float32], rate: int) -> list[float]:
    size, step = int(0.04 * rate), int(0.02 * rate)
    near, far = int(rate / HIGHEST_HZ), int(rate / LOWEST_HZ)
    found = []
    for start in range(0, len(sound) - size, step):
        frame = sound[start : start + size] - sound[start : start + size].mean()
        power = np.fft.rfft(frame, 2 * size)
        correlation = np.fft.irfft(power * power.conj())[: far + 1]
        if correlation[0] > 1e-4:
            lag = near + int(np.argmax(correlation[near:]))
            if correlation[lag] / correlation[0] > VOICED:
                found.append(rate / lag)
    return found
