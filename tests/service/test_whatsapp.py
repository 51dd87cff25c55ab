"""WhatsApp from a sentence to a delivered video: real webhook, store, agent and channel, both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from bot.whatsapp import words
from studio.domain import Status
from studio.settings import Settings
from studio.store import Store, inbox, personas, productions, reviews
from tests.fakes.studio import GRACE
from tests.fakes.whatsapp import WhatsAppServer, samples
from tests.fakes.whatsapp_room import Room
from tests.service.test_erasing import aiclone, everything

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
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
    assert "1511234567" not in decision["person"]


def test_a_voice_note_is_the_brief_and_another_one_a_change(room: Room) -> None:
    room.floor.spoil["whisper"] = {"text": BRIEF}
    room.ann.says(samples.voice_note())
    room.shown("I heard: “Script: We build small")
    room.floor.spoil["whisper"] = {"text": "line 2: They are very quick."}
    script = room.shown("script 1")
    room.ann.says(samples.voice_note("mono"), quoting=script)
    room.shown("I heard: “line 2")
    second = room.shown("script 2")
    assert "They are very quick." in words_of(second)


@pytest.mark.sqlite
def test_a_recording_that_came_damaged_is_fetched_again_and_given_up_kindly(room: Room) -> None:
    room.floor.spoil["whisper"] = {"text": BRIEF}
    room.wa.fault("media.download", "garbled")
    room.ann.says(samples.voice_note())
    room.shown("script 1")
    room.wa.fault("media.download", "garbled", times=2)
    room.ann.says(samples.voice_note())
    room.shown("I could not understand that voice clip: it came damaged from WhatsApp.")
    assert len([c for c in room.wa.calls("media.info") if c["carried_out"]]) == 4


@pytest.mark.sqlite
def test_revise_by_button_words_and_quote_and_stale_buttons(room: Room) -> None:
    wa, ann = room.wa, room.ann
    _, preview = to_preview(room)
    ann.presses(preview, "Revise")
    room.shown("What should change in preview 1")
    ann.writes("line 2 softer")
    room.shown("I will change: line 2")
    second = room.shown("Preview 2")
    ann.presses(preview, "Approve")
    pointer = room.shown("That was preview 1.")
    assert "Preview 2 is up for review now" in words_of(pointer)
    assert pointer["context"]["message_id"] == second["id"]
    ann.replies(preview, "yes")  # to the old one
    room.shown("Preview 2 is up for review now; have a look at it first.")
    ann.replies(second, "office background")
    third = room.shown("Preview 3")
    assert third["interactive"]["header"]["video"]["id"] != second["interactive"]["header"]["video"]["id"]
    wa.wait(lambda: third["id"] and room.floor.production()["status"] == Status.CUT_REVIEW)


@pytest.mark.sqlite
def test_reject_asks_why_and_the_next_words_are_the_reason(room: Room) -> None:
    _, preview = to_preview(room)
    room.ann.presses(preview, "Reject")
    room.shown("Reject preview 1?")
    room.ann.writes("Keep it!")
    kept = room.shown("nothing was decided")
    assert room.floor.production()["status"] == Status.CUT_REVIEW
    room.ann.presses(preview, "Reject")
    room.shown("Reject preview 1?", after=kept)
    room.ann.writes("wrong story")
    room.shown("Cancelled.")
    with room.store.read() as connection:
        [row] = [r for r in inbox.of_source(connection, "whatsapp") if r["body"].get("decision") == "reject"]
    assert row["body"]["text"] == "wrong story"


@pytest.mark.sqlite
def test_start_over_takes_the_next_words_as_the_brief(room: Room) -> None:
    _, script = to_script(room)
    room.ann.presses(script, "Start over")
    asked = room.shown("What should the new video be about")
    room.ann.writes("Script: We build ships. They float.")
    again = room.shown("script 1", after=asked)
    assert "They float." in words_of(again)
    with room.store.read() as connection:
        states = [row["status"] for row in productions.latest(connection)]
    assert states == ["script_review", "cancelled"]


@pytest.mark.sqlite
def test_reactions_decide_nothing_and_ask(room: Room) -> None:
    _, preview = to_preview(room)
    room.ann.reacts(preview, "👍🏽")
    sure = room.shown("Do you want to approve preview 1?")
    assert room.floor.production()["status"] == Status.CUT_REVIEW
    room.ann.reacts(preview, "")
    room.ann.reacts(preview, "❌")
    room.shown("Do you want to reject preview 1?")
    room.ann.presses(sure, "Approve and deliver")
    room.shown("Delivered:")


@pytest.mark.sqlite
def test_help_status_and_a_list_to_pick_from(room: Room) -> None:
    room.ann.writes("Status?")
    room.shown("There is no video yet")
    room.ann.writes("help")
    room.shown("Write or say what your video should be about")
    _, script = to_script(room)
    room.ann.writes("status")
    listed = room.shown("Your newest videos")
    [row] = listed["interactive"]["action"]["sections"][0]["rows"]
    assert row["title"].startswith("Script: We build") and "script waits for you" in row["description"]
    room.ann.picks(listed, row["title"])
    pointer = room.shown("This is script 1.")
    assert pointer["context"]["message_id"] == script["id"]


def test_two_deliveries_two_presses_any_order_are_one_of_each(room: Room) -> None:
    wa, ann = room.wa, room.ann
    wa.perform("switch", double=True)
    _, script = to_script(room)
    with wa.batching("entries", backwards=True):
        ann.presses(script, "Approve")
        ann.presses(script, "Approve")
    room.shown("Preview 1")
    wa.wait(lambda: len(said(room)) >= 5)
    assert [text for text in said(room) if text.startswith("*Preview")] == ["*Preview 1* · 20 s"]
    with room.store.read() as connection:
        rows = inbox.of_source(connection, "whatsapp")
    assert len(rows) == len({row["event_id"] for row in rows}) == 3


@pytest.mark.sqlite
def test_what_it_cannot_use_is_answered_kindly_and_once(room: Room) -> None:
    ann = room.ann
    ann.sends("image", samples.picture(), mime="image/jpeg")
    room.shown("I can use words and voice notes")
    ann.sends("document", b"x", filename="a.txt")
    ann.shares_location(52.5, 13.4)
    ann.sends_unsupported()
    ann.shares_contact("Bob", "+49 151 7654321")
    asked, _ = to_script(room)
    ann.edits(asked, "something else")
    room.shown("I go by what was first sent")
    ann.revokes(asked)
    room.shown("Deleting a message does not take it back")
    assert [t for t in said(room) if t.startswith("I can use")] == [words.UNUSABLE]


@pytest.mark.sqlite
def test_a_stranger_gets_one_line_and_costs_nothing(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    wa = room.wa
    bob = wa.person("Bob", phone="+49 160 9998877")
    caplog.set_level("DEBUG")
    for _ in range(3):
        bob.writes(BRIEF)
        bob.says(samples.voice_note())
    room.shown("private studio", to=bob)
    wa.wait(lambda: all(d["state"] == "acknowledged" for d in wa.perform("deliveries")))
    room.do(room.work())
    assert len([m for m in wa.messages(bob) if m["by"] == "business"]) == 1
    assert not wa.calls("media.info")
    with room.store.read() as connection:
        assert not productions.latest(connection)
        assert [row["kind"] for row in inbox.of_source(connection, "whatsapp")] == ["notice"]
    assert "9998877" not in caplog.text and "1234567" not in caplog.text


@pytest.mark.sqlite
def test_a_flood_of_one_sender_ends_at_the_limit(room: Room) -> None:
    for at in range(30):
        room.ann.writes(f"help {at}?")
    room.wa.wait(lambda: all(d["state"] == "acknowledged" for d in room.wa.perform("deliveries")), 10)
    room.shown("That is a lot at once")
    with room.store.read() as connection:
        assert len([r for r in inbox.of_source(connection, "whatsapp") if r["conversation"]]) == 21


@pytest.mark.sqlite
def test_somebody_without_a_visible_number_and_somebody_who_changes_it(room: Room) -> None:
    eve = room.wa.person("Eve", username="eve")
    room.allow(eve)
    eve.writes(BRIEF)
    room.shown("script 1", to=eve)
    room.ann.changes_number("+49 151 5555555")
    room.ann.writes("help")
    room.shown("Write or say what your video", to=room.ann)
    mallory = room.wa.person("Mallory", phone="+49 151 5555555")  # the same number, of somebody else
    mallory.writes("help")
    room.wa.wait(lambda: [m for m in room.wa.messages() if "private studio" in str(m)])


@pytest.mark.sqlite
def test_only_who_may_approve_does(room: Room) -> None:
    _, script = to_script(room)
    with room.store.write() as connection:
        [person] = personas.approvers_of(connection, GRACE.id)
        personas.disallow(connection, GRACE, person)
        other = personas.Persona(**{**asdict(GRACE), "id": "ada", "name": "Ada"})
        personas.add(
            connection, other, {"sha256": "c" * 64, "statement": "", "exemption": "", "expires_at": None}
        )
        personas.allow(connection, other, person)
    room.ann.presses(script, "Approve")
    room.shown("may approve videos of Grace")
    assert room.floor.production()["status"] == Status.SCRIPT_REVIEW


def test_somebody_is_erased_by_their_number_and_by_everything_made_of_it(room: Room) -> None:
    _, preview = to_preview(room)
    room.ann.presses(preview, "Approve")
    room.ann.presses(room.shown("Exactly this file is delivered"), "Approve and deliver")
    room.shown("Delivered:")
    room.wa.wait(lambda: room.floor.production()["status"] == Status.DELIVERED)
    phone = room.ann.now()["phone"]
    assert phone in everything(room.floor) and "wamid." in everything(room.floor)
    room.working = False
    done = aiclone(room.floor, "erase", f"+{phone}", "--yes")
    assert done.exit_code == 0, done.exception
    assert phone not in everything(room.floor)
    assert "wamid." not in everything(room.floor)
