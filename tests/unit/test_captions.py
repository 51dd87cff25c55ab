"""How words become caption phrases and an ASS document."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.profiles import PROFILES
from studio.timeline import Word
from tests.engines.talking import weights
from workers.engines.cut.ass import Face, escape, open_face, place_words, write_ass
from workers.engines.cut.captions import MOST_WORDS, Phrase, group_phrases

pytestmark = pytest.mark.unit

SPEECH = (
    "Hi, I'm Maya, the founder of Pennywise. Three years ago I was doing my budget "
    "on the back of an envelope. Today, our app turns your bank statement "
    "into a simple weekly plan, in one tap. Give it a try!"
)


def spoken(text: str) -> list[Word]:
    at, words = 0.0, []
    for token in text.split():
        words.append(Word(token, at, at + 0.3))
        at += 0.9 if token[-1] in ".!?" else 0.32
    return words


def shown(text: str) -> list[str]:
    return [" ".join(word.text for word in p.words) for p in group_phrases(spoken(text), 60.0)]


@pytest.fixture(scope="module")
def face() -> Face:
    return open_face(weights("caption-font"))


def test_phrases_break_where_speech_breaks() -> None:
    phrases = shown(SPEECH)
    assert phrases[:2] == ["Hi, I'm Maya,", "the founder of Pennywise."]
    assert "Give it a try!" in phrases
    assert all(len(phrase.split()) > 1 for phrase in phrases), "an orphan word"
    assert not any(phrase.split()[-1] in ("the", "of", "a", "into", "my") for phrase in phrases)


def test_a_pause_ends_a_phrase() -> None:
    words = [Word("We", 0.0, 0.2), Word("waited", 0.25, 0.6), Word("and", 1.9, 2.1), Word("won", 2.1, 2.5)]
    first, second = group_phrases(words, 3.0)
    assert [word.text for word in first.words] == ["We", "waited"]
    assert first.end < second.start, "the caption should leave with the pause"


@given(st.lists(st.text("abcdefg,.!", min_size=1, max_size=14), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_every_word_is_shown_once_in_order(tokens: list[str]) -> None:
    words = spoken(" ".join(tokens))
    phrases = group_phrases(words, words[-1].end + 0.1)
    assert [word.text for phrase in phrases for word in phrase.words] == tokens
    assert all(len(phrase.words) <= MOST_WORDS for phrase in phrases)
    assert all(before.end <= after.start for before, after in pairwise(phrases))
    assert phrases[-1].end <= words[-1].end + 0.1 + 1e-9
    for phrase in phrases:
        assert all(a.end == b.start for a, b in pairwise(phrase.words)), "the highlight should never be lost"


@pytest.mark.parametrize("name", PROFILES)
def test_words_stay_inside_the_safe_area(name: str, face: Face) -> None:
    profile = PROFILES[name]
    for texts in (
        ["Hi,"],
        ["turns", "your", "bank", "statement", "into"],
        ["Donaudampfschifffahrtsgesellschaft", "now"],
    ):
        placed, _ = place_words(texts, 0.07 * profile.width, profile, face)
        assert len({spot.y for spot in placed}) <= 2
        assert all(spot.x - spot.width / 2 >= 0.03 * profile.width for spot in placed)
        assert all(spot.x + spot.width / 2 <= 0.97 * profile.width for spot in placed)
        assert all(spot.y < profile.height * (1 - profile.safe[1]) for spot in placed)
        for left, right in pairwise(placed):
            assert left.y < right.y or left.x + left.width / 2 < right.x - right.width / 2


def test_text_cannot_leave_its_place(face: Face) -> None:
    nasty = r"{\fs200}boo\Nbar{"
    text = escape(nasty)
    assert not re.search(r"(?<!\\)[{}]", text)
    assert "\\N" not in text
    phrase = Phrase((Word("a\nDialogue: 9", 0.0, 1.0),), 0.0, 1.0)
    document = write_ass([phrase], nasty, 1.0, PROFILES["square"], face, highlight=True)
    assert "\nDialogue: 9" not in document


@pytest.mark.parametrize(("highlight", "boxes"), [(True, 3), (False, 0)])
def test_highlight_has_one_box_for_each_word(face: Face, highlight: bool, boxes: int) -> None:
    phrases = group_phrases(spoken("One two three."), 2.0)
    document = write_ass(phrases, "", 2.0, PROFILES["social"], face, highlight=highlight)
    assert len(re.findall(r"^Dialogue: 1,", document, re.M)) == boxes


def test_the_heaviest_upright_font_is_chosen(face: Face) -> None:
    assert face.file == Path(face.file.parent, "Inter_800ExtraBold.ttf")
    assert face.family == "Inter ExtraBold"
