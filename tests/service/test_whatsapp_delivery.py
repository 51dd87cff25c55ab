"""What goes wrong on the way to a phone: closed windows, failed statuses, lost answers, expired files, kills."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import update

from studio.failpoints import watch
from studio.settings import Settings
from studio.store import Store, inbox, outbox, productions, whatsapp
from studio.store.schema import whatsapp_media, whatsapp_messages
from tests.fakes.whatsapp import WhatsAppServer
from tests.fakes.whatsapp_room import Room
from tests.service.test_whatsapp import BRIEF, said, to_preview, to_script

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
Json = dict[str, Any]
DAY_S = 25 * 3600.0


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    with WhatsAppServer() as server:
        server.template("aiclone_waiting", "Your video waits for you.", replies=("Show me",))
        yield server


@pytest.fixture
def room(wa: WhatsAppServer, settings: Settings, store: Store) -> Iterator[Room]:
    with Room(wa, settings) as made:
        made.floor.desk.outgoing.pause_s = 0.2
        yield made


def rows(room: Room, kind: str) -> list[Any]:
    room.floor.conversation = room.floor.production()["conversation"]
    return room.floor.messages(kind)


@contextmanager
def resting(room: Room) -> Iterator[None]:
    """The agent is not there."""
    room.working = False
    room.do(room.work())  # whatever is under way ends first
    yield
    room.working = True


def templates(room: Room) -> list[Json]:
    return [c for c in room.wa.calls("messages") if c["carried_out"] and c["body"].get("type") == "template"]


def test_a_day_later_a_template_asks_back_once_and_what_waited_follows_in_order(room: Room) -> None:
    _, script = to_script(room)
    with resting(room):
        room.ann.presses(script, "Approve")
        room.wa.wait(lambda: whatsapp_rows(room, "decision"))
        room.forget_hearing(DAY_S)
        room.wa.passes(hours=25)
    asked = room.shown("aiclone_waiting")
    room.wa.wait(lambda: rows(room, "preview"))
    time.sleep(0.5)
    room.do(room.work())
    assert len(templates(room)) == 1
    assert not room.wa.find_message("Preview 1")
    room.ann.presses(asked, "Show me")
    room.shown("Preview 1")
    time.sleep(0.3)
    found = said(room)
    assert [t for t in found if t.startswith(("*Preview", "aiclone"))] == [
        "aiclone_waiting",
        "*Preview 1* · 20 s",
    ]


def whatsapp_rows(room: Room, kind: str) -> list[Any]:
    with room.store.read() as connection:
        return [row for row in inbox.of_source(connection, "whatsapp") if row["kind"] == kind]


@pytest.mark.parametrize("at_once", [False, True])
def test_a_window_that_only_whatsapp_knew_was_closed(room: Room, at_once: bool) -> None:
    room.wa.perform("switch", at_once=at_once)
    _, script = to_script(room)
    with resting(room):
        room.ann.presses(script, "Approve")
        room.wa.wait(lambda: whatsapp_rows(room, "decision"))
        room.wa.passes(hours=25)
    room.shown("aiclone_waiting")
    room.wa.wait(lambda: rows(room, "preview"))
    room.wa.wait(lambda: rows(room, "preview")[0]["state"] == "new")
    assert len(templates(room)) == 1
    room.ann.writes("ok")
    room.shown("Preview 1")
    time.sleep(0.3)
    assert [t for t in said(room) if t.startswith("*Preview")][-1:] == ["*Preview 1* · 20 s"]
    shown = [m for m in room.wa.messages(room.ann) if "Preview 1" in str(m) and m["status"] != "failed"]
    assert len([m for m in shown if m["by"] == "business"]) == 1
    room.wa.pardon(131047)


@pytest.mark.sqlite
def test_patience_when_whatsapp_asks_for_it(room: Room) -> None:
    for code in (130429, 131000, 131056):
        room.wa.fault("messages", str(code))
    room.ann.writes(BRIEF)
    for tried in (1, 2, 3):
        room.wa.wait(lambda tried=tried: patient(room, tried))
        with room.store.write() as connection:
            outbox.release(connection, room.floor.conversation)  # time flies
    room.shown("script 1")
    assert len([t for t in said(room) if t.startswith("On it")]) == 1


def patient(room: Room, tried: int) -> bool:
    """The first message was tried so often and waits now."""
    with room.store.read() as connection:
        begun = productions.latest(connection)
    found = rows(room, "opened") if begun else []
    return any(row["attempts"] == tried and row["not_before"] > time.time() + 2.0 for row in found)


@pytest.mark.sqlite
def test_a_message_that_fails_later_is_sent_again(room: Room) -> None:
    to_script(room)
    room.ann.fails_next(131000)
    room.ann.writes("line 2: They are quick.")
    room.shown("script 2", within_s=20)
    texts = [m for m in room.wa.messages(room.ann) if "script 2" in str(m) and m["by"] == "business"]
    assert [m["status"] == "failed" for m in texts] == [True, False]


@pytest.mark.sqlite
@pytest.mark.logs_errors
def test_what_cannot_be_brought_is_said(room: Room) -> None:
    to_script(room)
    room.ann.fails_next(131026)
    room.ann.writes("line 2: They are quick.")
    room.shown(
        "I could not show you script 2 here: WhatsApp cannot bring messages to that number (code 131026)."
    )


@pytest.mark.sqlite
@pytest.mark.parametrize("then", ["cut", "500", "html"])
def test_an_answer_that_is_lost_is_found_in_the_statuses(room: Room, then: str) -> None:
    room.wa.fault("messages", then, do=True)
    room.ann.writes(BRIEF)
    room.shown("script 1", within_s=20)
    time.sleep(0.3)
    assert len([t for t in said(room) if t.startswith(("On it", "*"))]) == 2


@pytest.mark.sqlite
@pytest.mark.logs_errors
def test_what_nobody_knows_is_said_and_sent_again_on_request(room: Room) -> None:
    room.floor.desk.outgoing.pause_s = 0.05
    script_of(room)
    room.wa.fault("messages", "cut")
    room.ann.writes("line 2: They are quick.")
    doubt = room.shown("It is not certain that script 2 reached you", within_s=20)
    assert not room.wa.find_message("· script 2")
    with room.store.write() as connection:  # it takes a while until somebody presses
        connection.execute(update(whatsapp_messages).values(at=whatsapp_messages.c.at - 60))
    room.ann.presses(doubt, "Send it again")
    room.shown("· script 2")


def script_of(room: Room) -> Json:
    return to_script(room)[1]


@pytest.mark.sqlite
@pytest.mark.logs_errors
def test_a_status_that_comes_very_late_ends_the_doubt(room: Room) -> None:
    room.floor.desk.outgoing.pause_s = 0.01
    script_of(room)
    room.wa.perform("switch", status_seconds=3.0)
    room.wa.fault("messages", "cut", do=True)
    room.ann.writes("line 2: They are quick.")
    room.wa.wait(lambda: any(row["state"] == "unknown" for row in rows(room, "script")), 10)
    room.wa.wait(lambda: all(row["state"] == "done" for row in rows(room, "script")), 20)
    assert (
        len([m for m in room.wa.messages(room.ann) if "· script 2" in str(m) and m["by"] == "business"]) == 1
    )


@pytest.mark.sqlite
def test_a_file_goes_up_once_and_again_when_its_id_has_expired(room: Room) -> None:
    _, preview = to_preview(room)
    with room.store.write() as connection:
        outbox.reopen(connection, "none")
        key = rows(room, "preview")[0]["key"]
        assert outbox.bounce(connection, key, 0.0)  # as if it had to be shown once more
        connection.execute(whatsapp_messages.delete().where(whatsapp_messages.c.key == key))
    again = room.shown("Preview 1", after=preview)
    assert len(room.wa.calls("media.upload")) == 1
    room.wa.passes(hours=31 * 24)
    room.ann.writes("status")
    room.shown("Your newest videos")
    with room.store.write() as connection:
        assert outbox.bounce(connection, key, 0.0)
        connection.execute(whatsapp_messages.delete().where(whatsapp_messages.c.key == key))
    room.shown("Preview 1", after=again)
    assert len(room.wa.calls("media.upload")) == 2
    room.wa.pardon(100)
    room.wa.pardon(131009)  # ✅ on a message that is only for WhatsApp's clock so old
    with room.store.write() as connection:
        connection.execute(update(whatsapp_media).values(at=0.0))
        assert not whatsapp.upload(connection, "x", 1.0)


@pytest.mark.sqlite
def test_a_master_that_whatsapp_does_not_carry_is_told_in_words(room: Room) -> None:
    room.floor.bytes_ = {"assemble": 17_000_000}  # type: ignore[misc]
    room.wa.perform("switch", uploads_by_kind=True)
    _, preview = to_preview(room)
    room.ann.presses(preview, "Approve")
    room.ann.presses(room.shown("Exactly this file"), "Approve and deliver")
    assert room.shown("Delivered:")["type"] == "text"
    room.wa.pardon(131053)


@pytest.mark.sqlite
@pytest.mark.logs_errors
def test_a_video_that_cannot_be_made_for_a_phone_is_said(room: Room) -> None:
    room.floor.spoil["phone"] = ("TakeRefused", "The cut does not fit into 16 MB.")
    script = to_script(room)[1]
    room.ann.presses(script, "Approve")
    room.shown("I could not show you preview 1 here: The cut does not fit into 16 MB.")


PLACES = ("before whatsapp", "after whatsapp")


@pytest.mark.sqlite
@pytest.mark.logs_errors
@pytest.mark.parametrize("place", PLACES)
def test_a_sender_that_dies_on_the_way_doubles_nothing(room: Room, place: str) -> None:
    room.floor.desk.outgoing.pause_s = 0.05
    deaths = threading.Semaphore(1)

    def die(name: str) -> None:
        if name == place and deaths.acquire(blocking=False):
            raise RuntimeError("died")

    watch(die)
    try:
        room.ann.writes(BRIEF)
        room.shown("script 1", within_s=20)
    finally:
        watch(None)
    time.sleep(0.3)
    assert len([t for t in said(room) if t.startswith("On it")]) == int(place == PLACES[1])
    if place == PLACES[0]:
        room.shown("It is not certain that")


def test_statuses_only_go_forward_in_whatever_order_and_however_often_they_come(store: Store) -> None:
    for number, order in enumerate(permutations(("accepted", "sent", "delivered", "read"))):
        with store.write() as connection:
            whatsapp.begin(connection, f"k{number}", 0, 0, f"k{number}#0.0")
            for state in (*order, *order):
                whatsapp.note(connection, f"k{number}#0.0", f"w{number}", state)
            found = whatsapp.parts(connection, f"k{number}")[0]
            assert (found["state"], found["wamid"]) == ("read", f"w{number}")
            assert whatsapp.note(connection, "", f"w{number}", "failed", 131026)  # known by its id alone
            assert whatsapp.note(connection, "", f"w{number}", "played") is None  # that was the end
