"""Typed edits: what each changes, what is refused, and that the script stays within its limits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.words import duration
from studio.domain import CaptionStyle, Edit, Framing, Script, Tone
from studio.errors import EditInvalid, LanguageUnsupported, NeedsFounder, ScriptTooLong, TextUnspeakable
from tools.context import Context
from tools.describe import describe_changes, describe_edit, diff
from tools.edits import TOOLS, apply_edit, apply_edits
from tools.script import build_lines
from tools.speech import script_seconds

pytestmark = pytest.mark.unit

CONTEXT = Context(portraits=("navy", "desk"))
SCRIPT = Script(
    build_lines(
        [
            "People ask me why we build compilers.",
            "The short answer is that Kadar was tired of writing everything twice.",
            "So we built one in 1952, and it worked.",
            "Come and see it.",
        ]
    )
)


def edited(tool: str, **args: object) -> Script:
    return apply_edit(SCRIPT, Edit(tool, args), CONTEXT)


def test_a_line_is_changed_alone_and_keeps_its_id() -> None:
    after = edited("rewrite_line", line=2, text="  Because   we were tired. ")
    assert after.lines[1] == replace(SCRIPT.lines[1], text="Because we were tired.")
    assert diff(SCRIPT, after).changed == (SCRIPT.lines[1].id,)


def test_a_tone_is_set_for_a_line_or_for_all() -> None:
    assert [line.tone for line in edited("set_tone", line=2, tone="soft").lines].count(Tone.SOFT) == 1
    assert {line.tone for line in edited("set_tone", line=None, tone="warm").lines} == {Tone.WARM}


def test_lines_are_added_and_removed_by_number() -> None:
    after = edited("add_line", after=2, text="And I mean everything.")
    assert after.lines[2].text == "And I mean everything."
    assert after.lines[2].framing is not after.lines[1].framing
    assert edited("add_line", after=0, text="Hello there.").lines[0].text == "Hello there."
    assert edited("add_line", text="Thank you.").lines[-1].text == "Thank you."
    assert edited("remove_line", line=4).lines == SCRIPT.lines[:3]


def test_lines_are_put_into_another_order_whole() -> None:
    after = edited("reorder_lines", order=[3, 1, 2, 4])
    assert after.lines == tuple(SCRIPT.lines[at] for at in (2, 0, 1, 3))
    assert diff(SCRIPT, after).order == tuple(line.id for line in after.lines)
    assert describe_changes(SCRIPT, after) == "lines in the order 3, 1, 2, 4"
    for wrong in ([1, 2, 3], [1, 1, 2, 3], [], [1, 2, 3, 9]):
        with pytest.raises(EditInvalid):
            edited("reorder_lines", order=wrong)


def test_an_order_means_the_lines_as_seen_whatever_is_added_or_removed_beside_it() -> None:
    edits = [
        Edit("reorder_lines", {"order": [4, 1, 2, 3]}),
        Edit("remove_line", {"line": 2}),
        Edit("add_line", {"after": 1, "text": "I mean it."}),
    ]
    texts = [line.text for line in apply_edits(SCRIPT, edits, CONTEXT).lines]
    assert texts == [SCRIPT.lines[3].text, SCRIPT.lines[0].text, "I mean it.", SCRIPT.lines[2].text]


def test_going_back_brings_everything_of_a_version_and_what_is_beside_it_counts_for_that() -> None:
    now = edited("trim_to_length", seconds=7)
    context = replace(CONTEXT, versions={"script 1": SCRIPT, "script 2": now}, trail=("script 1",))
    for wanted in ({}, {"version": "script 1"}):
        assert apply_edit(now, Edit("go_back", dict(wanted)), context) == SCRIPT
    both = [Edit("remove_line", {"line": 4}), Edit("go_back", {"version": None, "line": None})]
    assert apply_edits(now, both, context).lines == SCRIPT.lines[:3]
    with pytest.raises(EditInvalid, match="There is no script 7; there is script 1, script 2"):
        apply_edit(now, Edit("go_back", {"version": "script 7"}), context)
    with pytest.raises(EditInvalid, match="nothing to go back to"):
        edited("go_back")


def test_another_take_changes_only_the_seed() -> None:
    assert [line.seed for line in edited("regenerate", line=3).lines] == [0, 0, 1, 0]
    assert [line.seed for line in edited("regenerate").lines] == [1, 1, 1, 1]


def test_the_look_is_changed_by_name() -> None:
    assert edited("change_background", background="Jet").look.background == "jet"
    assert edited("change_background", background="photo").look.background == ""
    assert edited("choose_portrait", portrait="desk").look.portrait == "desk"
    assert edited("set_profile", profile="social").look.profile == "social"
    assert edited("set_captions", style="off").look.captions is CaptionStyle.OFF
    assert edited("set_label", shown=False).look.label is False
    assert edited("set_title", title="Compilers").title == "Compilers"
    assert edited("set_pace", pace=1.1).look.pace == 1.1
    assert edited("reframe", framing="wide").lines[3].framing is Framing.WIDE
    assert edited("add_pronunciation", word="Kadar", say="ka-DAR").look.pronunciations == {"Kadar": "ka-DAR"}


@pytest.mark.parametrize(
    ("tool", "args", "said"),
    [
        ("rewrite_line", {"line": 6, "text": "x"}, "only 4 lines"),
        ("rewrite_line", {"line": 0, "text": "x"}, "no line 0"),
        ("rewrite_line", {"line": 1, "text": "a" * 301}, "300 characters"),
        ("change_background", {"background": "moon"}, "office, studio, gradient, night, jet, villa"),
        ("choose_portrait", {"portrait": "beach"}, "navy, desk"),
        ("set_profile", {"profile": "cinema"}, "square"),
        ("set_pace", {"pace": 9}, "pace"),
        ("add_pronunciation", {"word": "Zorbax", "say": "zor-BAX"}, "not in the script"),
        ("add_pronunciation", {"word": "Kadar", "say": "<b>1</b>"}, "letters"),
        ("set_tone", {"line": 1, "tone": "angry"}, "tone"),
        ("set_tone", {"line": 1, "tone": "warm", "approve": True}, "approve"),
        ("publish", {}, "no change called"),
        ("trim_to_length", {"seconds": 90}, "I add no words"),
        ("trim_to_length", {"seconds": 3}, "shortest"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(tool: str, args: dict[str, object], said: str) -> None:
    with pytest.raises(EditInvalid, match=said):
        apply_edit(SCRIPT, Edit(tool, args), CONTEXT)


def test_the_only_line_stays() -> None:
    with pytest.raises(EditInvalid, match="only line"):
        apply_edit(Script(SCRIPT.lines[:1]), Edit("remove_line", {"line": 1}), CONTEXT)


def test_words_that_an_english_voice_cannot_say_are_refused() -> None:
    with pytest.raises(LanguageUnsupported, match="مرحبا"):
        edited("rewrite_line", line=1, text="We say مرحبا to you.")
    with pytest.raises(TextUnspeakable):
        edited("rewrite_line", line=1, text="🎉 … !!")
    edited("rewrite_line", line=1, text="See https://example.com/a?b=1 🎉 today, José.")


def test_a_script_cannot_grow_without_end() -> None:
    script = Script(build_lines(f"Line number {at}." for at in range(60)))
    with pytest.raises(ScriptTooLong, match="60 lines"):
        apply_edit(script, Edit("add_line", {"text": "One more."}), CONTEXT)


def test_line_numbers_mean_the_script_as_it_was_seen() -> None:
    edits = [
        Edit("remove_line", {"line": 1}),
        Edit("add_line", {"after": 2, "text": "Twice is once too often."}),
        Edit("set_tone", {"line": 3, "tone": "soft"}),
        Edit("remove_line", {"line": 4}),
    ]
    after = apply_edits(SCRIPT, edits, CONTEXT)
    assert [line.text for line in after.lines] == [
        SCRIPT.lines[1].text,
        "Twice is once too often.",
        SCRIPT.lines[2].text,
    ]
    assert after.lines[2].tone is Tone.SOFT


def test_every_tool_is_described_and_none_decides() -> None:
    for tool in TOOLS:
        assert tool.summary
        assert all(field.description for field in tool.args.model_fields.values())
        assert not set(tool.name.split("_")) & {"approve", "publish", "deliver", "send", "pay", "post"}


def test_edits_and_differences_read_like_words() -> None:
    assert describe_edit(Edit("set_tone", {"line": 2, "tone": "soft"}), SCRIPT) == "line 2: softer"
    assert describe_edit(Edit("set_pace", {"pace": 1.1}), SCRIPT) == "faster (pace 1.1)"
    assert describe_edit(Edit("change_background", {"background": "jet"}), SCRIPT) == "jet background"
    after = apply_edits(
        SCRIPT,
        [Edit("set_tone", {"line": 2, "tone": "soft"}), Edit("change_background", {"background": "jet"})],
        CONTEXT,
    )
    assert describe_changes(SCRIPT, after) == "line 2 (soft), jet background, about 13 s instead of 12"
    assert describe_changes(SCRIPT, SCRIPT) == "nothing changes"


_VALUE = st.none() | st.booleans() | st.integers(-3, 70) | st.floats() | st.text(max_size=40)
_NAMES = sorted({name for tool in TOOLS for name in tool.args.model_fields})


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from([tool.name for tool in TOOLS]), st.dictionaries(st.sampled_from(_NAMES), _VALUE))
def test_no_arguments_do_anything_but_edit_or_say_why_not(tool: str, args: dict[str, object]) -> None:
    edit = Edit(tool, args)
    try:
        after = apply_edit(SCRIPT, edit, CONTEXT)
    except NeedsFounder as refused:
        assert refused.say
    else:
        assert after.lines
        assert describe_edit(edit, SCRIPT)
        assert describe_changes(SCRIPT, after)


def test_changes_and_the_card_name_the_same_length() -> None:
    for thousandth in range(860, 1140):
        after = replace(SCRIPT, look=replace(SCRIPT.look, pace=thousandth / 1000))
        said = re.search(r"about (\d+ s) instead", describe_changes(SCRIPT, after))
        assert said is None or said[1] == duration(round(script_seconds(after), 1))
