"""When words are spoken: told, found by ear, or laid over the speech; one function for every voice."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from studio.engine import Speak
from studio.timeline import Phone, Timeline, Word, read_samples, read_timeline
from tests.engines.voices import assert_sound, render
from workers.engines.listen.timings import Samples, timeline_for
from workers.engines.voice.placed import write_placed

pytestmark = pytest.mark.engine

SPANISH = "Por fin puedo contaros lo que hemos hecho; mañana abrimos 3 oficinas en Madrid."
TEXT = "We grew quickly this year, and then we hired more people."
RATE = 24_000


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The text, spoken with known times."""
    return render(tmp_path_factory.mktemp("voice") / "a.wav", TEXT)


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Spanish line with known times."""
    return render(tmp_path_factory.mktemp("spanish") / "a.wav", SPANISH, language="es")


def edges(timeline: Timeline) -> list[float]:
    return [edge for word in timeline.words for edge in (word.start, word.end)]


def test_english_words_are_found_by_ear(voice: Path, tmp_path: Path) -> None:
    samples, rate = read_samples(voice)
    write_placed(tmp_path / "out.wav", [samples], rate, Speak(TEXT, ""))
    found, known = assert_sound(tmp_path / "out.wav", TEXT), read_timeline(voice)
    off = [abs(a.start - b.start) for a, b in zip(found.words, known.words, strict=True)]
    assert float(np.median(off)) < 0.06 and found.phones


def test_a_respelled_word_is_looked_for_as_it_is_said(tmp_path: Path) -> None:
    given, text = {"Nguyen": "win"}, "Here is Nguyen with the numbers of the year."
    samples, rate = read_samples(render(tmp_path / "a.wav", text, pronunciations=given))
    found = timeline_for(samples, rate, Speak(text, "", pronunciations=given))
    own = read_timeline(tmp_path / "a.wav")
    assert found.words[2].end == pytest.approx(own.words[2].end, abs=0.12)
    said = [phone.symbol for phone in found.phones if phone.start < found.words[2].end - 1e-3]
    assert "".join(said).endswith("wɪn")


def test_what_the_model_or_its_vendor_tells_is_kept(voice: Path) -> None:
    samples, rate = read_samples(voice)
    own = read_timeline(voice)
    assert timeline_for(samples, rate, Speak(TEXT, ""), own) is own
    words = timeline_for(samples, rate, Speak(TEXT, ""), Timeline(own.words, ()))
    assert words.words == own.words and words.phones
    assert all(own.words[0].start <= phone.start <= own.words[-1].end for phone in words.phones)
    other = Timeline((Word("Something", 0.0, 0.1),), ())
    assert [word.text for word in timeline_for(samples, rate, Speak(TEXT, ""), other).words] == TEXT.split()


def test_told_words_are_kept_in_other_languages(spanish: Path) -> None:
    samples, rate = read_samples(spanish)
    own = read_timeline(spanish)
    found = timeline_for(samples, rate, Speak(SPANISH, "", language="es"), Timeline(own.words, ()))
    assert found.words == own.words and len(found.phones) > 0.9 * len(own.phones)
    line = Speak(SPANISH, "", language="ja")  # which espeak-ng cannot read
    assert timeline_for(samples, rate, line, Timeline(own.words, ())) == Timeline(own.words, ())


def test_a_voice_that_tells_nothing_is_followed_in_other_languages(spanish: Path, tmp_path: Path) -> None:
    samples, rate = read_samples(spanish)
    own = read_timeline(spanish)
    write_placed(tmp_path / "out.wav", [samples], rate, Speak(SPANISH, "", language="es"))
    found = assert_sound(tmp_path / "out.wav", SPANISH)
    spread = timeline_for(samples, rate, Speak(SPANISH, "", language="ja"))
    starts, laid = (
        [abs(a.start - b.start) for a, b in zip(each.words, own.words, strict=True)]
        for each in (found, spread)
    )
    assert np.percentile(starts, 90) < 0.12 < np.percentile(laid, 90)
    off = [
        abs(mine.start + mine.end - known.start - known.end) / 2
        for mine, known in _same(found.phones, own.phones)
    ]
    assert len(off) > 0.8 * len(own.phones) and np.percentile(off, 90) < 0.08


def _same(mine: Sequence[Phone], known: Sequence[Phone]) -> list[tuple[Phone, Phone]]:
    """The phones that two readings of a line share, in order."""
    said, meant = ([phone.symbol for phone in each] for each in (mine, known))
    blocks = SequenceMatcher(None, said, meant, autojunk=False).get_matching_blocks()
    return [(mine[b.a + at], known[b.b + at]) for b in blocks for at in range(b.size)]


def test_words_that_are_not_in_the_sound_are_laid_over_it() -> None:
    burst = 0.3 * np.random.default_rng(0).normal(size=RATE // 5).astype(np.float32)
    found = timeline_for(burst, RATE, Speak(TEXT, ""))
    assert [word.text for word in found.words] == TEXT.split() and not found.phones
    assert edges(found) == sorted(edges(found)) and edges(found)[-1] <= 0.2


def test_languages_nobody_can_read_are_spread_over_the_loud_parts() -> None:
    tone = 0.3 * np.sin(np.arange(RATE) * 0.1).astype(np.float32)
    quiet_part = np.zeros(RATE, np.float32)
    samples = np.concatenate([quiet_part, tone, quiet_part, tone, quiet_part])
    words = timeline_for(samples, RATE, Speak("hito futa", "", language="ja")).words
    assert words[0].start == pytest.approx(1.0, abs=0.05) and words[0].end == pytest.approx(2.0, abs=0.05)
    assert words[1].start == pytest.approx(3.0, abs=0.05) and words[1].end == pytest.approx(4.0, abs=0.05)


def test_words_that_are_spread_rest_in_pauses(voice: Path) -> None:
    samples, rate = read_samples(voice)
    long = np.concatenate([samples, np.zeros(rate, np.float32), samples])
    text = "uno dos tres cuatro cinco seis siete ocho"
    found = timeline_for(long, rate, Speak(text, "", language="ja"))
    assert edges(found) == sorted(edges(found)) and len(found.words) == 8
    middle = len(samples) / rate + 0.5
    assert all(not word.start < middle - 0.4 < middle + 0.4 < word.end for word in found.words)
    assert found.words[3].end <= middle + 0.6 and found.words[4].start >= middle - 0.6


@pytest.mark.parametrize("sound", ["noise", "silence", "nothing", "clicks"])
@pytest.mark.parametrize("text", ["a", "— eins zwei drei", "مرحبا بكم، هذا صوتي."])
@pytest.mark.parametrize("language", ["de", "ar", "ja"])
def test_laid_words_stay_in_order_and_inside(text: str, sound: str, language: str) -> None:
    samples: Samples = {
        "noise": np.random.default_rng(0).normal(size=RATE // 2),
        "silence": np.zeros(RATE // 2),
        "nothing": np.zeros(0),
        "clicks": (np.arange(RATE // 2) % 5000 == 0).astype(float),
    }[sound].astype(np.float32)
    timeline = timeline_for(samples, RATE, Speak(text, "", language=language))
    assert [word.text for word in timeline.words] == text.split()
    found = edges(timeline)
    assert found == sorted(found) and found[0] >= 0 and found[-1] <= len(samples) / RATE
