"""Slack from a sentence to a delivered video: real bolt, real store and agent, over Socket Mode and HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.settings import Settings
from studio.store import productions, reviews
from tests.fakes.slack_room import FOUNDER, Room
from tests.fakes.slack_talk import BRIEF, counted, in_slack, texts, to_script

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


@pytest.fixture(params=["socket", "http"])
def room(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Room]:
    with in_slack(settings, http=request.param == "http") as made:
        yield made


@pytest.fixture
def one(settings: Settings) -> Iterator[Room]:
    with in_slack(settings) as made:
        yield made


def test_a_mention_becomes_a_thread_with_everything_in_it_once_and_in_order(room: Room) -> None:
    slack, alice = room.slack, room.slack.user("U1")
    asked, script = to_script(room)
    assert script["thread_ts"] == asked["ts"]
    alice.clicks(script, "approve")
    preview = slack.wait(lambda: slack.find_message("Preview 1 is ready"))
    alice.clicks(preview, "approve")
    slack.wait(lambda: slack.find_message("Delivered:"))
    slack.wait(lambda: "Rendered in" in texts(slack, asked)[2])
    starts = (
        "<@U1> asks for a video",
        "Script 1",
        ":white_check_mark: Rendered",
        "Preview 1",
        "Preview 1 is",
        "Del",
    )
    said = texts(slack, asked)
    assert len(said) == len(starts)
    assert all(text.startswith(start) for text, start in zip(said, starts, strict=True)), said
    production = room.floor.production()
    with room.floor.store.read() as connection:
        decision = reviews.decision_on(connection, f"cut:{production['id']}:1")
        cut = productions.cut_row(connection, production["id"])
    assert decision is not None and cut is not None
    assert (decision["person"], decision["sha256"]) == (FOUNDER, cut["artifact"])


def test_answered_cards_lose_their_buttons_and_name_who_pressed(one: Room) -> None:
    _, script = to_script(one)
    one.slack.user("U1").clicks(script, "approve")
    closed = one.slack.wait(lambda: one.slack.find_message("Approved by <@U1>"))
    assert closed["ts"] == script["ts"]
    assert not [block for block in closed["blocks"] if block["type"] == "actions"]


def test_two_clicks_and_two_deliveries_are_one_decision(one: Room) -> None:
    one.slack.perform("switch", double=True)
    asked, script = to_script(one)
    alice = one.slack.user("U1")
    alice.clicks(script, "approve")
    alice.clicks(script, "approve", stale=True)
    one.slack.wait(lambda: one.slack.find_message("Preview 1 is ready"))
    said = texts(one.slack, asked)
    assert len(said) == 5, said


def test_clone_begins_a_thread_of_its_own_and_replies_find_it(room: Room) -> None:
    slack, alice = room.slack, room.slack.user("U1")
    alice.runs(f"/clone {BRIEF}", "C1")
    root = slack.wait(lambda: slack.find_message("asks for a video"))
    assert "thread_ts" not in root or root["thread_ts"] == root["ts"]
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"))
    assert script["thread_ts"] == root["ts"]
    alice.says("C1", "line 2: They are very fast.", thread=root)
    slack.wait(lambda: slack.find_message("Script 2 is ready"))


def test_clone_where_the_bot_is_not_goes_to_the_direct_message(one: Room) -> None:
    done = one.slack.user("U1").runs(f"/clone {BRIEF}", "C2")
    answer = one.slack.wait(lambda: one.slack.find_answer(done))
    assert "direct message" in answer["answer"]["text"]
    root = one.slack.wait(lambda: one.slack.find_message("asks for a video"))
    assert root["channel"].startswith("D")


def test_clone_help_list_and_form(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    for line, words in (("/clone help", "/clone 30 seconds"), ("/clone list", "There is no video yet")):
        done = alice.runs(line)
        assert words in slack.wait(lambda done=done: slack.find_answer(done))["answer"]["text"]
    alice.runs("/clone")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"))
    alice.submits(form, {"brief": "We build compilers. They are fast.", "length": "15", "tone": "warm"})
    root = slack.wait(lambda: slack.find_message("15 seconds, warm"))
    slack.wait(lambda: slack.find_message("Script 1 is ready"))
    done = alice.runs("/clone status")
    answer = slack.wait(lambda: slack.find_answer(done))["answer"]["text"]
    assert "script waits for you" in answer and root["ts"].replace(".", "") in answer


def test_a_message_becomes_the_brief_of_a_form_and_the_thread_grows_below_it(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    note = slack.user("U2").says("C1", "We ship <compilers> & they are fast. Everybody wins.")
    alice.shortcut(note, "make_video")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"))
    assert (
        form["blocks"][0]["element"]["initial_value"]
        == "We ship <compilers> & they are fast. Everybody wins."
    )
    alice.submits(form, {})
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"))
    assert script["thread_ts"] == note["ts"]


def test_a_direct_message_is_a_brief_and_the_next_one_a_reply(one: Room) -> None:
    alice = one.slack.user("U1")
    asked = alice.direct_message(BRIEF)
    script = one.slack.wait(lambda: one.slack.find_message("Script 1 is ready"))
    assert script["thread_ts"] == asked["ts"]
    alice.direct_message("approve")
    one.slack.wait(lambda: one.slack.find_message("Preview 1 is ready"))


def test_the_home_tab_shows_what_waits(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    to_script(one)
    alice.opens_home()
    view = slack.wait(lambda: slack.perform("home", user="U1"))
    assert all(
        words in str(view)
        for words in ("Waits for you", "script waits for you", "you may approve", "This week")
    )
    alice.clicks(view, "new")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"))
    alice.submits(form, {"brief": "We build ships. They float well."})
    slack.wait(lambda: slack.find_message("We build ships", channel=""))


def test_events_out_of_order_are_one_production(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    with slack.holding(backwards=True):
        asked = alice.mentions("C1", BRIEF)
    slack.wait(lambda: slack.find_message("Script 1 is ready"))
    assert counted(one) == 1
    assert len(texts(slack, asked)) == 2
