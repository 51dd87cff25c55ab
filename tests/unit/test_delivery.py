"""Pauses, emphasis and contour on a made-up voice whose words are tones, so that every number is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.marks import Marked, plain, read_marks
from studio.spoken import spoken
from studio.timeline import Phone, Timeline, Word
from workers.engines.voice.delivery import deliver, stretched
from workers.engines.voice.tones import MANNERS, Manner

pytestmark = pytest.mark.unit

RATE = 24_000
WORD_S, GAP_S = 0.3, 0.04


def voice(text: str) -> tuple[NDArray[np.float32], Timeline]:
    """Each word a 200 Hz tone of 0.3 s, with gaps of 0.04 s between."""
    words, phones, parts = [], [], []
    tone = 0.2 * np.sin(2 * np.pi * 200 * np.arange(int(WORD_S * RATE)) / RATE)
    tone *= np.minimum(1, np.minimum(np.arange(len(tone)), np.arange(len(tone))[::-1]) / 240)
    for at, token in enumerate(text.split()):
        start = at * (WORD_S + GAP_S)
        words.append(Word(token, round(start, 4), round(start + WORD_S, 4)))
        phones.append(Phone("ɑ", round(start, 4), round(start + WORD_S, 4)))
        parts += [tone, np.zeros(int(GAP_S * RATE))]
    return np.concatenate(parts).astype(np.float32), Timeline(tuple(words), tuple(phones))


def delivered(line: str, manner: Manner = MANNERS["neutral"], own: tuple[float, float] = (0.0, 0.0)):  # type: ignore[no-untyped-def]
    samples, timeline = voice(plain(line))
    return deliver(samples, RATE, timeline, spoken(plain(line)), read_marks(line), manner, own)


def level(samples: NDArray[np.float32], word: Word) -> float:
    part = samples[int((word.start + 0.05) * RATE) : int((word.end - 0.05) * RATE)]
    return float(20 * np.log10(np.sqrt(np.mean(part**2))))


def test_without_marks_nothing_changes() -> None:
    samples, timeline = voice("one two three")
    same, there = deliver(
        samples, RATE, timeline, spoken("one two three"), Marked("", {}, frozenset()), Manner()
    )
    assert np.array_equal(same, samples) and there == timeline


def test_a_pause_is_as_long_as_asked_and_moves_what_follows() -> None:
    samples, timeline = delivered("one two [pause 0.7] three")
    before, after = voice("one two three")[1].words[2], timeline.words[2]
    assert after.start - before.start == pytest.approx(0.7, abs=0.002)
    assert timeline.phones[2].start == after.start
    silent = samples[int((timeline.words[1].end + 0.03) * RATE) : int((after.start - 0.03) * RATE)]
    assert np.abs(silent).max() < 1e-3
    assert level(samples, after) == pytest.approx(level(*_first(voice("one"))), abs=0.2)


def _first(found: tuple[NDArray[np.float32], Timeline]) -> tuple[NDArray[np.float32], Word]:
    return found[0], found[1].words[0]


def test_pauses_at_the_edges_and_over_what_a_tone_adds() -> None:
    samples, timeline = delivered("[pause 1] one, two [pause 0.5]", own=(0.3, 0.0))
    assert timeline.words[0].start == pytest.approx(1.0, abs=0.01)
    assert timeline.words[1].start - timeline.words[0].end == pytest.approx(GAP_S + 0.3, abs=0.01)
    assert len(samples) / RATE - timeline.words[1].end == pytest.approx(GAP_S + 0.5, abs=0.01)


def test_emphasis_is_louder_longer_higher_and_leaves_the_others() -> None:
    samples, timeline = delivered("one *two* three")
    plain_, stressed, after = timeline.words
    assert level(samples, stressed) - level(samples, plain_) == pytest.approx(3.0, abs=0.5)
    assert (stressed.end - stressed.start) / WORD_S == pytest.approx(1.18, abs=0.05)
    assert level(samples, after) == pytest.approx(level(samples, plain_), abs=0.2)
    middle = samples[int((stressed.start + 0.05) * RATE) : int((stressed.end - 0.05) * RATE)]
    peak = np.argmax(np.abs(np.fft.rfft(middle, 2**16))) * RATE / 2**16
    assert peak == pytest.approx(210, abs=3)


def test_no_clicks_where_something_was_put_in() -> None:
    usual = float(np.abs(np.diff(voice("one two three")[0])).max())
    samples, _ = delivered("one [pause 0.4] *two* three")
    assert float(np.abs(np.diff(samples)).max()) < 1.8 * usual


def test_a_tone_shapes_the_loudness_of_its_sentence() -> None:
    samples, timeline = delivered("one two three four.", MANNERS["soft"])
    falls = level(samples, timeline.words[0]) - level(samples, timeline.words[-1])
    assert falls == pytest.approx(2.0, abs=0.7)
    samples, timeline = delivered("one two three four.", MANNERS["authoritative"])
    assert level(samples, timeline.words[0]) - level(samples, timeline.words[-1]) < 0


def test_stretching_keeps_pitch_and_level() -> None:
    tone = (0.2 * np.sin(2 * np.pi * 180 * np.arange(RATE) / RATE)).astype(np.float32)
    longer = stretched(tone, RATE, 1.3)
    assert len(longer) == round(1.3 * RATE)
    middle = longer[2000:-2000]
    assert np.argmax(np.abs(np.fft.rfft(middle, 2**17))) * RATE / 2**17 == pytest.approx(180, abs=2)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(np.sqrt(np.mean(tone**2)), rel=0.1)
