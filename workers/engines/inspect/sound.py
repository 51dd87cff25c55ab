"""What can be measured in a spoken line without knowing its words: silence, noise, clipping, damage, bandwidth."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from studio.engine import Json

Samples = NDArray[np.float32]

RATE = 16_000
HOP = 160
SPEECH_DB = -32.0
"""Frames this far under the loudest tenth are speech."""
BANDS = ((100, 500), (500, 1000), (1000, 2000), (2000, 4000), (4000, 6000), (6000, 7800))
SAME = 0.997


def measure(samples: Samples, rate: int) -> Json:
    """Facts of a line; levels in dB, times in seconds. `speech` are the times between which something is said."""
    common = gcd(rate, RATE)
    sound = _resampled(samples, RATE // common, rate // common)
    levels = frame_levels(sound)
    top = float(np.mean(np.sort(levels)[-max(1, len(levels) // 10) :]))
    spoken = np.flatnonzero(levels > top + SPEECH_DB)
    first, last = (int(spoken[0]), int(spoken[-1])) if len(spoken) else (0, 0)
    inside = levels[first : last + 1]
    bands = band_levels(sound)
    return {
        "seconds": round(len(samples) / rate, 3),
        "speech": [round(first * HOP / RATE, 3), round((last + 1) * HOP / RATE, 3)],
        "speech_s": round(len(spoken) * HOP / RATE, 3),
        "level": round(top, 2),
        "gap_s": round(_longest(inside < top + SPEECH_DB) * HOP / RATE, 3),
        "floor_db": round(float(np.percentile(levels, 4)) - top, 2),
        "white_db": round(_whitest(bands, top), 2),
        "high_db": round(_high(bands, levels > top - 25), 2),
        "clipped": round(_clipped(samples), 5),
        "stutter": round(_stutter(samples, rate), 3),
        "cut_off": _cut_off(levels, top),
        "holes": _holes(samples, rate),
    }


def _resampled(samples: Samples, up: int, down: int) -> Samples:
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(samples, up, down), np.float32)


def frame_levels(sound: Samples) -> NDArray[np.float64]:
    """dB of each 10 ms frame at 16 kHz, seen through 20 ms."""
    padded = np.pad(sound.astype(np.float64) ** 2, HOP // 2)
    sums = np.concatenate([[0.0], np.cumsum(padded)])
    starts = np.arange(0, max(1, len(sound) - HOP + 1), HOP)
    power = (sums[np.minimum(starts + 2 * HOP, len(padded))] - sums[starts]) / (2 * HOP)
    return np.asarray(10 * np.log10(np.maximum(power, 0) + 1e-10))


def band_levels(sound: Samples) -> NDArray[np.float64]:
    """(frames, bands): dB of the mean power density of 25 ms frames every 10 ms."""
    size = 400
    padded = np.pad(sound, (0, size))
    count = max(1, len(sound) // HOP)
    places = np.arange(size)[None] + HOP * np.arange(count)[:, None]
    power = np.abs(np.fft.rfft(padded[places] * np.hanning(size), 512, axis=1)) ** 2 / size
    hertz = np.fft.rfftfreq(512, 1 / RATE)
    means = [power[:, (hertz >= low) & (hertz < high)].mean(1) for low, high in BANDS]
    return 10 * np.log10(np.stack(means, 1) + 1e-12)


def _longest(quiet: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _whitest(bands: NDArray[np.float64], top: float) -> float:
    """How loud low and high sounds are at once, for 80 ms, against vowels: speech is either, noise is both."""
    low, high = bands[:, :2].max(1), bands[:, 4:].min(1)
    both = np.minimum(low, high) - np.percentile(low, 90)
    smooth = np.convolve(both, np.ones(8) / 8, "valid") if len(both) >= 8 else both
    return float(smooth.max(initial=-60.0))


def _high(bands: NDArray[np.float64], loud: NDArray[np.bool_]) -> float:
    """The brightest frames' level over 4 kHz against that of vowels under 1 kHz."""
    loud = loud[: len(bands)]
    if not loud.any():
        return -60.0
    return float(
        np.percentile(bands[: len(loud)][loud][:, 4], 92)
        - np.percentile(bands[: len(loud)][loud][:, :2].max(1), 75)
    )


def _clipped(samples: Samples) -> float:
    """The share of samples that stand on a flat top of three or more."""
    peak = float(np.abs(samples).max(initial=0.0))
    flat = (np.abs(np.diff(samples)) < 1e-6) & (np.abs(samples[1:]) > 0.4 * peak)
    return float(np.mean(flat[1:] & flat[:-1])) if len(flat) > 2 and peak > 0 else 0.0


def _stutter(samples: Samples, rate: int) -> float:
    """How long a grain of 25 to 80 ms comes again sample for sample in a loud sound, seconds.

    A vowel repeats itself too, but never so exactly at such a distance.
    """
    size, near, far, hop = int(0.05 * rate), int(0.025 * rate), int(0.08 * rate), int(0.02 * rate)
    count = (len(samples) - size - far) // hop
    if count < 1:
        return 0.0
    sums = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    starts = hop * np.arange(count)
    power = sums[starts + size] - sums[starts]
    alike = np.zeros(count, bool)
    for at in np.flatnonzero(power > 0.1 * power.max()):
        start = int(starts[at])
        piece, later = samples[start : start + size], samples[start + near : start + far + size]
        product = np.correlate(later, piece, "valid") if len(later) < 512 else _correlated(later, piece)
        energy = sums[start + near + size : start + far + size + 1] - sums[start + near : start + far + 1]
        alike[at] = float((product / np.sqrt(energy * power[at] + 1e-12)).max()) > SAME
    return _longest(alike) * hop / rate


def _correlated(later: Samples, piece: Samples) -> NDArray[np.float64]:
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(later, piece[::-1], "valid"), np.float64)


def _cut_off(levels: NDArray[np.float64], top: float) -> float:
    """The steepest fall within 20 ms at the end of speech, from a loud sound to silence, dB; 0 for a soft end."""
    loud = np.flatnonzero(levels > top + SPEECH_DB)
    if not len(loud):
        return 0.0
    end = int(loud[-1])
    before = float(levels[max(0, end - 3) : end + 1].max())
    after = float(levels[end + 2]) if end + 2 < len(levels) else -100.0
    return round(before - max(after, top - 60), 2) if before > top - 24 else 0.0


def _holes(samples: Samples, rate: int) -> int:
    """Places where a loud sound falls to nothing at once and comes back as loud within 60 ms."""
    size = max(1, rate // 500)
    count = len(samples) // size
    levels = 10 * np.log10(
        (samples[: count * size].reshape(-1, size).astype(np.float64) ** 2).mean(1) + 1e-10
    )
    found, at = 0, 1
    while at < count - 3:
        if levels[at - 1] > -35 and levels[at] < levels[at - 1] - 30:
            later = levels[at : at + 30]
            back = np.flatnonzero(later > levels[at - 1] - 8)
            if (
                len(back)
                and back[0] >= 3
                and later[: back[0]].max() < levels[at - 1] - 8
                and later[back[0]] - later[back[0] - 1] > 25
            ):
                found += 1
                at += int(back[0])
        at += 1
    return found
