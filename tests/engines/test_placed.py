"""Times of words for voices that tell none, pieces of long lines, and what recordings are worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.engine import Speak
from studio.errors import ScriptTooLong, TextUnspeakable
from studio.timeline import read_samples, read_timeline
from tests.engines.voices import assert_sound, render
from workers.engines.voice.phrases import line_text, phrases
from workers.engines.voice.placed import spread, write_placed
from workers.engines.voice.references import speech_seconds

pytestmark = pytest.mark.engine

TEXT = "We grew quickly this year, and then we hired more people."
RATE = 24_000


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The text, spoken with known times."""
    return render(tmp_path_factory.mktemp("voice") / "a.wav", TEXT)


def test_english_words_are_found_by_ear(voice: Path, tmp_path: Path) -> None:
    samples, rate = read_samples(voice)
    write_placed(tmp_path / "out.wav", samples, rate, Speak(TEXT, ""))
    found, known = assert_sound(tmp_path / "out.wav", TEXT), read_timeline(voice)
    off = [abs(a.start - b.start) for a, b in zip(found.words, known.words, strict=True)]
    assert float(np.median(off)) < 0.06 and found.phones


def test_other_languages_are_spread_over_the_loud_parts() -> None:
    tone = 0.3 * np.sin(np.arange(RATE) * 0.1).astype(np.float32)
    quiet_part = np.zeros(RATE, np.float32)
    samples = np.concatenate([quiet_part, tone, quiet_part, tone, quiet_part])
    words = spread("eins zwei", samples, RATE).words
    assert words[0].start == pytest.approx(1.0, abs=0.05) and words[0].end == pytest.approx(2.0, abs=0.05)
    assert words[1].start == pytest.approx(3.0, abs=0.05) and words[1].end == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize("text", ["a", "eins zwei drei", "مرحبا بكم، هذا صوتي."])
def test_spread_words_stay_in_order_and_inside(text: str) -> None:
    samples = np.random.default_rng(0).normal(size=RATE // 2).astype(np.float32)
    timeline = spread(text, samples, RATE)
    edges = [edge for word in timeline.words for edge in (word.start, word.end)]
    assert [word.text for word in timeline.words] == text.split()
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= 0.5


def test_long_lines_are_cut_where_one_breathes() -> None:
    assert phrases("One. Two! Three?", 9) == ["One. Two!", "Three?"]
    assert phrases("first part, second part", 14) == ["first part,", "second part"]
    assert phrases("nothing to cut at here", 10) == ["nothing to", "cut at", "here"]
    assert phrases("对不起。谢谢。", 4) == ["对不起。", "谢谢。"]
    assert all(len(piece) <= 7 for piece in phrases("incomprehensibilities", 7))


def test_english_is_read_as_it_is_spoken_and_others_as_written() -> None:
    given = {"Kadar": "ka-DAR"}
    assert line_text(Speak("Kadar grew 3%.", "", pronunciations=given)) == "kaDAR grew three percent."
    french = Speak("Kadar a grandi de 3 %.", "", language="fr", pronunciations=given)
    assert line_text(french) == "kaDAR a grandi de 3 %."
    with pytest.raises(TextUnspeakable):
        line_text(Speak("…", ""))
    with pytest.raises(ScriptTooLong, match="1501"):
        line_text(Speak("a" * 1501, ""))


def test_seconds_of_speech_leave_silence_out() -> None:
    chance = np.random.default_rng(0)
    loud = (0.1 * chance.normal(size=2 * RATE)).astype(np.float32)
    hum = (0.0001 * chance.normal(size=5 * RATE)).astype(np.float32)
    assert speech_seconds(np.concatenate([loud, hum]), RATE) == pytest.approx(2.0, abs=0.1)
    assert speech_seconds(hum, RATE) == speech_seconds(hum[:10], RATE) == 0.0
