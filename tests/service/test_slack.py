"""Slack from a sentence to a delivered video: real bolt, real store and agent, over Socket Mode and HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.settings import Settings
from studio.store import inbox, productions, reviews
from tests.fakes.slack import App, SlackServer
from tests.fakes.slack_room import FOUNDER, Room

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]
BRIEF = (
    "Script: We build small compilers for everybody who programs. They are fast and they never complain about it. "
    "They are small enough to be read in an evening."
)
MANIFEST = Path(__file__).parents[2] / "slack-manifest.yaml"
Json = dict[str, Any]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(App.declared(yaml.safe_load(MANIFEST.read_text()))) as server:
        yield server


@pytest.fixture(params=["socket", "http"])
def room(request: pytest.FixtureRequest, slack: SlackServer, settings: Settings) -> Iterator[Room]:
    with Room(slack, settings, http=request.param == "http") as made:
        yield made


@pytest.fixture
def one(slack: SlackServer, settings: Settings) -> Iterator[Room]:
    with Room(slack, settings) as made:
        yield made


def texts(slack: SlackServer, root: Json) -> list[str]:
    """What stands in the thread, the video as its title."""
    return [m["text"] or m["files"][0]["title"] for m in slack.thread(root) if m.get("bot_id")]


def counted(room: Room) -> int:
    with room.floor.store.read() as connection:
        return len(inbox.of_source(connection, "slack"))


def to_script(room: Room, channel: str = "C1") -> tuple[Json, Json]:
    asked = room.slack.user("U1").mentions(channel, BRIEF)
    return asked, room.slack.wait(lambda: room.slack.find_message("Script 1 is ready"))


def to_preview(room: Room) -> tuple[Json, Json]:
    asked, script = to_script(room)
    room.slack.user("U1").clicks(script, "approve")
    return asked, room.slack.wait(lambda: room.slack.find_message("Preview 1 is ready"))


def whispered(room: Room, user: str, words: str) -> Json:
    found: Json = room.slack.wait(lambda: room.slack.find_ephemeral(user, words))
    return found


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


def test_the_script_is_edited_field_by_field(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    _, script = to_script(one)
    alice.clicks(script, "edit")
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    done = alice.submits(form, {"line_1": "x" * 400})
    assert "at most 300" in slack.wait(lambda: slack.find_answer(done))["answer"]["errors"]["line_1"]
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    alice.submits(form, {"line_1": 'We "build" compilers <fast>.', "line_3": "", "add": "Come and see."})
    slack.wait(lambda: slack.find_message("Script 2 is ready"))
    assert [line["text"] for line in one.last("script")["lines"]] == [
        'We "build" compilers <fast>.',
        "They are fast and they never complain about it.",
        "Come and see.",
    ]


def test_a_form_for_an_old_script_changes_nothing(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, script = to_script(one)
    alice.clicks(script, "edit")
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    alice.says("C1", "line 2: They are quick.", thread=asked)
    slack.wait(lambda: slack.find_message("Script 2 is ready"))
    done = alice.submits(form, {"line_1": "Something else."})
    answer = slack.wait(lambda: slack.find_answer(done))["answer"]
    assert "Script 2 is up for review" in str(answer["errors"])


def test_start_over_ends_the_one_and_opens_the_other(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, script = to_script(one)
    alice.clicks(script, "restart")
    form = slack.wait(lambda: slack.find_modal("U1", "Start over"))
    alice.submits(form, {"brief": "Script: We build ships. They float."})
    again = slack.wait(lambda: slack.find_message("Script 1 is ready", after=script))
    assert again["thread_ts"] == asked["ts"]
    with one.floor.store.read() as connection:
        states = [row["status"] for row in productions.latest(connection)]
    assert states == ["script_review", "cancelled"]


def test_revise_and_reject_by_forms(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    _, preview = to_preview(one)
    alice.clicks(preview, "revise")
    alice.submits(slack.wait(lambda: slack.find_modal("U1", "Revise")), {"text": "line 2 softer"})
    slack.wait(lambda: slack.find_message("I will change: line 2"))
    assert "1 of 3 lines renders again" in str(slack.find_message("I will change"))
    second = slack.wait(lambda: slack.find_message("Preview 2 is ready"))
    alice.clicks(preview, "approve", stale=True)
    assert (
        slack.wait(lambda: slack.find_ephemeral("U1", "Preview 2 is up for review"))["text"].count("http")
        == 1
    )
    alice.clicks(second, "reject")
    alice.submits(slack.wait(lambda: slack.find_modal("U1", "Reject")), {"text": "wrong story"})
    slack.wait(lambda: slack.find_message("Cancelled."))
    with one.floor.store.read() as connection:
        rows = [row["body"] for row in inbox.of_source(connection, "slack") if row["kind"] == "decision"]
    assert rows[-1]["text"] == "wrong story"
    assert "Stopped by <@U1>" in str(slack.wait(lambda: slack.find_message("Stopped by")))


def test_only_named_people_approve_and_others_are_told_alone(one: Room) -> None:
    slack, bob = one.slack, one.slack.user("U2")
    asked = bob.mentions("C1", BRIEF)
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"))
    bob.clicks(script, "approve")
    assert "aiclone persona allow Grace slack:T1:U2" in whispered(one, "U2", "may approve")["text"]
    bob.says("C1", "approve", thread=asked)
    whispered(one, "U2", "whom they named for Grace")
    assert one.floor.production()["status"] == "script_review"
    slack.user("U1").clicks(script, "approve")
    slack.wait(lambda: slack.find_message("Preview 1 is ready"))


@pytest.mark.parametrize("user", ["U3", "U4", "U9"])
def test_guests_and_other_workspaces_cannot(one: Room, user: str) -> None:
    before = counted(one)
    one.slack.user(user).mentions("C1", BRIEF)
    whispered(one, user, "only members of this workspace")
    assert counted(one) == before


def test_what_others_say_in_the_channel_and_thread_is_not_for_the_studio(one: Room) -> None:
    slack = one.slack
    asked, _ = to_script(one)
    before = counted(one)
    slack.user("U2").says("C1", "looks good, approve it!", thread=asked)
    slack.user("U2").says("C1", "lunch?")
    slack.user("U1").says("C1", "approve", thread=None)
    done = slack.user("U1").runs("/clone status")
    slack.wait(lambda: slack.find_answer(done))
    assert counted(one) == before


def test_edits_and_deletions_change_nothing_and_are_answered(one: Room) -> None:
    alice = one.slack.user("U1")
    asked, _ = to_script(one)
    before = counted(one)
    alice.edits(asked, "<@UBOT> Script: Something else.")
    whispered(one, "U1", "I go by what was first sent")
    alice.deletes(asked)
    whispered(one, "U1", "does not take it back")
    assert counted(one) == before


def test_reactions_ask_and_never_approve(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    _, preview = to_preview(one)
    video = next(m for m in slack.messages("C1") if m.get("files"))
    alice.reacts(video, "white_check_mark")
    asked = whispered(one, "U1", "Reactions decide nothing")
    assert one.floor.production()["status"] == "cut_review"
    alice.clicks(asked, "approve")
    slack.wait(lambda: slack.find_message("Delivered:"))
    alice.reacts(preview, "x")


def test_questions_are_answered_from_the_facts(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    one.floor.spoil["inspect-cut"] = {"loudness": -30.0}
    asked, _ = to_preview(one)
    alice.says("C1", "why is it red?", thread=asked)
    slack.wait(lambda: slack.find_message("wanted"))
    alice.says("C1", "what did you change?", thread=asked)
    slack.wait(lambda: slack.find_message("I took your text as the script"))


def test_a_voice_clip_is_heard_shown_back_and_done(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, _ = to_preview(one)
    one.floor.spoil["whisper"] = {"text": "Line two softer."}
    clip = b"\x00\x00\x00\x18ftypM4A " + b"0" * 500
    with slack.holding(backwards=False):
        alice.uploads(clip, "C1", thread=asked, as_voice_clip=True)
        alice.says("C1", "what did you change?", thread=asked)
    slack.wait(lambda: slack.find_message("I heard: “Line two softer.”"))
    slack.wait(lambda: slack.find_message("I will change: line 2"))
    slack.wait(lambda: slack.find_message("Preview 2 is ready"))
    said = texts(slack, asked)
    heard = next(at for at, text in enumerate(said) if text.startswith("I heard"))
    answered = next(at for at, text in enumerate(said) if "Changed: line 2" in text)
    assert heard < answered


def test_a_file_that_is_no_recording_is_told_so(one: Room) -> None:
    asked, _ = to_script(one)
    one.slack.user("U1").uploads(b"%PDF", "C1", thread=asked, name="plan.pdf", mimetype="application/pdf")
    whispered(one, "U1", "words and voice clips")


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
