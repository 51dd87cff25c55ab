"""A founder who has Slack and the web desk: linked in a direct message, each shows what the other decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.domain import ProductionId, Status
from studio.messages import PREVIEW, SCRIPT
from studio.settings import Settings
from studio.store import productions
from tests.fakes.slack import App, SlackServer
from tests.fakes.slack_room import Room
from tests.fakes.studio import Floor

pytestmark = [pytest.mark.service, pytest.mark.timeout(120), pytest.mark.sqlite]
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


@pytest.fixture
def room(slack: SlackServer, settings: Settings) -> Iterator[Room]:
    with Room(slack, settings) as made:
        yield made


@pytest.fixture
def desk(room: Room) -> Floor:
    """The web desk, linked with Alice in Slack."""
    made = Floor(room.settings, conversation="desk:1", furnished=room.floor.desk, person="owner")
    room.slack.user("U1").direct_message("link")
    told = room.slack.wait(lambda: room.slack.find_ephemeral("U1", "Your code is"), 20)
    found = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", told["text"])
    assert found
    made.write(f"link {found[0]}")
    room.slack.wait(lambda: room.slack.find_ephemeral("U1", "Linked with the web desk"), 20)
    return made


def shown(room: Room, desk: Floor, kind: str) -> Json:
    return room.slack.wait(lambda: desk.messages(kind) and desk.last(kind), 20)


def test_begun_in_a_channel_and_decided_on_the_desk(room: Room, desk: Floor) -> None:
    slack, alice = room.slack, room.slack.user("U1")
    asked = alice.mentions("C1", BRIEF)
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"), 20)
    desk.press(shown(room, desk, SCRIPT)["subject"])
    closed = slack.wait(lambda: slack.find_message("Approved in the web desk by <@U1>"), 20)
    assert closed["ts"] == script["ts"]
    assert not [block for block in closed["blocks"] if block["type"] == "actions"]
    note = slack.wait(
        lambda: slack.find_message("Script 1 was approved in the web desk by who asked for it."), 20
    )
    assert note["thread_ts"] == asked["ts"]
    card = slack.wait(lambda: slack.find_message("Preview 1 is ready"), 20)
    desk.press(shown(room, desk, PREVIEW)["subject"], "cancel")
    slack.wait(lambda: slack.find_message("Preview 1 was cancelled in the web desk"), 20)
    alice.clicks(card, "approve", stale=True)
    slack.wait(lambda: slack.find_ephemeral("U1", "You stopped this"), 20)
    assert room.floor.production()["status"] == Status.CANCELLED
    assert [m["channel"] for m in slack.messages() if "Preview 1" in m["text"]] == ["C1"] * 2


def test_begun_on_the_desk_and_answered_in_the_direct_message(room: Room, desk: Floor) -> None:
    slack, alice = room.slack, room.slack.user("U1")
    desk.conversation = "desk:2"
    desk.write(BRIEF)
    script = slack.wait(lambda: slack.find_message("Script 1 is ready"), 20)
    assert script["channel"].startswith("D")
    alice.clicks(script, "edit")
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"), 20)
    alice.submits(form, {"line_1": "We build compilers for everybody."})
    second = slack.wait(lambda: slack.find_message("Script 2 is ready"), 20)
    slack.wait(
        lambda: [
            row for row in desk.messages("say") if "Script 1 was changed in Slack" in row["body"]["text"]
        ],
        20,
    )
    alice.clicks(second, "approve")
    slack.wait(lambda: slack.find_message("Approved by <@U1>"), 20)
    preview = slack.wait(lambda: slack.find_message("Preview 1 is ready"), 20)
    assert [m for m in slack.messages(preview["channel"]) if m.get("files")]
    alice.direct_message("line 2 softer")
    slack.wait(lambda: slack.find_message("I will change: line 2"), 20)
    again = slack.wait(lambda: slack.find_message("Preview 2 is ready"), 20)
    alice.clicks(again, "approve")
    slack.wait(lambda: slack.find_message("Delivered:"), 20)
    slack.wait(lambda: desk.messages("delivered"), 20)
    assert [len(desk.messages(kind)) for kind in (SCRIPT, PREVIEW)] == [2, 2]
    with room.floor.store.read() as connection:
        assert len(productions.latest(connection)) == 1
        rows = productions.some(connection, [ProductionId(room.floor.production()["id"])])
    assert rows[0]["conversation"] == "desk:2"
    alice.opens_home()
    view = slack.wait(lambda: slack.perform("home", user="U1"), 20)
    assert "We build small compilers" in str(view)


def test_a_command_that_links_begins_no_video(room: Room) -> None:
    room.slack.user("U1").runs("/clone link", "C1")
    room.slack.wait(lambda: room.slack.find_ephemeral("U1", "Your code is"), 20)
    assert not room.slack.find_ephemeral("U1", "On it")
    assert not room.slack.messages("C1")
