"""After a delivery: the same video in another format, a small change, and words it cannot answer any more."""

from __future__ import annotations

import pytest

from agent.sequel import AFTER, NO_OTHER
from studio.domain import Status
from studio.settings import Settings
from studio.store import productions
from tests.fakes.studio import Floor

pytestmark = pytest.mark.service
THREE = "Script: We build compilers. They turn words into programs. Come and build one with us."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def delivered(floor: Floor) -> str:
    """A delivered video's production."""
    floor.to_preview(THREE)
    floor.press(floor.last("preview")["subject"])
    floor.look()
    return str(floor.production()["id"])


def say(floor: Floor, text: str) -> None:
    floor.rendered.clear()
    floor.write(text)
    floor.look()


def count(floor: Floor) -> int:
    with floor.store.read() as connection:
        return len(productions.latest(connection))


@pytest.mark.parametrize(
    "wish",
    ["the same for WhatsApp", "same as before but for whatsapp", "one for WhatsApp too", "also for whatsapp"],
)
def test_another_format_is_a_new_production_with_the_same_words_and_voices(floor: Floor, wish: str) -> None:
    first = delivered(floor)
    lines = floor.last("script")["lines"]
    say(floor, wish)
    card = floor.last("script")
    assert floor.production()["id"] != first
    assert floor.production()["status"] == Status.SCRIPT_REVIEW
    assert (card["version"], card["profile"], card["lines"]) == (1, "whatsapp", lines)
    assert card["note"] == "Like the delivered video, changed: whatsapp format."
    assert floor.rendered == []
    floor.press(card["subject"])
    floor.look()
    assert "kokoro" not in floor.rendered
    assert floor.rendered.count("meshwarp") == len(lines)


def test_a_small_change_of_a_delivered_video_is_its_next_version(floor: Floor) -> None:
    delivered(floor)
    say(floor, "line 2 softer")
    assert floor.last("script")["lines"][1]["tone"] == "soft"
    floor.press(floor.last("script")["subject"])
    floor.look()
    assert floor.rendered.count("kokoro") == 1


def test_the_same_with_several_differences_and_none_lost(floor: Floor) -> None:
    delivered(floor)
    say(floor, "The same for whatsapp, but line 2 softer and no captions")
    card = floor.last("script")
    assert (card["profile"], card["captions"], card["lines"][1]["tone"]) == ("whatsapp", "off", "soft")


def test_the_same_with_something_that_nobody_understands_is_asked_about(floor: Floor) -> None:
    delivered(floor)
    say(floor, "same as before but with dancing bears")
    assert "what should differ" in floor.last("say")["text"]
    assert count(floor) == 1


@pytest.mark.parametrize(
    "words", ["undo", "start again", "approve", "great", "ja", "never mind", "I hate it"]
)
def test_a_delivered_video_stays_and_says_what_to_write(floor: Floor, words: str) -> None:
    delivered(floor)
    say(floor, words)
    assert floor.last("say")["text"] == AFTER
    assert count(floor) == 1
    say(floor, "the same in square")
    assert "how the delivered video is already" in floor.last("say")["text"]
    assert count(floor) == 1


def test_briefs_stay_briefs(floor: Floor) -> None:
    delivered(floor)
    say(floor, "30 seconds on why we hire in Lagos, warm, for LinkedIn")
    assert count(floor) == 2
    assert "Lagos" in str(floor.last("script")["lines"])


def test_without_a_delivered_video_there_is_nothing_to_be_the_same_as(floor: Floor) -> None:
    say(floor, "the same for WhatsApp")
    assert floor.last("say")["text"] == NO_OTHER
    assert count(floor) == 0
