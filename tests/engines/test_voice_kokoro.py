"""Kokoro renders real lines: exact words, honest tones, the same bytes for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.errors import LanguageUnsupported, TextUnspeakable, WeightsMissing
from studio.settings import Settings
from studio.spoken import spoken
from studio.timeline import read_samples, read_timeline
from studio.weights import Weights
from studio.wording import word_error_rate
from tests.engines.voices import assert_sound, level, pitch, quiet, render
from workers.engines.listen.sphinx import Sphinx
from workers.engines.listen.whisper import Whisper
from workers.engines.voice.lay import MOST_IDS, pieces

pytestmark = pytest.mark.engine

LINE = "We grew 3%, “honestly” 🚀 thanks."


def test_every_token_has_its_time_and_whisper_hears_the_line(tmp_path: Path) -> None:
    text = "We raised $2.5M in Q3 2025, and Dr. Smith’s API is 10x faster."
    wav = render(tmp_path / "a.wav", text)
    assert_sound(wav, text)
    listener = Whisper()
    listener.load({"whisper-tiny-en": Weights(Settings().cache).folder("whisper-tiny-en")})
    listener.run({}, {"audio": wav}, tmp_path / "heard.json", 0, quiet)
    heard = json.loads((tmp_path / "heard.json").read_text())
    assert word_error_rate(text, heard["text"]).rate <= 0.07, heard["text"]
    assert heard["words"][0]["start"] < heard["words"][-1]["end"] <= len(read_samples(wav)[0]) / 24_000


def test_seed_decides_the_bytes(tmp_path: Path) -> None:
    one, same, other = (render(tmp_path / f"{at}.wav", LINE, seed) for at, seed in enumerate((1, 1, 2)))
    assert_sound(one, LINE)
    assert one.read_bytes() == same.read_bytes()
    assert one.read_bytes() != other.read_bytes()
    assert abs(len(read_samples(one)[0]) / len(read_samples(other)[0]) - 1) < 0.1


def test_words_begin_where_an_aligner_finds_them(tmp_path: Path) -> None:
    text = "Every evening, Anna and I asked one easy question."
    wav = render(tmp_path / "a.wav", text)
    aligner = Sphinx()
    aligner.load({})
    aligner.run({"text": text}, {"audio": wav}, tmp_path / "b.wav", 0, quiet)
    mine, theirs = assert_sound(wav, text), assert_sound(tmp_path / "b.wav", text)
    apart = [abs(a.start - b.start) for a, b in zip(mine.words, theirs.words, strict=True)]
    assert np.median(apart[1:]) < 0.05, apart
    both = [phone.symbol for phone in mine.phones][:6], [phone.symbol for phone in theirs.phones][:6]
    assert both[0][0] == both[1][0] == "ɛ"


def test_tones_and_pace_are_audible(tmp_path: Path) -> None:
    text = "This is the plan, and it works."
    found = {}
    for tone in ("neutral", "authoritative", "soft", "storytelling"):
        samples, rate = read_samples(render(tmp_path / f"{tone}.wav", text, voice="am_michael", tone=tone))
        found[tone] = (len(samples) / rate, level(samples), pitch(samples, rate))
    neutral, firm, soft, story = found.values()
    assert firm[2] < neutral[2] * 0.98
    assert soft[1] < neutral[1] - 3 and soft[0] > neutral[0] * 1.05
    assert story[0] > neutral[0] * 1.08
    quick, rate = read_samples(render(tmp_path / "q.wav", text, voice="am_michael", pace=1.25))
    assert len(quick) / rate < neutral[0] * 0.9


def test_respelled_names(tmp_path: Path) -> None:
    given = {"Kadar": "ka-DAR", "Nguyen": "/wˈɪn/"}
    timeline = read_timeline(render(tmp_path / "a.wav", "Kadar, meet Nguyen.", pronunciations=given))
    assert "".join(phone.symbol for phone in timeline.phones) == "kədɑɹmitwɪn"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("مرحبا بكم", LanguageUnsupported),
        ("Hello 世界", LanguageUnsupported),
        ("🚀 — …", TextUnspeakable),
        ("", TextUnspeakable),
    ],
)
def test_what_cannot_be_said(text: str, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        render(tmp_path / "a.wav", text)
    with pytest.raises(LanguageUnsupported, match="Kokoro does not speak German; it speaks English, Spanish"):
        render(tmp_path / "a.wav", "Guten Tag", language="de")


def test_unknown_voice_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="af_heart"):
        render(tmp_path / "a.wav", "Hello.", voice="xx_nobody")


def test_long_lines_are_cut_to_fit() -> None:
    tokens = spoken("we keep on building this thing " * 60 + "and then, one day, we stop.")
    phones = ["hɛlOhɛlO"] * len(tokens)
    parts = pieces(tokens, phones, {symbol: at for at, symbol in enumerate("hɛlO ,.")})
    assert max(len(part.ids) for part in parts) <= MOST_IDS + 1
    assert sorted({owner for part in parts for owner in part.owners} - {-1}) == list(range(len(tokens)))
    with pytest.raises(TextUnspeakable, match="too long"):
        pieces(spoken("9" * 500), ["ˈoʊ" * 500], {"o": 1, "ʊ": 2})
