"""Brings a mix to its loudness: ITU-R BS.1770-4 measure, one linear gain, a look-ahead true-peak limiter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import lfilter, resample_poly

RATE = 48_000
LOOK_AHEAD = 240
"""Half the limiter's window in samples: 5 ms."""
MOST_ROUNDS = 6

Sound = NDArray[np.float32]

_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGHPASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def integrated(sound: Sound) -> float:
    """Gated loudness in LUFS of mono sound at 48 kHz (400 ms blocks, 75 % overlap); -70 for silence."""
    return _gated(_weighted(sound))


def true_peak(sound: Sound) -> float:
    """Highest level between and on the samples, linear (4-fold oversampling)."""
    return float(np.abs(resample_poly(sound, 4, 1)).max(initial=0.0))


def level(sound: Sound, loudness: float, peak_db: float) -> Sound:
    """Mono sound at 48 kHz brought to `loudness` LUFS under `peak_db` dBTP; silence is left alone.

    The limiter's gain is slow beside the K-weighting, so weighting comes first and once.
    """
    weighted = _weighted(sound)
    before = _gated(weighted)
    if before <= -70.0:
        return sound
    held = maximum_filter1d(_peaks(sound), 2 * LOOK_AHEAD + 1, mode="nearest")
    ceiling, gain = 10 ** (peak_db / 20), 10 ** ((loudness - before) / 20)
    for _ in range(MOST_ROUNDS):
        shape = gain * limiting(held * gain, ceiling)
        miss = loudness - _gated(weighted * shape)
        if abs(miss) < 0.05:
            break
        gain *= 10 ** (miss / 20)
    return np.asarray(sound * shape, np.float32)


def limiting(held: Sound, ceiling: float) -> Sound | float:
    """The gain, smooth over the look-ahead, that keeps `held` under `ceiling`; 1 when it is.

    `held` is, for each sample, the highest peak within LOOK_AHEAD of it.
    """
    if held.max(initial=0.0) <= ceiling:
        return 1.0
    gain = np.minimum(1.0, ceiling / np.maximum(held, 1e-9))
    smooth: Sound = uniform_filter1d(gain, 2 * LOOK_AHEAD - 1, mode="nearest")
    return smooth


def _weighted(sound: Sound) -> Sound:
    """K-weighted."""
    return np.asarray(lfilter(*_HIGHPASS, lfilter(*_SHELF, sound)), np.float32)


def _gated(weighted: Sound) -> float:
    block, step = int(0.4 * RATE), int(0.1 * RATE)
    padded = np.pad(weighted, (0, max(0, block - len(weighted)))).astype(np.float64)
    squares = np.concatenate(([0.0], np.cumsum(padded**2)))
    starts = np.arange(0, len(squares) - block, step)
    power = (squares[starts + block] - squares[starts]) / block
    power = power[power > _power(-70.0)]
    if not len(power):
        return -70.0
    power = power[power > _power(_lufs(power.mean()) - 10.0)]
    return _lufs(power.mean())


def _peaks(sound: Sound) -> Sound:
    """The highest level on and behind each sample (4-fold oversampling)."""
    fine = np.abs(resample_poly(sound, 4, 1)).reshape(-1, 4)
    return np.asarray(np.maximum(np.maximum(fine[:, 0], fine[:, 1]), np.maximum(fine[:, 2], fine[:, 3])))


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
