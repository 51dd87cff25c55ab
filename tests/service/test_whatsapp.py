"""WhatsApp from a sentence to a delivered video: real webhook, store, agent and channel, both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.domain import Status
from studio.settings import Settings
from studio.store import Store, productions, reviews
from tests.fakes.whatsapp import WhatsAppServer
from tests.fakes.whatsapp_room import Room

pytestmark = [pytest.mark.service, pytest.mark.timeout(60)]
BRIEF = (
    "Script: We build small compilers for everybody who programs. They are fast and they never complain. "
    "They are small enough to be read in an evening."
)
Json = dict[str, Any]


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    with WhatsAppServer() as server:
        yield server


@pytest.fixture
def room(wa: WhatsAppServer, settings: Settings, store: Store) -> Iterator[Room]:
    with Room(wa, settings) as made:
        yield made


def words_of(message: Json) -> str:
    """What a person reads first."""
    kind = message["type"]
    if kind == "interactive":
        return str(message["interactive"]["body"]["text"])
    if kind == "reaction":
        return str(message["reaction"]["emoji"])
    return str(message[kind].get("body") or message[kind].get("caption") or message[kind].get("name"))


def said(room: Room) -> list[str]:
    """All the studio said, in order, first lines only."""
    return [words_of(m).splitlines()[0] for m in room.wa.messages(room.ann) if m["by"] == "business"]


def to_script(room: Room) -> tuple[Json, Json]:
    asked = room.ann.writes(BRIEF)
    return asked, room.shown("script 1")


def to_preview(room: Room) -> tuple[Json, Json]:
    asked, script = to_script(room)
    room.ann.presses(script, "Approve")
    return asked, room.shown("Preview 1")


def test_everything_once_and_in_order(room: Room) -> None:
    wa, ann = room.wa, room.ann
    _, preview = to_preview(room)
    assert preview["interactive"]["header"]["type"] == "video"
    assert wa.content(preview)[4:8] == b"ftyp"
    ann.presses(preview, "Approve")
    sure = room.shown("Exactly this file is delivered")
    assert sure["context"]["message_id"] == preview["id"]
    ann.presses(sure, "Approve and deliver")
    delivered = room.shown("Delivered:")
    assert delivered["type"] == "document"
    wa.wait(lambda: room.floor.production()["status"] == Status.DELIVERED)
    starts = ("On it.", "*", "⏳", "*Preview 1*", "✅", "Approve preview 1?", "✅ Delivered:")
    found = said(room)
    assert len(found) == len(starts), found
    assert all(text.startswith(start) for text, start in zip(found, starts, strict=True)), found
    production = room.floor.production()
    with room.store.read() as connection:
        decision = reviews.decision_on(connection, f"cut:{production['id']}:1")
        cut = productions.cut_row(connection, production["id"])
    assert decision is not None and cut is not None
    assert decision["sha256"] == cut["artifact"]
    assert decision["person"] == production["asked_by"]
    assert "151" not in decision["person"]
