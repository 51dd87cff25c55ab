"""Pieces of long lines, joined and levelled, the language they are in, and what recordings are worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.engine import Speak
from studio.errors import LanguageUnsupported, ScriptTooLong, TextUnspeakable
from studio.timeline import read_samples, read_timeline
from workers.engines.voice.phrases import line_text, phrases
from workers.engines.voice.placed import PAUSE_S, language_of, write_placed
from workers.engines.voice.references import speech_seconds

pytestmark = pytest.mark.engine

RATE = 24_000


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
    assert line_text(french) == "kaDAR a grandi de trois pour cent."
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


def test_pieces_are_joined_with_a_breath_and_levelled(tmp_path: Path) -> None:
    tone = 0.1 * np.sin(np.arange(RATE) * 0.1).astype(np.float32)
    write_placed(tmp_path / "out.wav", [tone, tone], RATE, Speak("ichi ni", "", language="ja"))
    samples, rate = read_samples(tmp_path / "out.wav")
    assert (rate, len(samples) / rate) == (RATE, 2 + PAUSE_S)
    assert float(np.abs(samples).max()) == pytest.approx(0.7, abs=1e-3)
    words = read_timeline(tmp_path / "out.wav").words
    assert [word.text for word in words] == ["ichi", "ni"] and words[1].start >= 1 + PAUSE_S - 0.03


def test_a_language_has_the_models_own_name_or_is_refused() -> None:
    assert language_of("zh", ("en", "zh-cn"), "XTTSv2") == language_of("ZH-tw", ("zh-cn",), "") == "zh-cn"
    with pytest.raises(
        LanguageUnsupported, match="XTTSv2 does not speak “eo”; it speaks English and Chinese"
    ):
        language_of("eo", ("en", "zh-cn"), "XTTSv2")
