"""What a shot's voices ask of a mouth: how loud they speak, and how open each phone wants it to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.engine import Json
from studio.timeline import Phone, read_samples, read_timeline
from studio.timing import Layout, lay_out
from workers.engines.animate.visemes import shapes_of

Array = NDArray[Any]

RATE = 100
"""Envelope values a second."""
SMOOTH_S = 0.03
"""Lips are slower than sound; about what a talking head smooths its own by."""
OPENNESS = {
    "aa": 1.0,
    "ae": 0.85,
    "eh": 0.65,
    "o": 0.55,
    "ax": 0.45,
    "uh": 0.4,
    "h": 0.4,
    "kg": 0.35,
    "iy": 0.35,
}
OPENNESS |= {
    "tdnl": 0.3,
    "th": 0.3,
    "r": 0.25,
    "sz": 0.2,
    "sh": 0.2,
    "w": 0.15,
    "fv": 0.12,
    "pbm": 0.0,
    "rest": 0.0,
}
"""How open a speaker's mouth is in each viseme class, 0 to 1; set by hand after the usual classes."""


def expectation(request: Json, inputs: Mapping[str, Path], loudness: Array) -> Array:
    """How open the mouth should be, RATE values a second: its phones' openness where there is sound.

    A voice whose timeline has no phones is judged by its loudness alone.
    """
    from scipy.ndimage import gaussian_filter1d

    wanted = np.zeros_like(loudness)
    for voice, offset in _placed(request, inputs):
        for phone in read_timeline(voice).phones:
            _lay(wanted, phone, offset)
    if not wanted.any():
        return loudness
    return np.asarray(gaussian_filter1d(wanted, 1.5 * SMOOTH_S * RATE) * np.sqrt(loudness))


def _lay(wanted: Array, phone: Phone, offset: float) -> None:
    shapes = shapes_of(phone.symbol)
    edges = np.linspace(phone.start, phone.end, len(shapes) + 1) + offset
    for shape, start, end in zip(shapes, edges[:-1], edges[1:], strict=True):
        wanted[int(start * RATE) : int(end * RATE) + 1] = OPENNESS[shape]


def envelope(request: Json, inputs: Mapping[str, Path]) -> Array:
    """Loudness of the shot's voices in the band of vowels, 0 (silent) to 1, RATE values a second."""
    loaded = [read_samples(voice) for voice in _voices(inputs)]
    layout = _layout(request, inputs)
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


def _voices(inputs: Mapping[str, Path]) -> list[Path]:
    return [inputs[f"voice{i}"] for i in range(len(inputs)) if f"voice{i}" in inputs]


def _layout(request: Json, inputs: Mapping[str, Path]) -> Layout:
    durations = [len(samples) / rate for samples, rate in map(read_samples, _voices(inputs))]
    return lay_out(durations, request["lead"], request["pauses"], request["fps"])


def _placed(request: Json, inputs: Mapping[str, Path]) -> Iterator[tuple[Path, float]]:
    return zip(_voices(inputs), _layout(request, inputs).offsets, strict=True)
