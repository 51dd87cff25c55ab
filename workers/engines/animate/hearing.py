"""What the voices of a shot say to the face: phones on the shot's clock, loudness, stresses, pauses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.timeline import Phone, read_samples, read_timeline
from studio.timing import Layout, lay_out
from workers.engines.animate.motion import Heard
from workers.engines.animate.visemes import is_vowel, shapes_of
from workers.engines.faces.shapes import Array


@dataclass(frozen=True, slots=True)
class Voices:
    """All voices of a shot on its clock: `phones` in order, `heard` per frame."""

    layout: Layout
    phones: list[Phone]
    heard: Heard


def listen(paths: list[Path], lead: float, pauses: tuple[float, ...], fps: int) -> Voices:
    """Read voices and lay them out; raises MediaUnusable for a voice without a timeline."""
    sounds = [read_samples(path) for path in paths]
    layout = lay_out([len(samples) / rate for samples, rate in sounds], lead, pauses, fps)
    times = (np.arange(layout.frames) + 0.5) / fps
    level, stress = np.zeros(layout.frames, np.float32), np.zeros(layout.frames, np.float32)
    phones: list[Phone] = []
    for path, (samples, rate), offset in zip(paths, sounds, layout.offsets, strict=True):
        level += _loudness(samples, rate, times - offset, 0.05)
        stress += _loudness(samples, rate, times - offset, 0.16)
        phones += [Phone(p.symbol, p.start + offset, p.end + offset) for p in read_timeline(path).phones]
    return Voices(layout, phones, Heard(level, stress, _accents(phones, stress, fps), _phrase_ends(phones)))


def _loudness(samples: Array, rate: int, times: Array, seconds: float) -> Array:
    """Loudness at `times`, 0..1.15, 1 at the voice's 92nd percentile."""
    hop = max(1, rate // 200)
    padded = np.pad(samples, (0, hop - len(samples) % hop))
    power = (padded.reshape(-1, hop) ** 2).mean(1)
    sigma = seconds * 200
    reach = int(3 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    smooth = np.sqrt(np.convolve(np.pad(power, reach), kernel / kernel.sum(), "valid"))
    loud = smooth[smooth > 1e-3]
    top = float(np.percentile(loud, 92)) if len(loud) else 1.0
    ticks = (np.arange(len(smooth)) + 0.5) / 200
    return np.interp(times, ticks, np.clip(smooth / top, 0, 1.15), left=0, right=0).astype(np.float32)


def _accents(phones: list[Phone], stress: Array, fps: int) -> list[float]:
    """Times of the loudest vowels, at least 0.55 s apart."""
    found: list[tuple[float, float]] = []
    for phone in phones:
        middle = (phone.start + phone.end) / 2
        if is_vowel(phone.symbol) and int(middle * fps) < len(stress):
            found.append((float(stress[int(middle * fps)]) * (phone.end - phone.start) ** 0.3, middle))
    kept: list[float] = []
    for _, moment in sorted(found, reverse=True)[: max(1, len(found) // 3)] if found else []:
        if all(abs(moment - other) > 0.55 for other in kept):
            kept.append(moment)
    return sorted(kept)


def _phrase_ends(phones: list[Phone]) -> list[float]:
    """Times at which speech stops for at least 0.18 s."""
    spoken = [phone for phone in phones if shapes_of(phone.symbol) != ("rest",)]
    gaps = itertools.pairwise(spoken)
    ends = [before.end for before, after in gaps if after.start - before.end > 0.18]
    return ends + ([spoken[-1].end] if spoken else [])
