"""A cut that waits for its date: parked, said, moved by plain words, stopped, delivered by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from studio import dates
from studio.domain import Status
from studio.settings import Settings
from studio.store import personas, productions, reviews, schema
from studio.store.inbox import Inbound, append
from tests.fakes.studio import Floor
from workers.desk import open_desk

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
HOUR = 3600.0
SCRIPT = "Script: We build compilers. They are fast. They are small."


@pytest.fixture
def floor(settings: Settings) -> Iterator[Floor]:
    made = Floor(settings.model_copy(update={"timezone": "Europe/Berlin"}))
    yield made
    made.desk.close()


def ask(floor: Floor, due: float | None, text: str = SCRIPT, **options: Any) -> None:
    """A form that was filled in."""
    body = {"text": text, "options": options, "due": due, "zone": "Europe/Berlin"}
    with floor.store.write() as connection:
        append(connection, Inbound("desk", "form", floor.conversation, "ann", "text", body))
    floor.look()


def approved(floor: Floor, due: float | None = None) -> dict[str, Any]:
    """A production whose cut is approved; the preview's body."""
    ask(floor, due if due is not None else time.time() + HOUR)
    floor.press(floor.last("script")["subject"])
    floor.look()
    preview = floor.last("preview")
    floor.press(preview["subject"])
    floor.look()
    return preview


def say(floor: Floor, text: str) -> str:
    """The founder writes; the answer."""
    floor.write(text)
    floor.look()
    return str(floor.last("say")["text"])


def sweep(floor: Floor) -> None:
    asyncio.run(floor.desk.sweep())


def delivered(floor: Floor) -> int:
    return len(floor.messages("delivered"))


def let_time_pass(floor: Floor) -> None:
    """The date is here."""
    row = floor.production()
    with floor.store.write() as connection:
        productions.set_due(connection, row["id"], time.time() - 1, row["zone"])


def test_an_approved_cut_waits_for_its_date_and_is_delivered_by_itself(floor: Floor) -> None:
    due = time.time() + HOUR
    preview = approved(floor, due)
    when = dates.said(due, "Europe/Berlin")
    assert floor.last("say")["text"] == f"Approved. It will be delivered on {when}."
    assert preview["delivery"] == f"Once approved, it is delivered on {when}."
    sweep(floor)
    assert (floor.production()["status"], delivered(floor)) == (Status.SCHEDULED, 0)
    let_time_pass(floor)
    sweep(floor)
    assert (floor.production()["status"], delivered(floor)) == (Status.DELIVERED, 1)
    assert floor.last("delivered")["sha256"] == preview["sha256"]
    sweep(floor)
    assert delivered(floor) == 1


def test_another_process_delivers_what_a_dead_one_parked(floor: Floor) -> None:
    approved(floor)
    let_time_pass(floor)
    other = open_desk(floor.settings)
    asyncio.run(other.sweep())
    other.close()
    assert delivered(floor) == 1


@pytest.mark.parametrize("words", ["deliver now", "Deliver it right away!"])
def test_plain_words_deliver_it_now(floor: Floor, words: str) -> None:
    approved(floor)
    floor.write(words)
    floor.look()
    assert (floor.production()["status"], delivered(floor)) == (Status.DELIVERED, 1)


def test_plain_words_move_it(floor: Floor) -> None:
    approved(floor)
    before = floor.production()["due"]
    assert say(floor, "deliver it tomorrow at 9:00").startswith("It will now be delivered on ")
    row = floor.production()
    assert row["due"] != before and "at 09:00 (Europe/Berlin)" in dates.said(row["due"], row["zone"])
    assert "It is delivered on " in say(floor, "When will it be delivered?")
    assert "When on that day" in say(floor, "deliver on 24 December")
    assert floor.production()["due"] == row["due"]
    assert "approved and on its way (“cancel” stops it before" in say(floor, "softer")
    assert floor.production()["status"] == Status.SCHEDULED


def test_cancel_stops_it_until_then(floor: Floor) -> None:
    approved(floor)
    assert say(floor, "cancel").startswith("Cancelled.")
    let_time_pass(floor)
    sweep(floor)
    assert (floor.production()["status"], delivered(floor)) == (Status.CANCELLED, 0)


def test_a_date_is_named_before_the_approval_and_with_it(floor: Floor) -> None:
    ask(floor, None)
    assert say(floor, "deliver tomorrow 9:00").endswith("(Europe/Berlin), once it is approved.")
    assert say(floor, "deliver now") == "It will be delivered as soon as it is approved."
    assert floor.production()["due"] is None
    floor.write("approve and deliver tomorrow 9:00")
    floor.look()
    assert floor.last("preview")["delivery"].endswith("at 09:00 (Europe/Berlin).")
    assert say(floor, "approve").startswith("Approved. It will be delivered on ")


def test_deliver_it_stays_a_yes_where_there_is_no_date(floor: Floor) -> None:
    floor.to_preview(SCRIPT)
    floor.write("deliver it now")
    floor.look()
    assert delivered(floor) == 1


def test_a_brief_names_its_date_and_an_open_one_is_asked(floor: Floor) -> None:
    ask(floor, None, "We build compilers. They are fast. For Tuesday 9:00.")
    due = floor.production()["due"]
    if due is None:  # it is Tuesday
        assert "Which Tuesday" in floor.last("say")["text"]
    else:
        assert "Tuesday" in floor.last("script")["delivery"]
    assert "Tuesday" not in str(floor.last("script")["lines"])
    floor.conversation = "desk:other"
    floor.write("We build compilers. They are fast. Deliver on 24 December.")
    floor.look()
    assert floor.production()["due"] is None
    assert "When on that day" in floor.last("say")["text"]
    assert floor.last("script")["delivery"] == ""


def test_only_who_may_approve_moves_an_approved_date(floor: Floor) -> None:
    approved(floor)
    row = floor.production()
    person, body = "slack:T1:U2", {"text": "deliver now"}
    with floor.store.write() as connection:
        assert not personas.may_approve(connection, row["persona_id"], person)
        append(connection, Inbound("slack", "x", floor.conversation, person, "text", body))
    floor.look()
    assert "may change the date now that it is approved" in floor.last("say")["text"]
    assert floor.production()["status"] == Status.SCHEDULED


def test_consent_is_asked_again_when_the_date_comes(floor: Floor) -> None:
    approved(floor)
    with floor.store.write() as connection:
        personas.remove(connection, personas.named(connection, "Grace"))
    let_time_pass(floor)
    sweep(floor)
    assert (floor.production()["status"], delivered(floor)) == (Status.CANCELLED, 0)


def test_the_decision_carries_the_file_and_the_reply_its_reading(floor: Floor) -> None:
    preview = approved(floor)
    say(floor, "deliver tomorrow 9:00")
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, preview["subject"])
        readings = connection.execute(schema.replies.select()).mappings().all()
    assert decision is not None and decision["sha256"] == preview["sha256"]
    assert readings[-1]["reading"]["edits"][0]["tool"] == "deliver_at"


def test_ten_thousand_parked_productions_cost_a_sweep_nothing(floor: Floor) -> None:
    approved(floor)
    row = {**floor.production(), "fence": 0, "wake": 0}
    parked = [
        {**row, "id": f"p{n}", "conversation": f"desk:{n}", "due": time.time() + HOUR} for n in range(10_000)
    ]
    with floor.store.write() as connection:
        connection.execute(insert(schema.productions), parked)
    begun = time.process_time()
    sweep(floor)
    took = time.process_time() - begun
    print(f"a sweep with 10,000 parked productions: {1000 * took:.0f} ms")
    assert took < 1.0
    with floor.store.read() as connection:
        assert productions.to_visit(connection) == []
