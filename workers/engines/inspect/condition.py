"""Noise, music, echo and manner of a recording of one voice, by numpy alone."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from studio.engine import Json
from workers.engines.inspect.sound import RATE, Samples, frame_levels

SPEECH_DB, REST_DB = -22.0, -12.0
SIZE, HOP = 1024, 160
TONAL = 0.15
"""Spectral flatness below which a sound has tones in it: steady noise has 0.5 and more."""
AUDIBLE_DB = -45.0
PACE_BAND = (300.0, 3000.0)


def condition_of(samples: Samples, rate: int) -> Json:
    """Facts of a recording.

    `snr_db`: voice over what is heard in its rests; `music`: share of the rests with audible tones, 0..1;
    `echo_s`: how long a sound takes to die by 60 dB, from how it falls in rests; `pace`: syllables a second by
    loudness peaks; `pitch` in Hz and `pitch_spread` in semitones; `energy_db` and `level_spread` in dB.
    """
    from scipy.signal import resample_poly

    common = gcd(rate, RATE)
    sound = np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)
    levels = frame_levels(sound)
    top = float(np.percentile(levels, 90))
    speech = levels > top + SPEECH_DB
    pitches = _pitches(sound, speech)
    return {
        "snr_db": round(top - float(np.percentile(levels, 7)), 1),
        "music": round(_music(sound, levels, top), 3),
        "echo_s": round(_echo(levels, top), 2),
        "speech_s": round(float(speech.sum()) / 100, 1),
        "pace": round(_pace(levels, speech), 2),
        "pitch": round(float(np.median(pitches)), 1) if len(pitches) else 0.0,
        "pitch_spread": round(float(np.std(12 * np.log2(pitches))), 2) if len(pitches) else 0.0,
        "energy_db": round(top, 1),
        "level_spread": round(float(np.std(levels[speech])), 2) if speech.any() else 0.0,
    }


def _music(sound: Samples, levels: NDArray[np.float64], top: float) -> float:
    """Of the quieter half of the frames, how many hold tones that can be heard and stand still for 64 ms."""
    quiet = np.flatnonzero(levels <= min(np.percentile(levels, 45), top + REST_DB))
    quiet = quiet[quiet * HOP + SIZE < len(sound)]
    if not len(quiet):
        return 0.0
    frames = sound[quiet[:, None] * HOP + np.arange(SIZE)] * np.hanning(SIZE)
    power = np.abs(np.fft.rfft(frames, axis=1))[:, 8:320] ** 2 + 1e-12
    flatness = np.exp(np.log(power).mean(1)) / power.mean(1)
    audible = 10 * np.log10(frames.astype(np.float64).var(1) + 1e-12) > top + AUDIBLE_DB
    return float(np.mean((flatness < TONAL) & audible & _steady(power)))


def _steady(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames whose strongest tone is that of the frame before."""
    peaks = power.argmax(1)
    return np.concatenate([[False], np.abs(np.diff(peaks)) <= 1])


def _echo(levels: NDArray[np.float64], top: float) -> float:
    """60 dB over the median fall after speech stops: from 5 to 15 dB under a loud end, above the floor."""
    floor = float(np.percentile(levels, 7))
    if top - floor < 24:
        return 0.0
    found, loud = [], np.flatnonzero((levels[:-1] > top - 10) & (levels[1:] <= top - 10))
    for end in loud:
        tail = levels[end : end + 80]
        fell = np.flatnonzero(tail < tail[0] - 15)
        rose = np.flatnonzero(np.diff(tail) > 9)
        if len(fell) and (not len(rose) or fell[0] < rose[0]) and tail[fell[0]] > floor + 2:
            start = np.flatnonzero(tail < tail[0] - 5)[0]
            found.append((fell[0] - start + 1) / 100 * 6)
    return float(np.median(found)) if len(found) >= 3 else 0.0


def _pace(levels: NDArray[np.float64], speech: NDArray[np.bool_]) -> float:
    """Loudness peaks of 2 dB and more a second of speech: one a syllable, more or less."""
    from scipy.signal import find_peaks

    smooth = np.convolve(levels, np.hanning(9) / np.hanning(9).sum(), "same")
    peaks = [peak for peak in find_peaks(smooth, prominence=2.0, distance=8)[0] if speech[peak]]
    return len(peaks) / max(0.1, float(speech.sum()) / 100)


def _pitches(sound: Samples, speech: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fundamental frequencies of loud 40 ms frames, by autocorrelation."""
    size, found = 640, []
    for at in np.flatnonzero(speech)[::4]:
        frame = sound[at * HOP : at * HOP + size]
        if len(frame) < size:
            break
        power = np.fft.rfft(frame - frame.mean(), 2 * size)
        lags = np.fft.irfft(power * power.conj())[:260]
        best = 40 + int(np.argmax(lags[40:230]))
        if lags[best] > 0.5 * lags[0] > 0:
            found.append(RATE / best)
    return np.asarray(found, np.float64)
