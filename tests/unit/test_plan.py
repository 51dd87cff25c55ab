"""What a script needs, and how little a revision changes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studio.catalogue import Catalogue
from studio.domain import CaptionStyle, Framing, Line, Look, PersonaId, Script, TakeId, Tone
from studio.store.personas import Persona
from studio.store.spending import month_began
from studio.terms import Stitch, Terms
from tools.plan import Plan, plan
from tools.shots import shots_of
from workers.engines import ENGINES, engine_spec

pytestmark = pytest.mark.unit
GRACE = Persona(PersonaId("x"), "Grace", "G", {"navy": "p" * 64}, {"kokoro": "af_heart"}, (), {})
CATALOGUE = Catalogue({name: engine_spec(name) for name in ENGINES}, {})
TWELVE = Script(
    tuple(
        Line(f"l{number}", f"This is spoken line number {number} of twelve.", framing=framing)
        for number, framing in zip(range(1, 13), [Framing.MEDIUM, Framing.CLOSE] * 6, strict=True)
    ),
    Look(),
)


def whole(script: Script, retakes: dict[str, dict[str, object]] | None = None) -> Plan:
    """The plan once everything is rendered; a take's artifact is its own id."""
    return plan(script, GRACE, CATALOGUE, retakes or {}, lambda take_id: f"sha-{take_id}", "AI-generated")


def changed_roles(before: Plan, after: Plan) -> set[str]:
    known = {planned.take_id for planned in before.takes}
    return {planned.role for planned in after.takes if planned.take_id not in known}


def edited(index: int, **changes: object) -> Script:
    lines = list(TWELVE.lines)
    lines[index] = replace(lines[index], **changes)  # type: ignore[arg-type]
    return replace(TWELVE, lines=tuple(lines))


def test_only_voices_can_be_named_at_first() -> None:
    first = plan(TWELVE, GRACE, CATALOGUE, {}, lambda take_id: None, "AI-generated")
    assert [planned.role.partition(":")[0] for planned in first.takes] == ["voice"] * 12
    assert not first.whole


def test_a_shot_is_named_as_soon_as_its_own_line_is_spoken() -> None:
    voice = plan(TWELVE, GRACE, CATALOGUE, {}, lambda take_id: None, "").takes[0].take_id
    done = {voice: "sha"}
    roles = {planned.role for planned in plan(TWELVE, GRACE, CATALOGUE, {}, done.get, "").takes}
    assert {"shot:l1", "words:l1"} <= roles
    assert "shot:l2" not in roles


@pytest.mark.parametrize("changes", [{"text": "Now something else is said here."}, {"tone": Tone.SOFT}])
def test_one_changed_line_changes_its_takes_and_the_cut_and_nothing_else(changes: dict[str, object]) -> None:
    roles = changed_roles(whole(TWELVE), whole(edited(4, **changes)))
    own = {"voice:l5", "words:l5", "ear:l5", "shot:l5", "look:l5", "finish:l5"}
    assert roles == own | {"sound", "cut", "facts", "sheet"}


def test_captions_touch_no_voice_and_no_picture() -> None:
    plain = replace(TWELVE, look=replace(TWELVE.look, captions=CaptionStyle.OFF))
    kinds = {role.partition(":")[0] for role in changed_roles(whole(TWELVE), whole(plain))}
    assert kinds == {"finish", "cut", "facts", "sheet"}


def test_a_background_touches_no_voice() -> None:
    office = replace(TWELVE, look=replace(TWELVE.look, background="office"))
    kinds = {role.partition(":")[0] for role in changed_roles(whole(TWELVE), whole(office))}
    assert kinds == {"shot", "look", "finish", "cut", "facts", "sheet"}


def test_a_pronunciation_touches_the_lines_that_say_the_word() -> None:
    said = replace(TWELVE, look=replace(TWELVE.look, pronunciations={"seven": "SEH-ven", "7": "SEH-ven"}))
    roles = changed_roles(whole(TWELVE), whole(said))
    assert {role for role in roles if role.startswith("voice")} == {"voice:l7"}


def test_removing_a_line_renders_nothing_but_the_cut() -> None:
    fewer = replace(TWELVE, lines=TWELVE.lines[:3] + TWELVE.lines[4:])
    assert changed_roles(whole(TWELVE), whole(fewer)) == {"sound", "cut", "facts", "sheet"}


def test_a_retake_takes_another_seed_or_engine() -> None:
    again = whole(TWELVE, {"voice:l2": {"seed": 1, "engine": "piper", "round": 2}})
    taken = again.take("voice:l2")
    assert taken is not None
    assert (taken.engine, taken.seed) == ("piper", 1)


def test_short_lines_join_the_shot_before_them() -> None:
    lines = (
        Line("a", "A first line that is long enough."),
        Line("b", "Really."),
        Line("c", "And a third one here."),
    )
    assert [[line.id for line in shot.lines] for shot in shots_of(Script(lines))] == [["a", "b"], ["c"]]


def test_identities_are_stable_between_processes() -> None:
    found = CATALOGUE.identify("kokoro", {"b": 1, "a": (1, 2)}, {"x": "y"}, 3)
    assert found == CATALOGUE.identify("kokoro", {"a": [1, 2], "b": 1}, {"x": "y"}, 3)
    assert found != CATALOGUE.identify("kokoro", {"a": [1, 2], "b": 1}, {"x": "y"}, 4)
    assert isinstance(TakeId(found), str)


FINE = {"text": "This is spoken line number 5 of twelve.", "rate": 16.0}


def picked_plan(script: Script, scores: dict[str, dict[str, object]]) -> Plan:
    """The plan with every artifact named after its take; what is read of line 5's takes comes by role."""
    by_sha: dict[str, dict[str, object]] = {}

    def read(sha: str) -> dict[str, object]:
        return by_sha.get(sha, FINE)

    first = plan(script, GRACE, CATALOGUE, {}, lambda take_id: f"sha-{take_id}", "", read)
    by_sha |= {
        f"sha-{planned.take_id}": scores[planned.role] for planned in first.takes if planned.role in scores
    }
    return plan(script, GRACE, CATALOGUE, {}, lambda take_id: f"sha-{take_id}", "", read)


def shot_voice(found: Plan, shot: str) -> str:
    planned = found.take(f"shot:{shot}")
    assert planned is not None
    return planned.inputs["voice0"]


def test_of_three_takes_the_best_measured_is_used() -> None:
    clipped, slurred = FINE | {"clipped": 0.05}, FINE | {"text": "This is broken line number 5 of twelve."}
    found = picked_plan(edited(4, takes=3), {"ear:l5": clipped, "words:l5~3": slurred})
    assert {"voice:l5", "voice:l5~2", "voice:l5~3", "words:l5~3", "ear:l5~2"} <= {p.role for p in found.takes}
    assert len({p.seed for p in found.takes if p.role.startswith("voice:l5")}) == 3
    assert found.picked["l5"].index == 1
    assert found.picked["l5"].scores[1] == 0 > max(found.picked["l5"].scores[0], found.picked["l5"].scores[2])
    second = found.take("voice:l5~2")
    assert second is not None and shot_voice(found, "l5") == f"sha-{second.take_id}"
    assert found.voice_role("words", "l5") == "words:l5~2" and found.voice_role("words", "l4") == "words:l4"


def test_a_person_s_choice_counts_and_renders_no_voice_again() -> None:
    best = picked_plan(edited(4, takes=3), {"ear:l5": FINE | {"clipped": 0.05}})
    chosen = picked_plan(edited(4, takes=3, chosen=1), {"ear:l5": FINE | {"clipped": 0.05}})
    assert chosen.picked["l5"].index == 0
    new = {p.role.partition(":")[0] for p in chosen.takes if p.take_id not in {q.take_id for q in best.takes}}
    assert new == {"shot", "look", "finish", "sound", "cut", "facts", "sheet"}


def test_several_takes_wait_for_all_their_measures() -> None:
    known = {
        planned.take_id for planned in whole(edited(4, takes=2)).takes if planned.role.startswith("voice:")
    }
    found = plan(
        edited(4, takes=2),
        GRACE,
        CATALOGUE,
        {},
        lambda take: "sha" if take in known else None,
        "",
        lambda _: FINE,
    )
    assert found.take("shot:l4") is not None and found.take("shot:l5") is None


def elevenlabs(stitch: Stitch, *lines: Line, model: str = "eleven_multilingual_v2") -> Plan:
    terms = {"elevenlabs": Terms(model, "pcm_24000", stitch, 0.3)}
    look = Look(recipe="elevenlabs")
    catalogue = Catalogue(CATALOGUE.specs, {}, terms)
    return plan(Script(lines, look), GRACE, catalogue, {}, lambda take_id: f"sha-{take_id}", "")


THREE = (
    Line("a", "A first line that is long enough."),
    Line("b", "Really."),
    Line("c", "And a third one here."),
)


@pytest.mark.parametrize(
    ("stitch", "spoken_anew"), [("off", {"b"}), ("shot", {"a", "b"}), ("script", {"a", "b", "c"})]
)
def test_a_paid_line_is_spoken_anew_with_the_words_it_was_told(stitch: Stitch, spoken_anew: set[str]) -> None:
    changed = (THREE[0], replace(THREE[1], text="Indeed."), THREE[2])
    roles = changed_roles(elevenlabs(stitch, *THREE), elevenlabs(stitch, *changed))
    assert {role.partition(":")[2] for role in roles if role.startswith("voice:")} == spoken_anew


def test_what_the_settings_choose_is_part_of_a_paid_take_and_of_no_other() -> None:
    one, two = (elevenlabs("off", *THREE, model=model) for model in ("eleven_v3", "eleven_flash_v2_5"))
    assert {role for role in changed_roles(one, two) if role.startswith("voice")} == {
        f"voice:{x}" for x in "abc"
    }
    free = whole(TWELVE).take("voice:l1")
    assert free is not None
    assert set(free.request) == {"text", "voice", "tone", "pace", "language", "pronunciations"}


def test_prices() -> None:
    assert Terms("eleven_multilingual_v2", price=0.3).quote("x" * 1000) == pytest.approx(0.3)
    assert Terms("eleven_flash_v2_5", price=0.3).quote("x" * 1000) == pytest.approx(0.15)
    assert CATALOGUE.price("kokoro", {"text": "x" * 1000}) == 0
    second_of_month = datetime(2026, 11, 2, 3, 4, tzinfo=UTC).timestamp()
    assert month_began(second_of_month) == datetime(2026, 11, 1, tzinfo=UTC).timestamp()
