"""The embedded reader on going back, the order of lines, doubtful words, other languages, and what nobody can do."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.foreign import is_foreign
from agent.reader import consents, may_decide, read
from studio.domain import CaptionStyle, Edit, Reading, Script, Tone, Verdict
from tools.context import Context
from tools.edits import apply_edits
from tools.script import build_lines

pytestmark = pytest.mark.unit

FIRST = Script(
    build_lines(
        [
            "We closed our seed round last week, four million dollars led by Acme.",
            "We are hiring twelve engineers in Berlin and Lagos.",
            "Every customer asked us for the same thing, because nobody else does it.",
            "Come and build it with us.",
        ]
    )
)
SECOND = replace(FIRST, lines=(FIRST.lines[0], replace(FIRST.lines[1], tone=Tone.SOFT), *FIRST.lines[2:]))
THIRD = replace(SECOND, look=replace(SECOND.look, captions=CaptionStyle.OFF))
SCRIPTS = {"script 1": FIRST, "script 2": SECOND, "script 3": THIRD}
AT_SCRIPT = Context(versions=SCRIPTS, trail=("script 2", "script 1"))
AT_CUT = Context(
    versions=SCRIPTS | {"preview 1": FIRST, "preview 2": SECOND, "preview 3": THIRD},
    trail=("preview 2", "preview 1"),
)
NEW = Context(versions={"script 1": FIRST})


def at_cut(reply: str) -> Reading:
    return read(reply, THIRD, "cut", AT_CUT)


def revised(reply: str) -> Script:
    found = at_cut(reply)
    assert found.verdict is Verdict.REVISE, found
    return apply_edits(THIRD, found.edits, AT_CUT)


BACK = """undo | Undo that. | go back | revert | can you undo that? | please undo the last change | undo it please |
the previous version was better | the old one was better | put it back | as it was | scratch that | take it back |
back | it was better before | forget that change | never mind the last change | no, go back | give me the previous one |
I liked the previous version more | back to the previous version | oh no, undo | yes, undo | revert the change"""
TO_FIRST = """back to version 1 | go back to preview 1 | back to script 1 | I preferred the first one |
version 1 was better | make it like version 1 again |
use the first version | restore version 1 | v1 please | undo twice | go back two versions | the original was better |
give me the original back | return to the first version | let's go back to version 1 | I liked version one better"""


@pytest.mark.parametrize("reply", [reply.strip() for reply in BACK.split("|")])
def test_undo_in_many_words(reply: str) -> None:
    assert revised(reply) == SECOND
    assert read(reply, FIRST, "script", NEW).verdict is Verdict.UNCLEAR
    assert "nothing to go back to" in read(reply, FIRST, "script", NEW).say


@pytest.mark.parametrize("reply", [reply.strip() for reply in TO_FIRST.split("|")])
def test_a_version_by_its_number(reply: str) -> None:
    assert revised(reply) == FIRST


def test_a_number_is_a_preview_where_previews_are_shown_and_a_script_before() -> None:
    late = Context(
        versions=SCRIPTS | {"preview 1": SECOND, "preview 2": THIRD}, trail=("preview 1", "script 1")
    )
    assert read("back to version 1", THIRD, "cut", late).edits[0].args["version"] == "preview 1"
    assert read("back to script 1", THIRD, "cut", late).edits[0].args["version"] == "script 1"
    assert read("back to version 1", THIRD, "script", AT_SCRIPT).edits[0].args["version"] == "script 1"
    assert "There is no preview 9" in at_cut("back to version 9").say


def test_what_is_wished_beside_going_back_is_meant_of_what_comes_back() -> None:
    after = revised("Back to version 1, but slower and line 3 soft")
    assert after.look.pace == pytest.approx(0.92)
    assert [line.tone for line in after.lines].count(Tone.SOFT) == 1
    assert after.lines[2].tone is Tone.SOFT
    assert after.look.captions is CaptionStyle.HIGHLIGHT


@pytest.mark.parametrize(
    "reply", ["undo line 2", "line 2 as it was", "keep line 2 from version 1", "bring back line 2"]
)
def test_one_line_goes_back_and_the_rest_stays(reply: str) -> None:
    assert revised(reply) == replace(THIRD, lines=FIRST.lines)
    assert "not different" in at_cut(reply.replace("2", "3")).say


@pytest.mark.parametrize(
    "reply",
    ["don't undo", "don't go back", "never undo that", "keep the last one", 'line 2 should say "undo that"'],
)
def test_no_going_back_in_what_is_forbidden_or_spoken(reply: str) -> None:
    assert not any(edit.tool == "go_back" for edit in at_cut(reply).edits)


ORDERS = {
    "swap line 2 and 3": [1, 3, 2, 4],
    "swap lines 2 and 3": [1, 3, 2, 4],
    "please switch line 2 with line 3": [1, 3, 2, 4],
    "Swap the first and the last line.": [4, 2, 3, 1],
    "move line 2 to the end": [1, 3, 4, 2],
    "move line 4 to the top": [4, 1, 2, 3],
    "put line 3 before line 1": [3, 1, 2, 4],
    "put line 1 between line 2 and line 3": [2, 1, 3, 4],
    "start with line 3": [3, 1, 2, 4],
    "end with line 1": [2, 3, 4, 1],
    "line 3 first": [3, 1, 2, 4],
    "line 4 should come before line 2": [1, 4, 2, 3],
    "move the last line to the start": [4, 1, 2, 3],
    "move line 2 down": [1, 3, 2, 4],
    "move line 2 to position 4": [1, 3, 4, 2],
    "reorder: 2, 1, 4, 3": [2, 1, 4, 3],
    "reverse the order": [4, 3, 2, 1],
    "put the hiring line first": [2, 1, 3, 4],
    "lead with the customers line": [3, 1, 2, 4],
    "change the order of line 1 and 2": [2, 1, 3, 4],
    "move line 4 to the top, then swap 2 and 3": [4, 1, 3, 2],
}


@pytest.mark.parametrize("reply", ORDERS)
def test_orders_of_lines(reply: str) -> None:
    assert at_cut(reply) == Reading(Verdict.REVISE, (Edit("reorder_lines", {"order": ORDERS[reply]}),))


def test_an_order_beside_other_wishes_keeps_the_numbers_that_were_seen() -> None:
    after = revised("Move line 4 to the top and remove line 2, line 3 warmer")
    assert [line.id for line in after.lines] == [FIRST.lines[at].id for at in (3, 0, 2)]
    assert after.lines[2].tone is Tone.WARM
    assert "There is no line 9" in at_cut("swap line 2 and 9").say
    assert revised("line 2: Move line 3 to the end.").lines[1].text == "Move line 3 to the end."
    assert "Already so" in at_cut("move line 4 to the end").say


def test_lines_by_their_words() -> None:
    assert [line.id for line in revised("remove the part about Acme").lines] == [
        x.id for x in FIRST.lines[1:]
    ]
    assert revised("make the hiring line warmer").lines[1].tone is Tone.WARM
    assert revised("remove the first and the third line").lines == (THIRD.lines[1], THIRD.lines[3])
    assert revised("pause 2 seconds after line 2").lines[1].text.endswith("Lagos. [pause 2]")


OVER = "start again | start over | restart | from scratch | reset | write a new script | another version | same again"


@pytest.mark.parametrize("reply", [reply.strip() for reply in OVER.split("|")])
def test_starting_over_is_asked_about(reply: str) -> None:
    assert at_cut(reply).verdict is Verdict.UNCLEAR
    assert "“again” records every line anew" in at_cut(reply).say
    assert "“again”" not in read(reply, FIRST, "script", NEW).say


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("never mind", "Then say “cancel”"),
        ("cancel that", "Then say “cancel”"),
        ("line 2 softer, never mind", "Then say “cancel”"),
        ("looks good, start again", "start nothing over"),
        ("show me version 1", "brings one back"),
        ("forget it", "Then say “cancel”"),
        ("delete everything", "Then say “cancel”"),
        ("show me the preview again", "is the last card"),
        ("approve version 1", "shown last can be approved"),
        ("approve the first one", "shown last can be approved"),
        ("make a vertical one too", "“the same for social”"),
        ("the same for WhatsApp", "“whatsapp format”"),
        ("also for instagram", "“social format”"),
        ("line 2 slower", "one for the whole video"),
        ("add our logo", "nothing else"),
        ("different voice", "The voice is the persona's"),
        ("there is a typo", "replace four with five"),
        ("merge lines 1 and 2", "do not merge"),
        ("change the topic to our new office", "write the new brief"),
    ],
)
def test_doubtful_and_impossible_wishes_change_nothing_and_are_answered(reply: str, said: str) -> None:
    assert (at_cut(reply).verdict, at_cut(reply).edits) == (Verdict.UNCLEAR, ())
    assert said in at_cut(reply).say
    assert len(at_cut(reply).say) <= 300


def test_nothing_is_taken_again_before_anything_was_recorded() -> None:
    assert at_cut("again").verdict is Verdict.REVISE
    assert "Nothing is recorded yet" in read("again", FIRST, "script", NEW).say
    assert read("can I use this on youtube", FIRST, "script", NEW).verdict is Verdict.QUESTION


FOREIGN = """ja | oui | sí | si | passt | vale | nein | kürzer | genial | d'accord | ok passt | ja bitte | va bene |
danke | très bien | sehr gut | alles klar | stopp | ja, aber kürzer |
freigeben | oui mais plus court | да | はい | tamam |
genehmigt | non | todo bien | perfekt | das passt so | approve bitte nicht"""


@pytest.mark.parametrize("reply", [reply.strip() for reply in FOREIGN.split("|")])
@pytest.mark.parametrize("stage", ["script", "cut"])
def test_other_languages_decide_nothing_and_are_told_what_to_write(reply: str, stage: str) -> None:
    found = read(reply, FIRST, "cut" if stage == "cut" else "script", NEW)
    assert found.verdict is Verdict.UNCLEAR
    assert found.say.startswith("I read English only")
    assert "approve" in found.say
    assert len(found.say) <= 160
    assert not may_decide(reply)


def test_a_foreign_word_that_is_known_is_told_in_english() -> None:
    assert "“shorter”" in read("kürzer bitte", FIRST, "script", NEW).say
    assert "“cancel”" in read("abbrechen", FIRST, "script", NEW).say
    assert not any(
        map(is_foreign, ("yes, looks great", "piano music", "the plus side is fine", "jolly good, carry on"))
    )


LONG = (
    "I will not be understood by any rule whatsoever because I am only rambling about nothing in particular"
)


@pytest.mark.parametrize("script", [FIRST, Script(build_lines(["Hello there."])), SECOND, THIRD])
@pytest.mark.parametrize("reply", ["blah", LONG, "hm", "help", "???", "what can you do?", "no"])
def test_the_usual_answer_is_short_and_its_examples_fit_the_script(script: Script, reply: str) -> None:
    said = read(reply, script, "script", NEW).say
    assert len(said) <= 300
    examples = re.findall(r"“([^”]+)”", said)[:3]
    assert len(examples) == 3
    for example in examples:
        found = read(example, script, "script", NEW)
        assert found.verdict is Verdict.REVISE, example
        assert apply_edits(script, found.edits, NEW) != script


_DOUBTS = st.sampled_from(
    [reply.strip() for words in (BACK, TO_FIRST, OVER, FOREIGN) for reply in words.split("|")]
    + [*ORDERS, "never mind", "the same for WhatsApp", "show it again", "approve version 1"]
)
_YES = st.sampled_from(["yes", "ok", "approve", "looks good", "👍", "ship it", "perfect", "go", "i approve"])


@given(st.booleans(), _YES, _DOUBTS, st.sampled_from([" ", ", ", ". ", " but ", "\n", " and "]))
def test_no_text_with_one_of_these_words_in_it_ever_approves(
    first: bool, yes: str, doubt: str, joint: str
) -> None:
    reply = joint.join((yes, doubt) if first else (doubt, yes))
    assert at_cut(reply).verdict is not Verdict.APPROVE
    assert read(reply, FIRST, "script", NEW).verdict is not Verdict.APPROVE
    assert not consents(reply, "cut")


@given(
    st.lists(
        st.sampled_from(
            [*"undo back to the version 1 first one line 2 swap and , before last same for".split()]
        ),
        max_size=9,
    )
)
def test_any_pile_of_these_words_can_be_read_and_applied(words: list[str]) -> None:
    found = at_cut(" ".join(words))
    if found.verdict is Verdict.REVISE:
        apply_edits(THIRD, found.edits, AT_CUT)
