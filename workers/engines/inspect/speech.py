"""How loud a shot's voices speak at each moment, and how a mouth's opening follows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.engine import Json
from studio.timeline import read_samples
from studio.timing import lay_out

Array = NDArray[Any]

RATE = 100
"""Envelope values a second."""
REACH_S = 0.3
"""Offsets looked for, each way."""
SMOOTH_S = 0.03
"""Lips are slower than sound; about what a talking head smooths its own by."""


def envelope(request: Json, inputs: Mapping[str, Path]) -> Array:
    """Loudness of the shot's voices in the band of vowels, 0 (silent) to 1, RATE values a second."""
    voices = [inputs[f"voice{i}"] for i in range(len(inputs)) if f"voice{i}" in inputs]
    loaded = [read_samples(voice) for voice in voices]
    durations = [len(samples) / rate for samples, rate in loaded]
    layout = lay_out(durations, request["lead"], request["pauses"], request["fps"])
    from scipy.ndimage import gaussian_filter1d

    level = np.full(round(layout.frames / request["fps"] * RATE), -120.0)
    for (samples, rate), offset in zip(loaded, layout.offsets, strict=True):
        piece = _levels(samples, rate)
        at = round(offset * RATE)
        room = level[at : at + len(piece)]
        room[:] = piece[: len(room)]
    top = float(np.percentile(level, 98))
    if top < -90:
        return np.zeros_like(level)
    return np.asarray(gaussian_filter1d(np.clip((level - top + 32.0) / 30.0, 0.0, 1.0), SMOOTH_S * RATE))


def _levels(samples: Array, rate: int) -> Array:
    """Level in dB of 300-3500 Hz, in windows of 30 ms."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfilt

    band = sosfilt(butter(2, (300, 3500), "bandpass", fs=rate, output="sos"), samples)
    power = uniform_filter1d(band**2, max(1, int(0.03 * rate)))
    times = (np.arange(0, len(samples) / rate, 1 / RATE) * rate).astype(int)
    level: Array = 10 * np.log10(np.maximum(power[np.minimum(times, len(power) - 1)], 1e-12))
    return level


def follow(mouth: Array, speech: Array, fps: float) -> tuple[float, float]:
    """Correlation (-1..1) of the mouth's opening with speech at its best offset, and that offset in ms.

    `mouth` has one value a frame. A positive offset says that the picture comes after the sound.
    """
    times = np.arange(len(speech)) / RATE
    opening = np.interp(times, np.arange(len(mouth)) / fps, mouth)
    reach = min(int(REACH_S * RATE), len(speech) // 4)
    lags = range(-reach, reach + 1)
    scores = np.array([_correlation(opening, speech, lag) for lag in lags])
    best = int(scores.argmax())
    return float(scores[best]), (best - reach) * 1000.0 / RATE


def _correlation(opening: Array, speech: Array, lag: int) -> float:
    count = len(speech) - abs(lag)
    a, b = opening[max(0, lag) :][:count], speech[max(0, -lag) :][:count]
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 1e-9 else 0.0
