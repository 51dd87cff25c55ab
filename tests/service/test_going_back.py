"""Going back to an earlier version: a new version, nothing approved by it, nothing rendered that was seen."""

from __future__ import annotations

import asyncio

import pytest

from studio.domain import ProductionId, Script, Status
from studio.settings import Settings
from studio.store import productions, reviews
from tests.fakes.studio import Floor

pytestmark = pytest.mark.service
FOUR = (
    "Script: We closed our seed round last week. We are hiring twelve engineers in Lagos. "
    "Every customer asked us for the same thing. Come and build it with us."
)


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def say(floor: Floor, text: str) -> list[str]:
    """Write, let everything happen; the engines that rendered for it."""
    floor.rendered.clear()
    floor.write(text)
    floor.look()
    return list(floor.rendered)


def scripts(floor: Floor) -> list[Script]:
    with floor.store.read() as connection:
        return productions.all_scripts(connection, ProductionId(floor.production()["id"]))


def decisions(floor: Floor, *subjects: str) -> list[str]:
    with floor.store.read() as connection:
        found = [reviews.decision_on(connection, subject) for subject in subjects]
    return [row["decision"] if row is not None else "" for row in found]


def test_a_preview_seen_before_comes_back_without_a_render(floor: Floor) -> None:
    first = floor.to_preview(FOUR)
    assert len(say(floor, "line 2 softer")) == 10
    second = floor.last("preview")
    assert len(say(floor, "office background")) > 10
    assert say(floor, "undo") == []
    third = floor.last("preview")
    assert (third["sha256"], third["rendered"], third["version"]) == (second["sha256"], 0, 4)
    assert third["reused"] > 20
    assert third["changed"].startswith("Back to preview 2: the photo's own background")
    assert "there in seconds" in floor.last("say")["text"]
    assert say(floor, "undo") == []
    assert floor.last("preview")["sha256"] == first["sha256"]
    assert say(floor, "undo") == []
    assert "nothing" not in floor.last("say")["text"]
    assert "how the first version was" in floor.last("say")["text"]
    history = scripts(floor)
    assert (history[3], history[4]) == (history[1], history[0])
    assert len(history) == 5


def test_going_back_approves_nothing_and_a_yes_counts_for_the_new_version_only(floor: Floor) -> None:
    first = floor.to_preview(FOUR)
    say(floor, "line 2 softer")
    second = floor.last("preview")
    say(floor, "back to version 1")
    third = floor.last("preview")
    assert third["sha256"] == first["sha256"]
    assert decisions(floor, first["subject"], second["subject"], third["subject"]) == ["revise", "revise", ""]
    for old in (first, second):
        floor.press(old["subject"])
        floor.look()
        assert floor.production()["status"] == Status.CUT_REVIEW
    floor.press(third["subject"])
    floor.look()
    assert floor.production()["status"] == Status.DELIVERED
    assert floor.last("delivered")["sha256"] == first["sha256"]
    assert decisions(floor, first["subject"], third["subject"]) == ["revise", "approve"]


def test_a_script_goes_back_before_anything_is_rendered_and_still_waits_for_its_yes(floor: Floor) -> None:
    floor.write(FOUR)
    floor.look()
    assert say(floor, "undo") == []
    assert floor.last("say")["text"] == "This is the first version: there is nothing to go back to."
    say(floor, "line 2 softer")
    say(floor, "Undo that, please")
    card = floor.last("script")
    assert (card["version"], card["note"].split(":")[0]) == (3, "Back to script 1")
    assert floor.production()["status"] == Status.SCRIPT_REVIEW
    assert scripts(floor)[2] == scripts(floor)[0]
    floor.press(card["subject"])
    floor.look()
    assert floor.last("preview")["rendered"] > 0


def test_going_back_while_a_revision_renders_shows_what_was_there(floor: Floor) -> None:
    first = floor.to_preview(FOUR)
    floor.write("office background")
    asyncio.run(floor.desk.look())
    assert floor.ordered()
    floor.write("undo")
    asyncio.run(floor.desk.look())
    assert floor.last("preview")["sha256"] == first["sha256"]
    assert floor.last("preview")["version"] == 2


def test_a_retake_made_since_does_not_change_what_comes_back(floor: Floor) -> None:
    floor.to_preview(FOUR)
    first = floor.last("preview")
    floor.spoil["inspect-voice"] = {"clipped": 0.04}
    say(floor, "line 2 softer")
    del floor.spoil["inspect-voice"]
    with floor.store.read() as connection:
        assert reviews.retakes_of(connection, ProductionId(floor.production()["id"]))
    assert say(floor, "undo") == []
    assert floor.last("preview")["sha256"] == first["sha256"]
    assert floor.last("preview")["report"] == first["report"]


def test_words_that_quote_an_older_preview_bring_that_one_back(floor: Floor) -> None:
    first = floor.to_preview(FOUR)
    say(floor, "line 2 softer")
    say(floor, "office background")
    floor.rendered.clear()
    floor.send("text", {"text": "This one was better.", "options": {}, "subject": first["subject"]})
    floor.look()
    assert floor.rendered == []
    assert floor.last("preview")["sha256"] == first["sha256"]
    assert decisions(floor, floor.last("preview")["subject"]) == [""]


@pytest.mark.parametrize("wish", ["swap line 2 and 3", "move line 4 to the top", "start with line 3"])
def test_another_order_of_lines_renders_the_sound_and_the_cut_alone(floor: Floor, wish: str) -> None:
    floor.to_preview(FOUR)
    assert sorted(say(floor, wish)) == ["assemble", "contact-sheet", "inspect-cut", "mix"]
    preview = floor.last("preview")
    assert preview["rendered"] == 4
    assert preview["reused"] == 24
    assert "No line renders again" in floor.last("say")["text"]
    assert "lines in the order" in preview["changed"]
    assert say(floor, "undo") == []


def test_a_short_line_that_leaves_its_shot_renders_no_voice(floor: Floor) -> None:
    floor.to_preview(
        "Script: We closed our seed round last week with friends. Every customer asked us for the same thing today. "
        "Come and build it with us this year. Write to me whenever you want to know more."
    )
    say(floor, "change line 4 to Write to me.")
    say(floor, "close shot")
    rendered = say(floor, "move line 4 to the top")
    assert "kokoro" not in rendered
    assert rendered.count("meshwarp") == 1  # line 3 alone; line 4 alone was seen before they shared a shot
    assert "2 of 4 lines render again" in floor.last("say")["text"]


def test_starting_again_on_a_shown_preview_renders_and_ends_nothing(floor: Floor) -> None:
    floor.to_preview(FOUR)
    for words in ("start again", "start over", "reset", "never mind"):
        assert say(floor, words) == []
        assert floor.production()["status"] == Status.CUT_REVIEW
    assert floor.last("preview")["version"] == 1
