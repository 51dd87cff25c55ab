"""What tests of conversations in Slack share: the room, a first script or preview, what stands in the thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from studio.settings import Settings
from studio.store import inbox
from tests.fakes.slack import App, SlackServer
from tests.fakes.slack_room import Room

BRIEF = (
    "Script: We build small compilers for everybody who programs. They are fast and they never complain about it. "
    "They are small enough to be read in an evening."
)
MANIFEST = Path(__file__).parents[2] / "slack-manifest.yaml"
Json = dict[str, Any]


@contextmanager
def in_slack(settings: Settings, http: bool = False) -> Iterator[Room]:
    """A Slack with the app of our manifest, and the studio behind it."""
    with (
        SlackServer(App.declared(yaml.safe_load(MANIFEST.read_text()))) as slack,
        Room(slack, settings, http=http) as made,
    ):
        yield made


def texts(slack: SlackServer, root: Json) -> list[str]:
    """What stands in the thread, the video as its title."""
    return [m["text"] or m["files"][0]["title"] for m in slack.thread(root) if m.get("bot_id")]


def counted(room: Room) -> int:
    """Rows of the inbox."""
    with room.floor.store.read() as connection:
        return len(inbox.of_source(connection, "slack"))


def to_script(room: Room, channel: str = "C1") -> tuple[Json, Json]:
    """The founder asks: (the mention, the script's card)."""
    asked = room.slack.user("U1").mentions(channel, BRIEF)
    return asked, room.slack.wait(lambda: room.slack.find_message("Script 1 is ready"))


def to_preview(room: Room) -> tuple[Json, Json]:
    """The founder asks and approves the script: (the mention, the preview's card)."""
    asked, script = to_script(room)
    room.slack.user("U1").clicks(script, "approve")
    return asked, room.slack.wait(lambda: room.slack.find_message("Preview 1 is ready"))


def whispered(room: Room, user: str, words: str) -> Json:
    """What only that person was shown."""
    found: Json = room.slack.wait(lambda: room.slack.find_ephemeral(user, words))
    return found
