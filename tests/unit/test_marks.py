"""Marks of delivery in a line, and what its card says is spoken otherwise than written."""

from __future__ import annotations

import pytest

from studio.domain import Line, Look
from studio.errors import TextUnspeakable
from studio.marks import plain, read_marks
from studio.reading import surprises
from tools.language import speakable
from tools.speech import line_seconds

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "text", "pauses", "stressed"),
    [
        ("We are [pause 0.5] *very* glad [pause], yes.", "We are very glad, yes.", {2: 0.5, 4: 0.5}, {2}),
        ("a *b c* d[pause 2]", "a b c d", {4: 2.0}, {1, 2}),
        ("*All.* Now [Pause 1 s] go", "All. Now go", {2: 1.0}, {0}),
        ("[pause 9] hi", "hi", {0: 5.0}, set()),
        ("2 * 3 * 4 is **bold**", "2 * 3 * 4 is **bold**", {}, set()),
    ],
)
def test_marks(line: str, text: str, pauses: dict[int, float], stressed: set[int]) -> None:
    found = read_marks(line)
    assert (found.text, found.pauses, set(found.stressed)) == (text, pauses, stressed)
    assert plain(line) == text


def test_a_pause_alone_is_nothing_to_say_and_lasts_as_long_as_it_says() -> None:
    with pytest.raises(TextUnspeakable):
        speakable("[pause 2]")
    longer = line_seconds(Line("a", "Hello [pause 2] there."), Look()) - line_seconds(
        Line("a", "Hello there."), Look()
    )
    assert longer == pytest.approx(2.0)


def test_the_card_says_what_is_spoken_otherwise() -> None:
    line = "We *raised* $4.2M in Q3 2025, [pause] API first. State-of-the-art café at acme.ai, says Kadar."
    assert surprises(line, {"Kadar": "ka-DAR"}) == [
        ["$4.2M", "four point two million dollars"],
        ["Q3 2025", "Q three twenty twenty five"],
        ["API", "A P I"],
        ["acme.ai", "acme dot A I"],
        ["Kadar", "ka-DAR"],
    ]
    assert surprises("Plain words surprise nobody, I think.") == []
    assert surprises("5 km", None, "de") == [["5 km", "fünf Kilometer"]]
