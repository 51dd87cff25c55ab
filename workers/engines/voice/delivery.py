"""Delivery that any voice gets after it has spoken: pauses, emphasis and a sentence's rise and fall.

It needs nothing but the samples and the timeline, so that stock, cloned and cloud voices are treated alike, and
it moves the timeline with the sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from studio.marks import Marked
from studio.spoken import Spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.voice.tones import Manner

Samples = NDArray[np.float32]

FADE_S = 0.006
STRESS_DB, STRESS_LENGTH, STRESS_PITCH = 3.0, 1.18, 1.05
"""An emphasised word is louder, longer and higher: the three signs of English sentence stress."""
BEFORE_STRESS_S = 0.05
FRAME_S, SEARCH_S = 0.03, 0.008
REACH_S = 0.08
"""A pause may be put this far from a word's edge, wherever it is quietest."""


def deliver(
    samples: Samples,
    rate: int,
    timeline: Timeline,
    tokens: Sequence[Spoken],
    marked: Marked,
    manner: Manner,
    own: tuple[float, float] = (0.0, 0.0),
) -> tuple[Samples, Timeline]:
    """The line with its marks honoured; `own` is what a comma and a stop still lack of the manner's pauses, s."""
    pauses = _pauses(tokens, marked, own)
    for at in sorted({*pauses, *marked.stressed}, reverse=True):
        if at in marked.stressed:
            samples, timeline = _stressed(samples, rate, timeline, at)
        if pauses.get(at, 0.0) > 0:
            samples, timeline = _paused(samples, rate, timeline, at, pauses[at])
    return contoured(samples, rate, timeline, tokens, manner), timeline


def _pauses(tokens: Sequence[Spoken], marked: Marked, own: tuple[float, float]) -> dict[int, float]:
    """Seconds of silence before each token; a pause asked for replaces what the tone would add."""
    found: dict[int, float] = {}
    for at, token in enumerate(tokens[:-1], 1):
        extra = own[0] if token.stop in tuple(",:;—") else own[1] if token.stop in tuple(".!?…") else 0.0
        if extra > 0:
            found[at] = extra
    for at in marked.stressed:
        if at and at - 1 not in marked.stressed:
            found.setdefault(at, BEFORE_STRESS_S)
    return found | marked.pauses


def _paused(
    samples: Samples, rate: int, timeline: Timeline, at: int, seconds: float
) -> tuple[Samples, Timeline]:
    """Put silence before token `at`, where it is quietest, with fades that leave no click."""
    words, length = timeline.words, len(samples) / rate
    left = words[at - 1].end if at else 0.0
    right = words[at].start if at < len(words) else length
    spot = quietest(samples, rate, min(left, right) - REACH_S * (at > 0), max(left, right) + REACH_S)
    spot = 0 if at == 0 else len(samples) if at == len(words) else spot
    ramp = np.linspace(0.0, 1.0, min(int(FADE_S * rate), spot, len(samples) - spot), dtype=np.float32)
    head, tail = samples[:spot].copy(), samples[spot:].copy()
    head[len(head) - len(ramp) :] *= ramp[::-1]
    tail[: len(ramp)] *= ramp
    silence = np.zeros(round(seconds * rate), np.float32)
    cut = spot / rate

    def moved(time: float, late: bool) -> float:
        return max(time, cut) + seconds if late else min(time, cut)

    return np.concatenate([head, silence, tail]), _moved(timeline, moved, at)


def quietest(samples: Samples, rate: int, start: float, end: float) -> int:
    """The sample in the middle of the quietest 10 ms between two times in seconds."""
    first, last, width = max(0, int(start * rate)), min(len(samples), int(end * rate)), max(1, rate // 100)
    if last - first <= width:
        return max(0, min(len(samples), (first + last) // 2))
    energy = np.convolve(samples[first:last] ** 2, np.ones(width), "valid")
    near = np.flatnonzero(energy <= energy.min() * 1.5 + 1e-12)
    return first + int(near[len(near) // 2]) + width // 2


def _stressed(samples: Samples, rate: int, timeline: Timeline, at: int) -> tuple[Samples, Timeline]:
    word = timeline.words[at]
    first, last = int(word.start * rate), min(len(samples), int(word.end * rate))
    if last - first < 2 * FRAME_S * rate:
        return samples, timeline
    said = stretched(samples[first:last], rate, STRESS_LENGTH * STRESS_PITCH)
    places = np.arange(0, len(said) - 1, STRESS_PITCH)
    said = np.interp(places, np.arange(len(said)), said).astype(np.float32)
    edge = min(len(said) // 4, int(0.02 * rate))
    gain = np.full(len(said), 10 ** (STRESS_DB / 20), np.float32)
    gain[:edge] = np.linspace(1.0, gain[edge], edge)
    gain[len(gain) - edge :] = gain[:edge][::-1]
    said = _joined(samples[:first], said * gain, samples[last:], rate)
    factor = (len(said) - len(samples) + last - first) / (last - first)
    start, end = first / rate, last / rate

    def moved(time: float, late: bool) -> float:
        return start + (min(time, end) - start) * factor + max(0.0, time - end) if time > start else time

    return said, _moved(timeline, moved, at)


def _joined(head: Samples, said: Samples, tail: Samples, rate: int) -> Samples:
    """Three pieces joined by short cross-fades; the middle keeps its length less one fade."""
    fade = min(int(FADE_S * rate), len(head), len(said) // 3, len(tail))
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    out = said.copy()
    if fade:
        out[:fade] = out[:fade] * ramp + head[len(head) - fade :] * ramp[::-1]
        out[len(out) - fade :] = out[len(out) - fade :] * ramp[::-1] + tail[:fade] * ramp
    top = max(1e-9, float(np.abs(out).max(initial=0.0)))
    return np.concatenate([head[: len(head) - fade], out * min(1.0, 0.97 / top), tail[fade:]])


def stretched(samples: Samples, rate: int, factor: float) -> Samples:
    """Longer by `factor` at the same pitch: WSOLA (Verhelst and Roelands 1993), frames of 30 ms."""
    size, reach = int(FRAME_S * rate) // 2 * 2, int(SEARCH_S * rate)
    hop, window = size // 2, np.hanning(size + 1)[:size].astype(np.float32)
    padded = np.pad(samples, (hop + reach, 2 * size + reach))
    frames = int(np.ceil(len(samples) * factor / hop)) + 1
    out, last = np.zeros(frames * hop + size, np.float32), hop + reach - hop
    for frame in range(frames):
        want = int(frame * hop / factor) + reach
        if frame:
            follow = padded[last + hop : last + hop + size]
            places = [padded[want + shift : want + shift + size] for shift in range(-reach, reach + 1, 2)]
            want += int(np.argmax([float(follow @ place) for place in places])) * 2 - reach
        out[frame * hop : frame * hop + size] += padded[want : want + size] * window
        last = want
    return out[hop : hop + round(len(samples) * factor)]


def contoured(
    samples: Samples, rate: int, timeline: Timeline, tokens: Sequence[Spoken], manner: Manner
) -> Samples:
    """The manner's rise and fall of loudness over each sentence, in smooth dB."""
    if not any(manner.contour) or not timeline.words:
        return samples
    times, levels, first = [0.0], [manner.contour[0]], 0
    for at, token in enumerate(tokens):
        if token.stop in tuple(".!?…") or at + 1 == len(tokens):
            start, end = timeline.words[first].start, timeline.words[at].end
            times += [start, (start + end) / 2, end]
            levels += manner.contour
            first = at + 1
    gain = np.interp(np.arange(len(samples)) / rate, times, levels)
    shaped = samples * (10 ** (gain / 20)).astype(np.float32)
    top = float(np.abs(shaped).max(initial=0.0))
    return np.asarray(shaped * min(1.0, 0.97 / max(top, 1e-9)), np.float32)


def _moved(timeline: Timeline, change: Callable[[float, bool], float], at: int) -> Timeline:
    """The timeline with every time changed; the second argument says whether it belongs behind token `at`."""
    border = timeline.words[at].start if at < len(timeline.words) else float("inf")
    words = tuple(
        Word(word.text, _time(change(word.start, index >= at)), _time(change(word.end, index >= at)))
        for index, word in enumerate(timeline.words)
    )
    phones = tuple(
        Phone(phone.symbol, _time(change(phone.start, late)), _time(change(phone.end, late)))
        for phone, late in ((each, each.start >= border) for each in timeline.phones)
    )
    return Timeline(words, phones)


def _time(seconds: float) -> float:
    return round(float(seconds), 4)
