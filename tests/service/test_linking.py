"""Addresses become one person by a one-time code, by nothing else; and stop being it when they say so."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from agent.inbound import record
from studio.domain import ProductionId, Status
from studio.settings import Settings
from studio.store import inbox, people, personas, productions, reviews, schema
from tests.fakes.phone import NUMBER, PERSON, code_for, link, phone_of
from tests.fakes.studio import GRACE, Floor

pytestmark = pytest.mark.service
BRIEF = "Script: We build compilers. They are fast."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


@pytest.fixture
def phone(floor: Floor) -> Floor:
    return phone_of(floor)


def linked(floor: Floor, *addresses: str) -> bool:
    with floor.store.read() as connection:
        return set(people.addresses_of(connection, addresses[0])) == set(addresses)


def said(floor: Floor) -> list[str]:
    return [row["body"]["text"] for row in floor.messages("say")]


def test_a_code_links_once_and_both_sides_are_told_once(floor: Floor, phone: Floor) -> None:
    code = code_for(floor)
    phone.write(f"link {code}")
    phone.look()
    assert linked(floor, "ann", PERSON)
    assert [text for text in said(floor) if "Linked with WhatsApp" in text] == [said(floor)[-1]]
    assert "Linked with the web desk" in said(phone)[-1]
    assert len(said(phone)) == 1
    stranger = phone_of(floor, "4917000000")
    stranger.write(f"link {code}")
    stranger.look()
    assert "not right" in said(stranger)[-1]
    assert linked(floor, "ann", PERSON)
    with floor.store.read() as connection:
        assert productions.latest(connection) == []  # none of it was taken for a brief


def test_no_code_is_stored_and_answers_are_for_the_writer_alone(floor: Floor) -> None:
    code = code_for(floor).replace("-", "")
    with floor.store.read() as connection:
        [row] = connection.execute(select(schema.link_codes)).mappings()
    assert code not in str(row)
    assert floor.last("say")["only"] == "ann"


def test_a_code_is_worth_nothing_when_it_is_old_replaced_or_ones_own(floor: Floor, phone: Floor) -> None:
    first, second = code_for(floor), code_for(floor)
    floor.write(f"link {second}")
    floor.look()
    assert "other channel" in said(floor)[-1]
    phone.write(f"link {first}")
    phone.look()
    with floor.store.write() as connection:
        connection.execute(update(schema.link_codes).values(expires_at=schema.link_codes.c.expires_at - 601))
    phone.write(f"link {second}")
    phone.look()
    assert all("not right" in text for text in said(phone))
    assert linked(floor, PERSON)


def test_after_five_wrong_codes_the_right_one_is_refused_for_an_hour(floor: Floor, phone: Floor) -> None:
    code = code_for(floor)
    for number in range(5):
        phone.write(f"link AAAA-AAA{number + 2}")
        phone.look()
    phone.write(f"link {code}")
    phone.look()
    assert "wait an hour" in said(phone)[-1]
    assert linked(floor, PERSON)
    other = phone_of(floor, "4917000000")
    other.write(f"link {code}")  # whoever guessed costs nobody else anything
    other.look()
    assert linked(floor, "ann", "whatsapp:4917000000")
    with floor.store.write() as connection:
        connection.execute(update(schema.link_tries).values(at=schema.link_tries.c.at - 3601))
    link(floor, phone)
    assert linked(floor, "ann", PERSON, "whatsapp:4917000000")


def test_of_two_uses_at_once_one_wins(floor: Floor, phone: Floor) -> None:
    code, other = code_for(floor), phone_of(floor, "4917000000")
    for each in (phone, other):
        each.write(f"link {code}")
    with floor.store.read() as connection:
        rows = inbox.pending(connection)
    gate = threading.Barrier(2)

    def use(row: Any) -> None:
        gate.wait()
        with floor.store.write() as connection:
            record(connection, row)

    threads = [threading.Thread(target=use, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert linked(floor, "ann", PERSON) != linked(floor, "ann", "whatsapp:4917000000")


def test_rights_follow_the_link_and_never_a_name(floor: Floor, phone: Floor) -> None:
    with floor.store.write() as connection:
        personas.allow(connection, GRACE, "slack:T1:U1")
    with floor.store.read() as connection:
        assert not personas.may_approve(connection, "grace", PERSON)
        assert not personas.may_approve(connection, "grace", "whatsapp:U1")
    link(floor, phone)
    with floor.store.write() as connection:
        assert personas.may_approve(connection, "grace", PERSON)  # whoever sits at the machine linked it
        assert not personas.may_approve(connection, "grace", "whatsapp:other")
        people.unlink(connection, "ann")
        assert not personas.may_approve(connection, "grace", PERSON)
        people.link(connection, PERSON, "slack:T1:U1")
        assert personas.may_approve(connection, "grace", PERSON)


def test_unlinking_ends_it_for_both(floor: Floor, phone: Floor) -> None:
    link(floor, phone)
    preview = floor.to_preview(BRIEF)
    assert phone.last("preview") == preview
    phone.write("unlink")
    phone.look()
    assert linked(floor, "ann")
    phone.press(preview["subject"])
    phone.look()
    assert "do not know what that button" in said(phone)[-1]
    assert floor.production()["status"] == Status.CUT_REVIEW


@pytest.mark.parametrize(
    "text",
    ["link building for beginners", "link strategy", "Unlink the chain, warm", "mute the music in line 2"],
)
def test_words_that_begin_alike_are_briefs(floor: Floor, text: str) -> None:
    floor.write(text)
    floor.look()
    assert floor.production()["brief"] == text


@pytest.mark.parametrize(
    "text", ["Link!", "please link my phone", "link my phone with slack", "LINK ABCD-2345"]
)
def test_asides_are_no_revision_of_what_is_at_hand(floor: Floor, text: str) -> None:
    preview = floor.to_preview(BRIEF)
    floor.write(text)
    floor.look()
    with floor.store.read() as connection:
        assert reviews.unsettled(connection, ProductionId(floor.production()["id"])) is None
        assert reviews.decision_on(connection, preview["subject"]) is None
        script = productions.script_row(connection, ProductionId(floor.production()["id"]))
    assert script is not None
    assert script["version"] == 1
    assert "ode" in said(floor)[-1]


def test_how_to_be_forgotten_is_answered(floor: Floor, phone: Floor) -> None:
    phone.write("forget me")
    phone.look()
    assert f"aiclone person erase whatsapp:{NUMBER}" in said(phone)[-1]
