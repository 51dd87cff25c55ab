"""Sixteen ways in which a voice goes wrong, made on purpose on clean lines; every one is seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.timeline import Timeline, read_samples, read_timeline
from workers.engines.voice.delivery import stretched

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Material:
    """A clean line, the same voice's other lines, and the same line in another voice."""

    samples: Samples
    rate: int
    timeline: Timeline
    others: Sequence[Path]
    stranger: Path

    def word(self, at: int) -> Samples:
        """The sound of one word."""
        word = self.timeline.words[at]
        return self.samples[int(word.start * self.rate) : int(word.end * self.rate)]

    def inner(self, chance: np.random.Generator) -> int:
        """A word of four letters or more, neither first nor last where there is one."""
        words = self.timeline.words
        long = [at for at in range(1, len(words) - 1) if sum(map(str.isalpha, words[at].text)) > 3]
        return int(chance.choice(long or range(1, len(words) - 1)))


Break = Callable[[Material, np.random.Generator], Samples]


def joined(rate: int, *pieces: Samples) -> Samples:
    """Pieces with fades of 5 ms at their edges."""
    size, out = int(0.005 * rate), []
    for piece in pieces:
        soft = piece.copy()
        ramp = np.linspace(0, 1, min(size, len(soft) // 2), dtype=np.float32)
        soft[: len(ramp)] *= ramp
        soft[len(soft) - len(ramp) :] *= ramp[::-1]
        out.append(soft)
    return np.concatenate(out)


def dropped_word(m: Material, chance: np.random.Generator) -> Samples:
    """A word is missing."""
    word = m.timeline.words[m.inner(chance)]
    return joined(m.rate, m.samples[: int(word.start * m.rate)], m.samples[int(word.end * m.rate) :])


def repeated_word(m: Material, chance: np.random.Generator) -> Samples:
    """A word is said twice."""
    at = m.inner(chance)
    end = int(m.timeline.words[at].end * m.rate)
    return joined(m.rate, m.samples[:end], _silence(m, 0.04), m.word(at), m.samples[end:])


def swapped_word(m: Material, chance: np.random.Generator) -> Samples:
    """Another word in the place of one."""
    other = _other(m, chance)
    word = m.timeline.words[m.inner(chance)]
    new = other.word(other.inner(chance))
    return joined(m.rate, m.samples[: int(word.start * m.rate)], new, m.samples[int(word.end * m.rate) :])


def truncated_tail(m: Material, chance: np.random.Generator) -> Samples:
    """The last word is cut off."""
    word = m.timeline.words[-1]
    end = word.start + float(chance.uniform(0.1, 0.4)) * (word.end - word.start)
    return joined(m.rate, m.samples[: int(end * m.rate)], _silence(m, 0.12))


def tail_babble(m: Material, chance: np.random.Generator) -> Samples:
    """Something more behind the end, half of the time backwards."""
    other = _other(m, chance).samples
    size = int(float(chance.uniform(0.5, 1.2)) * m.rate)
    start = int(chance.integers(0, max(1, len(other) - size)))
    more = other[start : start + size]
    return joined(m.rate, m.samples, _silence(m, 0.1), more[::-1] if chance.random() < 0.5 else more)


def long_silence(m: Material, chance: np.random.Generator) -> Samples:
    """A hole of one and a half seconds or more between two words."""
    spot = int(m.timeline.words[int(chance.integers(1, len(m.timeline.words)))].start * m.rate)
    return joined(m.rate, m.samples[:spot], _silence(m, float(chance.uniform(1.5, 2.5))), m.samples[spot:])


def clipping(m: Material, chance: np.random.Generator) -> Samples:
    """Flat tops on one to five samples in a hundred."""
    top = float(np.quantile(np.abs(m.samples), 1 - chance.uniform(0.01, 0.05)))
    return np.asarray(np.clip(m.samples, -top, top) * (0.97 / top), np.float32)


def wrong_speaker(m: Material, chance: np.random.Generator) -> Samples:
    """The line in somebody else's voice."""
    return read_samples(m.stranger)[0]


def too_fast(m: Material, chance: np.random.Generator) -> Samples:
    """One and a half times as fast, or more."""
    return stretched(m.samples, m.rate, 1 / float(chance.uniform(1.5, 1.8)))


def too_slow(m: Material, chance: np.random.Generator) -> Samples:
    """One and a half times as slow, or more."""
    return stretched(m.samples, m.rate, float(chance.uniform(1.5, 1.8)))


def noise_burst(m: Material, chance: np.random.Generator) -> Samples:
    """150 to 300 ms of noise, at most 6 dB under the voice."""
    size = int(float(chance.uniform(0.15, 0.3)) * m.rate)
    start = int(chance.integers(0, len(m.samples) - size))
    out = m.samples.copy()
    out[start : start + size] += _noise(size, chance) * _level(m) * 10 ** (-float(chance.uniform(0, 6)) / 20)
    return np.asarray(np.clip(out, -0.99, 0.99), np.float32)


def hum(m: Material, chance: np.random.Generator) -> Samples:
    """Mains hum with its harmonics, 20 to 30 dB under the voice."""
    base, times = float(chance.choice([50.0, 60.0])), np.arange(len(m.samples)) / m.rate
    waves = sum(np.sin(2 * np.pi * base * k * times + k) / k for k in (1, 2, 3, 4))
    return m.samples + np.asarray(waves * _level(m) * 10 ** (-float(chance.uniform(20, 30)) / 20), np.float32)


def hiss(m: Material, chance: np.random.Generator) -> Samples:
    """Steady noise, 15 to 25 dB under the voice."""
    return m.samples + _noise(len(m.samples), chance) * _level(m) * 10 ** (
        -float(chance.uniform(15, 25)) / 20
    )


def mumbled(m: Material, chance: np.random.Generator) -> Samples:
    """Nothing above 1 to 1.6 kHz."""
    from scipy.signal import butter, sosfiltfilt

    cut = butter(3, float(chance.uniform(1000, 1600)), "low", fs=m.rate, output="sos")
    return np.asarray(sosfiltfilt(cut, m.samples), np.float32)


def stutter(m: Material, chance: np.random.Generator) -> Samples:
    """A grain of 30 to 70 ms of a loud sound, four to seven times: the robot's glitch."""
    size = int(float(chance.uniform(0.03, 0.07)) * m.rate)
    power = np.convolve(m.samples**2, np.ones(size), "valid")
    start = int(chance.choice(np.flatnonzero(power > 0.4 * power.max())))
    grains = [m.samples[start : start + size]] * int(chance.integers(4, 8))
    return np.concatenate([m.samples[:start], *grains, m.samples[start + size :]])


def holes(m: Material, chance: np.random.Generator) -> Samples:
    """Three to six drop-outs of 15 to 30 ms in loud sounds."""
    out, size = m.samples.copy(), int(0.03 * m.rate)
    power = np.convolve(m.samples**2, np.ones(size) / size, "valid")
    for start in chance.choice(np.flatnonzero(power > 0.3 * power.max()), int(chance.integers(3, 7))):
        out[start : start + int(float(chance.uniform(0.015, 0.03)) * m.rate)] = 0.0
    return out


BREAKS: tuple[Break, ...] = (
    dropped_word, repeated_word, swapped_word, truncated_tail, tail_babble, long_silence, clipping, wrong_speaker,
    too_fast, too_slow, noise_burst, hum, hiss, mumbled, stutter, holes,
)  # fmt: skip


def _silence(m: Material, seconds: float) -> Samples:
    return np.zeros(int(seconds * m.rate), np.float32)


def _noise(size: int, chance: np.random.Generator) -> Samples:
    return chance.standard_normal(size).astype(np.float32)


def _level(m: Material) -> float:
    """The voice's level: root mean square of its louder half."""
    size = m.rate // 50
    power = (m.samples[: len(m.samples) // size * size].reshape(-1, size) ** 2).mean(1)
    return float(np.sqrt(power[power > np.median(power)].mean()))


def _other(m: Material, chance: np.random.Generator) -> Material:
    path = m.others[int(chance.integers(len(m.others)))]
    samples, rate = read_samples(path)
    return Material(samples, rate, read_timeline(path), m.others, m.stranger)
