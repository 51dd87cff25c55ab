"""The embedded reader: usual wishes in many words, and no approval out of anything doubtful."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.reader import consents, may_decide, read
from studio.domain import CaptionStyle, Framing, Look, Reading, Script, Tone, Verdict
from tools.context import Context
from tools.edits import apply_edits
from tools.script import build_lines
from tools.speech import script_seconds

pytestmark = pytest.mark.unit

CONTEXT = Context(portraits=("navy", "desk"))
SCRIPT = Script(
    build_lines(
        [
            "People ask me why we build compilers.",
            "The short answer is that Kadar was tired of writing everything twice, because it never ended.",
            "So we built one in 1952, and it worked.",
            "We ship to 40 teams today.",
            "Nobody believed it at first, which made us smile.",
            "Come and see it. You will like it.",
        ]
    ),
    Look(portrait="navy"),
)


def reading(reply: str) -> Reading:
    return read(reply, SCRIPT, "cut", CONTEXT)


def revised(reply: str) -> Script:
    found = reading(reply)
    assert found.verdict is Verdict.REVISE, (reply, found)
    return apply_edits(SCRIPT, found.edits, CONTEXT)


TONES = {
    "line 2 softer": (Tone.SOFT, {2}),
    "make the second line warmer": (Tone.WARM, {2}),
    "Line two should be more authoritative": (Tone.AUTHORITATIVE, {2}),
    "the last line: like a story": (Tone.STORYTELLING, {6}),
    "lines 2 and 3 warmer": (Tone.WARM, {2, 3}),
    "lines 1, 3 and 4 softer please": (Tone.SOFT, {1, 3, 4}),
    "can lines 2-4 be more confident?": (Tone.AUTHORITATIVE, {2, 3, 4}),
    "what if line 2 was softer?": (Tone.SOFT, {2}),
    "2 softer": (Tone.SOFT, {2}),
    "not warm enough": (Tone.WARM, {1, 2, 3, 4, 5, 6}),
    "ok, but the ending should be gentler": (Tone.SOFT, {6}),
    "make it warmer please": (Tone.WARM, {1, 2, 3, 4, 5, 6}),
}


@pytest.mark.parametrize("reply", TONES)
def test_tones(reply: str) -> None:
    tone, numbers = TONES[reply]
    after = revised(reply)
    assert {at for at, line in enumerate(after.lines, 1) if line.tone is tone} == numbers
    assert [line.text for line in after.lines] == [line.text for line in SCRIPT.lines]


LOOKS: dict[str, dict[str, object]] = {
    "office background": {"background": "office"},
    "change the background to the villa": {"background": "villa"},
    "put me in the jet": {"background": "jet"},
    "the jet one please": {"background": "jet"},
    "for WhatsApp": {"profile": "whatsapp"},
    "it should be 9:16": {"profile": "social"},
    "can it be vertical?": {"profile": "social"},
    "I need it for YouTube": {"profile": "wide"},
    "no captions": {"captions": CaptionStyle.OFF},
    "cancel the captions": {"captions": CaptionStyle.OFF},
    "plain subtitles": {"captions": CaptionStyle.PLAIN},
    "hide the label": {"label": False},
    "use the other portrait": {"portrait": "desk"},
    "the desk photo": {"portrait": "desk"},
    "a bit slower": {"pace": 0.96},
    "too slow": {"pace": 1.08},
    "slow it down a lot": {"pace": 0.84},
    "say Kadar as ka-DAR": {"pronunciations": {"Kadar": "ka-DAR"}},
    "pronounce Kadar like kah dar": {"pronunciations": {"Kadar": "kah dar"}},
    "Kadar is pronounced ka-DAR": {"pronunciations": {"Kadar": "ka-DAR"}},
}


@pytest.mark.parametrize("reply", LOOKS)
def test_looks(reply: str) -> None:
    after = revised(reply)
    for name, value in LOOKS[reply].items():
        assert getattr(after.look, name) == value
    assert after.lines == SCRIPT.lines


TEXTS: dict[str, list[str | None]] = {
    "perfect, just remove line 5": [None, None, None, None, "", None],
    "cut the last two lines": [None, None, None, None, "", ""],
    'remove "at first" from line 5': [
        None,
        None,
        None,
        None,
        "Nobody believed it, which made us smile.",
        None,
    ],
    'Line 3: say "1953" instead of 1952': [
        None,
        None,
        "So we built one in 1953, and it worked.",
        None,
        None,
        None,
    ],
    'Can you change "40" to "fifty" everywhere?': [
        None,
        None,
        None,
        "We ship to fifty teams today.",
        None,
        None,
    ],
    'Make line 1 "People ask me: why?"': ["People ask me: why?", None, None, None, None, None],
    "remove line 3": [None, None, "", None, None, None],
    "delete the last line": [None, None, None, None, None, ""],
    "drop the second sentence": [None, "", None, None, None, None],
    "change line 4 to We ship to 50 teams today.": [
        None,
        None,
        None,
        "We ship to 50 teams today.",
        None,
        None,
    ],
    "line 4: We ship to every team.": [None, None, None, "We ship to every team.", None, None],
    'line 4 should say "Teams, everywhere"': [None, None, None, "Teams, everywhere", None, None],
    "replace 40 teams with fifty teams": [None, None, None, "We ship to fifty teams today.", None, None],
    'use "1953" instead of "1952"': [None, None, "So we built one in 1953, and it worked.", None, None, None],
    "shorter ending": [None, None, None, None, None, "You will like it."],
}


@pytest.mark.parametrize("reply", TEXTS)
def test_words(reply: str) -> None:
    changes = zip(SCRIPT.lines, TEXTS[reply], strict=True)
    expected = [line.text if new is None else new for line, new in changes if new != ""]
    assert [line.text for line in revised(reply).lines] == expected


@pytest.mark.parametrize(
    ("reply", "at", "text"),
    [
        ("add a line after 2: We wanted to sleep.", 2, "We wanted to sleep."),
        ('add "Thanks to all." at the end', 6, "Thanks to all."),
        ("insert a sentence before line 1: Good morning.", 0, "Good morning."),
        ('end with "See you soon."', 6, "See you soon."),
    ],
)
def test_new_lines(reply: str, at: int, text: str) -> None:
    after = revised(reply)
    assert after.lines[at].text == text
    assert len(after.lines) == 7


def test_lengths() -> None:
    now = script_seconds(SCRIPT)
    assert revised("make it 15 seconds").target_seconds == 15
    assert revised("it's too long, cut it to 15 seconds").target_seconds == 15
    assert script_seconds(revised("shorter")) == pytest.approx(now * 0.8, rel=0.11)
    assert revised("5 seconds shorter").target_seconds == pytest.approx(now - 5, abs=0.1)
    assert reading("make it longer").verdict is Verdict.UNCLEAR
    assert "no words" in reading("60 seconds").say


def test_framing_and_takes() -> None:
    assert {line.framing for line in revised("closer shot").lines} == {Framing.CLOSE}
    after = revised("line 3 closer, line 4 wide shot")
    assert (after.lines[2].framing, after.lines[3].framing) == (Framing.CLOSE, Framing.WIDE)
    assert [line.seed for line in revised("regenerate line 2").lines] == [0, 1, 0, 0, 0, 0]
    assert {line.seed for line in revised("again").lines} == {1}


def test_several_wishes_in_one_reply() -> None:
    found = reading("Line 2 softer, jet background, and no captions. Also say Kadar as ka-DAR; 20s!")
    assert {edit.tool for edit in found.edits} == {
        "set_tone", "change_background", "set_captions", "add_pronunciation", "trim_to_length"
    }  # fmt: skip


def test_what_cannot_be_done_or_understood_is_said_beside_what_can() -> None:
    found = reading("line 2 softer, line 9 softer, change the weather")
    assert [edit.args["line"] for edit in found.edits] == [2]
    assert "only 6 lines" in found.say
    assert "change the weather" in found.say
    assert "dancing bears" in reading("line 2 softer, dancing bears").say
    assert reading("Hi! Love it, could you make line 2 softer please?").say == ""
    assert "office, studio" in reading("beach background").say


@pytest.mark.parametrize(
    "reply",
    [
        "approve",
        "Approved.",
        "yes",
        "OK",
        "looks good",
        "👍",
        "ship it",
        "LGTM",
        "go",
        "Yes, looks great, thanks!",
        "✅ perfect 🎉",
        "its fine",
        "thank you so much, looks great",
    ],
)
def test_plain_consent_approves(reply: str) -> None:
    assert reading(reply) == Reading(Verdict.APPROVE)


DOUBTFUL = """don't approve | not good | no | not yet | yes but | yes… | ok... | ok? | approved? | maybe |
yes 🤔 | 👎 | 👍👎 | approve line 2 | looks good except the end | yes if Sara agrees | I would
approve it later | wait | great | thanks | almost perfect | who approved this? | yes, ask
legal | | нет | yes нет | hold on, go | I can't say yes | nothing looks good | is it good to
go | not ok | never ship it | approve nothing"""


@pytest.mark.parametrize("reply", [reply.strip() for reply in DOUBTFUL.split("|")])
def test_nothing_doubtful_approves(reply: str) -> None:
    assert reading(reply).verdict in (Verdict.UNCLEAR, Verdict.QUESTION)
    assert reading(reply).say


@pytest.mark.parametrize("reply", ["cancel", "Stop.", "scrap it", "please cancel the whole thing"])
def test_cancelling(reply: str) -> None:
    assert reading(reply) == Reading(Verdict.CANCEL)


@pytest.mark.parametrize(
    "reply",
    ["don't cancel", "don't stop", "don't make it shorter", "I don't like line 3", "keep line 2 as is"],
)
def test_negations_change_nothing(reply: str) -> None:
    assert reading(reply).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("how long is it?", f"{script_seconds(SCRIPT):.0f} seconds"),
        ("how long does it take?", "quote"),
        ("what can I change?", "line 2 warmer"),
        ("which backgrounds are there?", "villa"),
        ("what happens next", "delivered"),
        ("are you done yet?", "by itself"),
        ("where is my video", "by itself"),
        ("are you a robot?", "built-in"),
        ("how much does it cost?", "quote"),
    ],
)
def test_questions_are_answered(reply: str, said: str) -> None:
    assert reading(reply).verdict is Verdict.QUESTION
    assert said in reading(reply).say


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("aprove", "Is that a yes"),
        ("i disapprove", "What should change?"),
        ("no changes", "Is that a yes"),
        ("nothing, it's perfect", "Is that a yes"),
        ("make it funnier", "no words of my own"),
        ("Oh wait!", "No hurry"),
        ("hold on a moment please", "No hurry"),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_can(reply: str, said: str) -> None:
    assert reading(reply).verdict is Verdict.UNCLEAR
    assert said in reading(reply).say


def test_portrait_as_a_format_and_a_line_by_its_number_alone() -> None:
    assert revised("make it portrait").look.profile == "social"
    assert revised("delete 2").lines == (SCRIPT.lines[0], *SCRIPT.lines[2:])
    assert reading("no wait, line 3 softer").say == ""


def test_a_models_yes_needs_a_plain_reply() -> None:
    assert may_decide("jolly good, carry on")
    assert not may_decide("carry on, but not like this")
    assert not may_decide("carry on if you can")
    assert not may_decide("is it fine?")
    assert not may_decide("word " * 13)


_CONSENTS = st.sampled_from(["yes", "ok", "approve", "looks good", "👍", "ship it", "perfect", "go"])
_WISHES = st.sampled_from([*TONES, *LOOKS, *TEXTS, "shorter", "20 seconds", "again", "closer", "wider"])


@given(
    st.permutations(["c", "w"]),
    _CONSENTS,
    _WISHES,
    st.sampled_from([" ", ", ", ". ", " but ", "\n", " and "]),
)
def test_no_text_with_a_wish_in_it_ever_approves(order: list[str], yes: str, wish: str, joint: str) -> None:
    reply = joint.join({"c": yes, "w": wish}[part] for part in order)
    assert reading(reply).verdict is not Verdict.APPROVE
    assert not consents(reply, "cut")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_read(reply: str) -> None:
    found = reading(reply)
    assert found.edits == () or found.verdict is Verdict.REVISE
    assert found.say or found.verdict in (Verdict.REVISE, Verdict.APPROVE, Verdict.CANCEL)


_PILE = (
    "line 2 softer to the background jet shorter say as change add : after remove yes not 20 seconds , . ?"
)
_WORDS = [
    *_PILE.split(),
    "again",
    '"',
    "captions",
    "wider",
    "replace",
    "with",
    "instead",
    "of",
    "kadar",
    "\n",
    "last",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=14))
def test_any_pile_of_known_words_can_be_read_and_applied(words: list[str]) -> None:
    found = reading(" ".join(words))
    if found.verdict is Verdict.REVISE:
        apply_edits(SCRIPT, found.edits, CONTEXT)
