"""Words of a script: splitting pasted texts, judging length and language, shortening."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain import Edit, Script, Tone
from studio.errors import LanguageUnsupported, TextUnspeakable
from tools.context import Context
from tools.edits import apply_edit
from tools.language import speakable
from tools.script import build_lines, split_lines
from tools.speech import script_seconds, seconds_of, spoken_words

pytestmark = pytest.mark.unit

TALK = """Good morning. Dr. Hopper here, from Yale Inc. in New Haven, with news that I have wanted to share
with you for a very long time, because it changes how all of us will work. We raised $4.5M! Twelve engineers
join us in May, and we open a second office in Philadelphia (the one by the river). Do you want to build
compilers with us, which nobody believes in yet? Some say that a machine can only do arithmetic; we have a
running compiler, and nobody would touch it. Write to me. I answer every letter."""


def test_a_pasted_script_keeps_every_word() -> None:
    lines = split_lines(TALK)
    assert " ".join(lines) == " ".join(TALK.split())
    assert max(len(line.split()) for line in lines) <= 22
    assert not any(line.endswith(("Dr.", "Inc.")) for line in lines)


@given(st.text(st.sampled_from("abcAB .,!?\n-—\"'(1)é🎉")))
def test_no_paste_loses_a_word(text: str) -> None:
    assert " ".join(split_lines(text)) == " ".join(text.split())


def test_numbers_count_as_they_are_spoken() -> None:
    assert spoken_words("$4M") == ["four", "million", "dollars"]
    assert " ".join(spoken_words("In 1952, AI grew 12.5%.")) == (
        "in nineteen fifty two a i grew twelve point five percent"
    )
    assert seconds_of("1,234,567") > seconds_of("12")


def test_length_follows_tone_and_pace() -> None:
    text = "We closed a round with people whom we admire, and we start on Monday."
    assert 3.5 < seconds_of(text) < 5.5
    assert seconds_of(text, Tone.SOFT) > seconds_of(text)
    assert seconds_of(text, pace=2.0) == pytest.approx(seconds_of(text) / 2)


@pytest.mark.parametrize("share", [0.5, 0.6, 0.75, 0.9])
def test_trimming_meets_the_length_with_the_founders_own_words(share: float) -> None:
    script = Script(build_lines(split_lines(TALK)))
    wanted = round(script_seconds(script) * share)
    after = apply_edit(script, Edit("trim_to_length", {"seconds": wanted}), Context())
    assert script_seconds(after) == pytest.approx(wanted, rel=0.12)
    assert set(after.words()) <= set(script.words()) | {word + "." for word in script.words()} | {
        word.rstrip(",;") + mark for word in script.words() for mark in ".?!"
    }
    assert after.lines[0].id == script.lines[0].id
    assert after.lines[-1].id == script.lines[-1].id
    assert after.target_seconds == wanted
    assert after == apply_edit(script, Edit("trim_to_length", {"seconds": wanted}), Context())


def test_numbers_are_the_last_to_go() -> None:
    texts = [
        "Let me tell you about our year.",
        "It was a good one for us all.",
        "We shipped 12 releases to 40 teams.",
        "Thanks for watching.",
    ]
    script = Script(build_lines(texts))
    after = apply_edit(script, Edit("trim_to_length", {"seconds": 7}), Context())
    assert [line.text for line in after.lines] == [texts[0], texts[2], texts[3]]


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بكم في شركتنا",
        "我们完成了种子轮融资",
        "Привет всем",
        "Nous avons le plaisir de vous annoncer que notre équipe est dans la place avec vous",
        "Wir sind ein Team und das ist nicht der letzte Schritt für uns",
    ],
)
def test_other_languages_are_refused(text: str) -> None:
    with pytest.raises(LanguageUnsupported):
        speakable(text)


def test_english_with_names_emoji_and_addresses_is_fine() -> None:
    speakable("We met José and Zoë in Łódź 🎉, see https://example.com or write to a@b.co, ½ off, 5 µm.")
    with pytest.raises(TextUnspeakable):
        speakable("  — 🎉 ")
