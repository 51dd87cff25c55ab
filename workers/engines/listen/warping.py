"""Known words found in a recording by another voice's: a pattern that says them is warped to the take.

The method of the aeneas project (github.com/readbeyond/aeneas): mel-frequency cepstra of the take and of espeak-ng
saying the same words, dynamic time warping, and the times known of the one carried over to the other. Here every
frame of the take is matched to a frame of the pattern that is the last one's, the next or the one after (it may linger
and be twice as quick, at a price), in a band around the straight line; lingering in a pause costs nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable
from studio.timeline import Phone, Timeline, Word

Samples = NDArray[np.float32]
Frames = NDArray[np.float64]
Flags = NDArray[np.bool_]

HOP_S, WINDOW_S, BANDS, CEPSTRA = 0.01, 0.032, 40, 13
LOWEST_HZ, HIGHEST_HZ = 80.0, 7600.0
QUIET_DB = -38.0
LONGEST_PAUSE_S = 0.1
PACES = (0.4, 2.5)
"""A pattern is brought to the take's pace, within reason."""
BAND_S = 2.5
LINGER, SKIP = 2.5, 2.5
"""Prices, in spreads of a feature; frames of the same sound are about five apart."""


def warp(samples: Samples, rate: int, pattern: Samples, pattern_rate: int, known: Timeline) -> Timeline:
    """`known`, the timeline of the pattern, as the take says it; both mono.

    Raises MediaUnusable when the take is too short to hold the words.
    """
    take, speech = cepstra(samples, rate, HOP_S)
    _, said = cepstra(pattern, pattern_rate, HOP_S)
    hop = HOP_S * float(np.clip(said.sum() / max(1, speech.sum()), *PACES))
    theirs, said = cepstra(pattern, pattern_rate, hop)
    kept = _kept(said, hop)
    if len(kept) > 2 * len(take):
        raise MediaUnusable("The words could not be found in this recording.")
    passed = (kept[path(take, speech, theirs[kept])] + 0.5) * hop
    length = len(samples) / rate

    def at(second: float) -> float:
        return round(min(int(np.searchsorted(passed, second)) * HOP_S, length), 4)

    return Timeline(
        tuple(Word(word.text, at(word.start), at(word.end)) for word in known.words),
        tuple(Phone(phone.symbol, at(phone.start), at(phone.end)) for phone in known.phones),
    )


def cepstra(samples: Samples, rate: int, hop: float) -> tuple[Frames, Flags]:
    """(frames, 2 CEPSTRA) cepstra and their slopes, of mean 0 and spread 1 in speech; which frames are speech."""
    from scipy.fft import dct

    size = int(WINDOW_S * rate)
    starts = np.arange(max(2, int(len(samples) / rate / hop))) * hop * rate
    padded = np.pad(samples.astype(np.float64), (size // 2, 2 * size))
    frames = padded[starts.astype(int)[:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames)) ** 2
    level = 10 * np.log10(power.sum(1) + 1e-8)
    speech: Flags = level > level.max() + QUIET_DB
    found = np.asarray(dct(np.log(power @ _mel(size, rate).T + 1e-8), norm="ortho"))[:, :CEPSTRA]
    both = np.hstack([found, np.gradient(found, axis=0)])
    return (both - both[speech].mean(0)) / (both[speech].std(0) + 1e-6), speech


def _mel(size: int, rate: int) -> Frames:
    """(BANDS, size // 2 + 1): triangles that lie evenly on the mel scale."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, min(HIGHEST_HZ, rate / 2)))
    edges = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)[:, None]
    bins, widths = np.fft.rfftfreq(size, 1 / rate), np.diff(edges, axis=0)
    rising, falling = (bins - edges[:-2]) / widths[:-1], (edges[2:] - bins) / widths[1:]
    triangles: Frames = np.clip(np.minimum(rising, falling), 0.0, None)
    return triangles


def _kept(speech: Flags, hop: float) -> NDArray[np.int64]:
    """Frames of the pattern without what is longer than LONGEST_PAUSE_S of its pauses."""
    every = np.arange(len(speech))
    since = every - np.maximum.accumulate(np.where(speech, every, -1))
    return np.flatnonzero(since * hop <= LONGEST_PAUSE_S)


def path(take: Frames, speech: Flags, pattern: Frames) -> NDArray[np.int64]:
    """For each frame of the take the frame of the pattern it is; never backwards, from the first to the last."""
    rows, columns = len(take), len(pattern)
    reach = max(int(BAND_S / HOP_S), 2 * abs(rows - columns))
    best, steps = np.full(columns + 2, np.inf), np.zeros((rows, columns), np.int8)
    best[1] = 0.0  # two columns stand before the first, so that the first frame takes a step of one
    squares = (pattern**2).sum(1)
    for row, frame in enumerate(take):
        first = max(0, row * columns // rows - reach)
        last = min(columns, row * columns // rows + reach + 1)
        ways = np.stack([best[first + 2 : last + 2], best[first + 1 : last + 1], best[first:last]])
        ways += np.array([LINGER * speech[row], 0.0, SKIP])[:, None]
        step = ways.argmin(0)
        apart = squares[first:last] - 2 * pattern[first:last] @ frame + frame @ frame
        best = np.full(columns + 2, np.inf)
        best[first + 2 : last + 2] = ways.min(0) + np.sqrt(np.maximum(apart, 0.0))
        steps[row, first:last] = step
    at, found = columns - 1, np.zeros(rows, np.int64)
    for row in range(rows - 1, -1, -1):
        found[row] = at
        at -= int(steps[row, at])
    return found
