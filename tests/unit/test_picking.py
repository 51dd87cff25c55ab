"""The judgement of takes: limits, scores, the choice; and takes asked for in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.reader import read
from studio.domain import Look, Script, Verdict
from studio.errors import EditInvalid
from studio.picking import BOUNDS, best, faults_of, letters, score
from studio.wording import doubts
from tests.fakes.measures import GOOD_VOICE
from tools.context import Context
from tools.describe import describe_changes
from tools.edits import apply_edits
from tools.line_tools import ChooseTake
from tools.script import build_lines

pytestmark = pytest.mark.unit

TEXT = "We build good compilers because people think in words."
HEARD = {"text": TEXT, "agreed": TEXT, "last": 2.8, "echo": -12.0}
SCRIPT = Script(build_lines(["We build compilers.", "They are fast and small.", "Come and see us."]), Look())


def names(heard: dict[str, object] | None = None, **facts: object) -> list[str]:
    return [fault.name for fault in faults_of(TEXT, HEARD | (heard or {}), GOOD_VOICE | facts)]


def test_a_good_take_has_no_fault() -> None:
    assert names() == []
    assert score(faults_of(TEXT, HEARD, GOOD_VOICE)) == 0


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"clipped": 0.01}, "clipped"),
        ({"gap_s": 1.6}, "gap_s"),
        ({"floor_db": -30.0}, "floor_db"),
        ({"white_db": -15.0}, "white_db"),
        ({"high_db": -60.0}, "high_db"),
        ({"stutter": 0.1}, "stutter"),
        ({"holes": 2}, "holes"),
        ({"cut_off": 50.0}, "cut_off"),
        ({"rate": 23.0}, "fast"),
        ({"rate": 10.0}, "slow"),
        ({"speech": [0.1, 4.0]}, "tail_s"),
        ({"likeness": 0.6, "usual": 0.93, "spread": 0.02}, "stranger"),
    ],
)
def test_each_fault_is_named(facts: dict[str, object], name: str) -> None:
    assert names(**facts) == [name]
    assert BOUNDS[name].sentence


def test_words_and_echoes_are_faults_and_asked_pauses_are_none() -> None:
    assert names({"agreed": TEXT.replace("good", "wood")}) == ["words"]
    assert names({"echo": -3.0}) == ["echo"]
    assert names(gap_s=2.2, asked_pause_s=2.0) == []


def test_a_founder_s_own_spread_sets_the_limit_of_likeness() -> None:
    steady, wide = {"usual": 0.95, "spread": 0.02}, {"usual": 0.88, "spread": 0.05}
    assert names(likeness=0.8, **steady) == ["stranger"]
    assert names(likeness=0.8, **wide) == []


def test_more_and_worse_faults_score_lower_and_a_person_overrules() -> None:
    one = score(faults_of(TEXT, HEARD, GOOD_VOICE | {"clipped": 0.01}))
    worse = score(faults_of(TEXT, HEARD, GOOD_VOICE | {"clipped": 0.03}))
    two = score(faults_of(TEXT, HEARD, GOOD_VOICE | {"clipped": 0.03, "holes": 3}))
    assert 0 > one > worse > two
    assert best([two, 0.0, one]) == 1
    assert best([one, one]) == 0
    assert best([two, 0.0], chosen=1) == 0


def test_letters_are_those_that_are_said() -> None:
    assert letters("$2M for AI") == letters("two million dollars for A I") == 22


@pytest.mark.parametrize(
    ("expected", "heard", "undone"),
    [
        (
            "Support is available 24/7, here.",
            "Support is available 24.7 here.",
            ["Support is available 24/7, here."],
        ),
        (
            "We raised $2.5M in our seed.",
            "We raised $2.5 million and seed.",
            ["We raised $2.5 million in our seed."],
        ),
        ("one two three", "one three", ["one two three"]),
        ("one two", "one two and more", ["one two"]),
        ("It cost $1,299.99 now", "It cost $1,299 and 99 cents now", []),
    ],
)
def test_differences_are_undone_by_whole_written_words(expected: str, heard: str, undone: list[str]) -> None:
    assert [" ".join(doubt.undone(heard.split())) for doubt in doubts(expected, heard)] == undone


@pytest.mark.parametrize(
    ("reply", "tool", "args"),
    [
        ("give me three takes of line 2", "set_takes", {"line": 2, "takes": 3}),
        ("3 takes of everything please", "set_takes", {"line": None, "takes": 3}),
        ("use take 2 of line 3", "choose_take", {"line": 3, "take": 2}),
        ("the second take of line 1", "choose_take", {"line": 1, "take": 2}),
        ("the best take of line 1", "choose_take", {"line": 1, "take": 0}),
    ],
)
def test_takes_are_asked_for_in_words(reply: str, tool: str, args: dict[str, object]) -> None:
    script = replace(SCRIPT, look=replace(SCRIPT.look, takes=3))
    lines = tuple(replace(line, chosen=1) if args.get("take") == 0 else line for line in script.lines)
    reading = read(reply, replace(script, lines=lines) if tool == "choose_take" else SCRIPT, "cut", Context())
    assert reading.verdict is Verdict.REVISE
    assert [(edit.tool, edit.args) for edit in reading.edits] == [(tool, args)]


def test_a_take_that_is_not_there_is_refused_with_the_way_to_it() -> None:
    with pytest.raises(EditInvalid, match="Line 2 has 1 take; say “3 takes of line 2” for more"):
        from tools.line_tools import _choose

        _choose(SCRIPT, ChooseTake(line=2, take=3), Context())


def test_changes_of_takes_are_told() -> None:
    reading = read("give me three takes of line 2", SCRIPT, "cut", Context())
    after = apply_edits(SCRIPT, reading.edits, Context())
    assert describe_changes(SCRIPT, after) == "line 2 (3 takes, the best used)"
