"""What the voice tests share: a warm Kokoro and measuring of its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.engine import Speak
from studio.settings import Settings
from studio.timeline import Timeline, read_samples, read_timeline
from studio.weights import Weights
from workers.engines.voice.kokoro import Kokoro

Say = Callable[..., Path]


def quiet(_share: float) -> None:
    """No progress wanted."""


@cache
def kokoro() -> Kokoro:
    """Kokoro, loaded once for all tests of this process."""
    engine = Kokoro()
    engine.load({"kokoro": Weights(Settings().cache).folder("kokoro")})
    return engine


def render(out: Path, text: str, seed: int = 0, voice: str = "af_heart", **more: Any) -> Path:
    """A line spoken by Kokoro, in `out`."""
    kokoro().run(asdict(Speak(text, voice, **more)), {}, out, seed, quiet)
    return out


def assert_sound(path: Path, text: str) -> Timeline:
    """What every voice owes: a word a token, times in order and inside the sound, phones inside it too."""
    samples, rate = read_samples(path)
    length, timeline = len(samples) / rate, read_timeline(path)
    assert [word.text for word in timeline.words] == text.split()
    edges = [edge for word in timeline.words for edge in (word.start, word.end)]
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= length
    ends = [edge for phone in timeline.phones for edge in (phone.start, phone.end)]
    assert all(len(phone.symbol) == 1 for phone in timeline.phones)
    assert all(later - earlier > -1e-3 for earlier, later in pairwise(ends))
    assert ends[-1] <= length + 1e-3
    assert level(samples[int(edges[0] * rate) : int(edges[-1] * rate)]) > -40
    return timeline


def level(samples: NDArray[np.float32]) -> float:
    """Root mean square in dB."""
    return float(20 * np.log10(max(1e-9, float(np.sqrt(np.mean(samples**2))))))


def pitch(samples: NDArray[np.float32], rate: int) -> float:
    """Median fundamental frequency in Hz, by autocorrelation of loud 40 ms frames."""
    size, found = int(0.04 * rate), []
    for at in range(0, len(samples) - size, size):
        frame = samples[at : at + size] - samples[at : at + size].mean()
        if level(frame) < level(samples) - 3:
            continue
        lags = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = rate // 400, rate // 70
        best = low + int(np.argmax(lags[low:high]))
        if lags[best] > 0.5 * lags[0]:
            found.append(rate / best)
    return float(np.median(found))
