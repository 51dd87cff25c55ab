"""Who may do what in Slack, and what is no decision: others, guests, edits, deletions, reactions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.settings import Settings
from tests.fakes.slack_room import Room
from tests.fakes.slack_talk import BRIEF, counted, in_slack, to_preview, to_script, whispered

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


@pytest.fixture
def one(settings: Settings) -> Iterator[Room]:
    with in_slack(settings) as made:
        yield made


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
