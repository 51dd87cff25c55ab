"""WhatsApp in small things: ⏳ that ends, reasons that are spoken, dates from a list, a greeting that is no brief."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.whatsapp import moments, words
from bot.whatsapp.meaning import notice
from studio.domain import Status
from studio.store import outbox, productions, reviews, schema
from tests.fakes.whatsapp import samples
from tests.fakes.whatsapp_room import Room
from tests.service.test_whatsapp import BRIEF, room, said, to_preview, to_script, wa, words_of

__all__ = ["room", "wa"]
pytestmark = [pytest.mark.service, pytest.mark.timeout(60), pytest.mark.sqlite]


def marks(room: Room, message: dict[str, Any]) -> str:
    """The studio's emoji on somebody's message."""
    [found] = [m for m in room.wa.messages(room.ann) if m["id"] == message["id"]]
    return str(found["reactions"].get("business", ""))


def test_no_hourglass_outlives_its_wish(room: Room) -> None:
    _, script = to_script(room)
    room.working = False  # nothing renders; the agent looks when it is told to

    def until(look: Callable[[], object]) -> None:
        room.wa.wait(lambda: room.do(room.floor.desk.look()) or look(), 20)

    press = room.ann.presses(script, "Approve")
    until(lambda: marks(room, press) == "⏳")
    other = room.ann.writes("line 2 softer")
    until(lambda: marks(room, other) == "⏳" and not marks(room, press))
    room.ann.writes("how far are you?")
    until(lambda: room.wa.find_message("is rendered. The preview comes here by itself."))
    room.ann.writes("cancel")
    until(lambda: room.wa.find_message("Cancelled.") and not marks(room, other))


@pytest.mark.parametrize("spoken", ["Wrong story.", "No, keep it."])
def test_a_reason_may_be_spoken(room: Room, spoken: str) -> None:
    _, preview = to_preview(room)
    room.ann.presses(preview, "Reject")
    room.shown("Reject preview 1?")
    room.floor.spoil["whisper"] = {"text": spoken}
    room.ann.says(samples.voice_note())
    room.shown("I heard: “")
    if "keep" in spoken:
        room.shown(words.KEPT)
        assert room.floor.production()["status"] == Status.CUT_REVIEW
        return
    room.shown("Cancelled.")
    with room.store.read() as connection:
        replies = connection.execute(select(schema.replies)).mappings().all()
    assert [row["text"] for row in replies if row["decision"] == "reject"] == [spoken]


def test_an_approval_with_a_moment_from_a_list(room: Room) -> None:
    _, preview = to_preview(room)
    room.ann.presses(preview, "Approve")
    room.ann.presses(room.shown("Exactly this file is delivered"), "Deliver later")
    listed = room.shown("deliver it when?")
    room.ann.picks(listed, "Tomorrow 9:00")
    room.shown("Approved. It will be delivered on ")
    room.wa.wait(lambda: room.floor.production()["status"] == Status.SCHEDULED)
    production = room.floor.production()
    assert time.strftime("%H:%M", time.gmtime(production["due"])) == "09:00"
    with room.store.read() as connection:
        decision = reviews.decision_on(connection, f"cut:{production['id']}:1")
    assert decision is not None and decision["decision"] == "approve"
    assert [text for text in said(room) if text.startswith("It will")] == []
    room.ann.writes("deliver now")
    assert words_of(room.shown("Delivered:")).count("/") == 1  # no path of the studio's disk


def test_a_moment_that_has_passed_approves_nothing(room: Room) -> None:
    to_preview(room)
    subject = room.last("preview")["subject"]
    old = notice(
        "When?", rows=[{"id": f"at 2020-01-01 09:00|{subject}", "title": "Then", "description": "-"}]
    )
    room.do(_said(room, old[1]))
    room.ann.picks(room.shown("When?"), "Then")
    room.shown("That moment has passed. Approve preview 1 and deliver it when?")
    with room.store.read() as connection:
        assert reviews.decision_on(connection, subject) is None
    assert room.floor.production()["status"] == Status.CUT_REVIEW


async def _said(room: Room, body: dict[str, Any]) -> None:
    with room.store.write() as connection:
        outbox.put(connection, "asked", room.floor.conversation, "say", body)
    await room.work()


def test_moments_are_later_than_now_and_fit_a_list() -> None:
    now = 1795391400.0  # Monday 23 November 2026, 00:50 in Berlin
    found = moments.offered(now, "Europe/Berlin")
    assert [title for _, title, _ in found][:4] == [
        "Today 9:00",
        "Today 12:00",
        "Today 18:00",
        "Tomorrow 9:00",
    ]
    assert len(found) == moments.MOST and found[-1][1] == "Friday 9:00"
    assert found[0][::2] == ("2026-11-23 09:00", "Monday 23 November")
    assert not moments.has_passed(found[0][0], now, "Europe/Berlin")
    assert moments.has_passed("2026-11-23 00:30", now, "Europe/Berlin")
    assert moments.has_passed("soon", now, "Europe/Berlin")


def test_a_greeting_opens_no_video_and_the_second_opening_is_short(room: Room) -> None:
    room.ann.writes("Hi!")
    room.shown("Tell me what the video is about")
    room.ann.writes("thanks 🙏")
    room.shown("You are welcome.")
    with room.store.read() as connection:
        assert not productions.latest(connection)
    _, script = to_script(room)
    room.ann.presses(script, "Start over")
    asked = room.shown("What should the new video be about?")
    room.ann.writes(BRIEF)
    room.shown("script 1", after=asked)
    assert [text for text in said(room) if text.startswith("On it.")] == [words.OPENING, words.AGAIN]


@pytest.mark.parametrize("asked", ["erase my number", "Please delete my data.", "forget me"])
def test_who_wants_to_be_erased_is_told_how(room: Room, asked: str) -> None:
    room.ann.writes(asked)
    assert "aiclone person erase whatsapp:" in words_of(room.shown("Whoever runs this studio can erase you"))
