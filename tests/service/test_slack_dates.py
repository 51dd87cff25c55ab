"""In Slack: the form's date and destination, what waits for its date, the approved file in the thread itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.slack.channel import SlackChannel
from studio import dates
from studio.domain import Status
from studio.settings import Settings
from studio.store import outbox, productions, slack
from tests.fakes.slack_room import Room
from tests.fakes.slack_talk import BRIEF, Json, in_slack, texts, to_preview

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
HOUR = 3600


@pytest.fixture
def one(settings: Settings) -> Iterator[Room]:
    with in_slack(
        settings.model_copy(update={"destinations": {"press kit": str(settings.home / "press")}})
    ) as made:
        yield made


def form(room: Room, command: str = "/clone") -> Json:
    """The form that the command opens, in place of one that was open."""
    slack, alice = room.slack, room.slack.user("U1")
    seen = [view["id"] for view in slack.perform("views", user="U1")]
    alice.runs(command, "C1")
    found: Json = slack.wait(lambda: slack.find_modal("U1", lambda view: view["id"] not in seen))
    return found


def by_form(room: Room, **given: object) -> Json:
    """A brief by the form, its script approved; the preview's card."""
    slack, alice = room.slack, room.slack.user("U1")
    alice.submits(form(room), {"brief": BRIEF, **given})
    alice.clicks(slack.wait(lambda: slack.find_message("Script 1 is ready")), "approve")
    found: Json = slack.wait(lambda: slack.find_message("Preview 1 is ready"))
    return found


def status(room: Room) -> str:
    return str(room.floor.production()["status"])


def test_the_form_takes_a_date_and_the_video_waits_for_it(one: Room) -> None:
    slack, alice, due = one.slack, one.slack.user("U1"), int(time.time()) + 30 * HOUR
    preview = by_form(one, date=due)
    when = dates.said(due, "Europe/Berlin")  # Slack's zone of U1
    assert when in str(slack.find_message("Script 1 is ready")) and when in str(preview)
    alice.clicks(preview, "approve")
    slack.wait(lambda: slack.find_message(f"Approved. It will be delivered on {when}."))
    assert status(one) == Status.SCHEDULED
    alice.opens_home()
    view = slack.wait(lambda: slack.perform("home", user="U1"))
    assert "Waits for its date" in str(view) and when in str(view)
    done = alice.runs("/clone status")
    assert when in slack.wait(lambda: slack.find_answer(done))["answer"]["text"]
    alice.says("C1", "deliver now", thread=preview)
    slack.wait(lambda: slack.find_message("Delivered:"))
    assert status(one) == Status.DELIVERED


@pytest.mark.parametrize(("seconds", "words"), [(-HOUR, "has passed"), (400 * 24 * HOUR, "more than a year")])
def test_a_date_that_cannot_be_is_refused_in_its_field(one: Room, seconds: int, words: str) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    done = alice.submits(form(one), {"brief": BRIEF, "date": int(time.time()) + seconds})
    assert words in slack.wait(lambda: slack.find_answer(done))["answer"]["errors"]["date"]
    alice.submits(slack.wait(lambda: slack.find_modal("U1", "A new video")), {"brief": BRIEF})
    slack.wait(lambda: slack.find_message("Script 1 is ready"))
    assert one.floor.production()["due"] is None


def test_words_in_the_thread_are_meant_in_their_writers_zone(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, preview = to_preview(one)
    alice.says("C1", "deliver it tomorrow at 9:00", thread=asked)
    said = slack.wait(lambda: slack.find_message("once it is approved"))
    assert "at 09:00 (Europe/Berlin)" in said["text"]
    alice.clicks(preview, "approve")
    slack.wait(lambda: slack.find_message("Approved. It will be delivered on"))
    alice.says("C1", "cancel", thread=asked)
    slack.wait(lambda: slack.find_message("Cancelled."))


def test_a_new_brief_in_a_direct_message_is_not_swallowed_by_what_waits(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    first = alice.direct_message(BRIEF)
    alice.clicks(slack.wait(lambda: slack.find_message("Script 1 is ready")), "approve")
    preview = slack.wait(lambda: slack.find_message("Preview 1 is ready"))
    alice.direct_message("deliver tomorrow 9:00")
    slack.wait(lambda: slack.find_message("once it is approved"))
    alice.clicks(preview, "approve")
    slack.wait(lambda: slack.find_message("Approved. It will be"))
    second = alice.direct_message("Script: We build ships. They float.")
    script = slack.wait(lambda: slack.find_message("Script 1 is ready", after=preview))
    assert script["thread_ts"] == second["ts"]
    with one.floor.store.read() as connection:
        states = [row["status"] for row in productions.latest(connection)]
    assert states == [Status.SCRIPT_REVIEW, Status.SCHEDULED]
    alice.says(first["channel"], "deliver now", thread=first)
    slack.wait(lambda: slack.find_message("Delivered:"))


def test_the_form_offers_every_destination_and_a_named_folder_gets_the_file(one: Room) -> None:
    field = next(block for block in form(one)["blocks"] if block["block_id"] == "destination")
    assert [each["value"] for each in field["element"]["options"]] == ["folder", "thread", "press kit"]
    preview = by_form(one, destination="press kit")
    assert "to “press kit”" in str(preview)
    one.slack.user("U1").clicks(preview, "approve")
    one.slack.wait(lambda: one.slack.find_message("Delivered:"))
    [path] = (one.settings.home / "press").iterdir()
    assert str(path) in str(one.slack.find_message("Delivered:"))
    assert not list(one.settings.deliveries.glob("*"))


def to_thread(room: Room) -> list[Json]:
    """The approved file goes to the thread; every video there."""
    slack = room.slack
    slack.user("U1").clicks(by_form(room, destination="thread"), "approve")
    card = slack.wait(lambda: slack.find_message("Delivered:"), 15)
    assert "link_0" in str(card["blocks"]) and "in the thread" in card["text"]
    return [m for m in slack.messages("C1") if m.get("files") and m.get("bot_id")]


def test_the_thread_itself_gets_the_approved_file_once(one: Room) -> None:
    preview, final = to_thread(one)
    assert final["thread_ts"] == preview["thread_ts"]
    name = final["files"][0]["name"]
    assert name.endswith("-v1.mp4") and not list(one.settings.deliveries.glob("*"))
    with one.floor.store.read() as connection:
        rows = outbox.of_production(connection, one.floor.production()["id"], "deliver")
        upload = slack.upload(connection, rows[0]["key"])
    assert upload is not None and rows[0]["ref"] == upload["permalink"]
    said = texts(one.slack, next(m for m in one.slack.messages("C1") if m["ts"] == final["thread_ts"]))
    assert said[-1].startswith("Delivered:")


@pytest.mark.parametrize("done", [True, False])
def test_a_share_that_was_not_answered_is_looked_for_before_it_is_repeated(one: Room, done: bool) -> None:
    places = one.floor.desk.channels
    channel = next(each for each in places if isinstance(each, SlackChannel))
    channel.uploads.never_after_s = 1.0
    preview = by_form(one, destination="thread")
    one.slack.perform("fault", method="files.completeUploadExternal", then="cut", do=done)
    one.slack.perform("slow_shares", seconds=0.3)
    one.slack.user("U1").clicks(preview, "approve")
    one.slack.wait(lambda: one.slack.find_message("Delivered:"), 20)
    assert len([m for m in one.slack.messages("C1") if m.get("files") and m.get("bot_id")]) == 2


def test_a_place_that_is_gone_is_told_in_its_field(one: Room) -> None:
    shown = form(one)
    one.reception.destinations = ("folder",)
    done = one.slack.user("U1").submits(shown, {"brief": BRIEF, "destination": "press kit"})
    answer = one.slack.wait(lambda: one.slack.find_answer(done))["answer"]
    assert "not set up any more" in answer["errors"]["destination"]
