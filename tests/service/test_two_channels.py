"""One production, two channels: both show it, either answers, the first decision wins."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest

from studio.domain import ProductionId, Status
from studio.messages import DELIVERED, PREVIEW, SCRIPT
from studio.settings import Settings
from studio.store import following, inbox, people, productions, reviews
from studio.store.inbox import Inbound
from tests.fakes.phone import PERSON, link, phone_of
from tests.fakes.studio import Floor
from workers.desk import open_desk

pytestmark = pytest.mark.service
BRIEF = (
    "Script: We build small compilers for everybody who programs. "
    "They are fast and they never complain about anything."
)
SHIPS = (
    "Script: We build ships for everybody who travels far. They float and they carry things around the world."
)


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


@pytest.fixture
def phone(floor: Floor) -> Floor:
    made = phone_of(floor)
    link(floor, made)
    return made


def said(floor: Floor, words: str) -> list[str]:
    return [row["body"]["text"] for row in floor.messages("say") if words in row["body"]["text"]]


def test_started_here_approved_there_and_shown_in_both_once(floor: Floor, phone: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    phone.press(phone.last(SCRIPT)["subject"])
    phone.look()
    assert said(floor, "Script 1 was approved in WhatsApp by you.")
    phone.press(phone.last(PREVIEW)["subject"])
    phone.look()
    production = floor.production()
    assert (production["status"], production["conversation"]) == (Status.DELIVERED, "desk:test")
    assert len(said(floor, "Preview 1 was approved in WhatsApp by you.")) == 1
    assert said(phone, "was approved") == []
    for each in (floor, phone):
        assert [len(each.messages(kind)) for kind in (SCRIPT, PREVIEW, DELIVERED)] == [1, 1, 1]
        assert not [row["key"] for row in each.messages() if row["state"] != "done"]
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, phone.last(PREVIEW)["subject"])
    assert decision is not None
    assert decision["person"] == PERSON
    assert each.messages(PREVIEW)[0]["key"] == f"preview:{production['id']}:1@1"


@pytest.mark.parametrize("second", ["approve", "cancel"])
def test_the_first_decision_wins_and_the_loser_is_answered(floor: Floor, phone: Floor, second: str) -> None:
    preview = floor.to_preview(BRIEF)
    phone.press(preview["subject"])
    floor.press(preview["subject"], second)
    floor.look()
    assert floor.production()["status"] == Status.DELIVERED
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, preview["subject"])
    assert decision is not None
    assert (decision["decision"], decision["person"]) == ("approve", PERSON)
    told = "was approved in WhatsApp" if second == "approve" else "approved already and is on its way"
    assert said(floor, told)
    floor.press(preview["subject"], second)
    floor.look()
    assert said(floor, "That video is delivered already.")


def test_plain_words_answer_what_was_shown_there_last(floor: Floor, phone: Floor) -> None:
    floor.to_preview(BRIEF)
    phone.write("line 2 softer")
    phone.look()
    assert said(phone, "I will change: line 2")
    assert said(floor, "Preview 1 was changed in WhatsApp by you.")
    assert phone.last(PREVIEW)["version"] == floor.last(PREVIEW)["version"] == 2
    phone.write("approve")
    phone.look()
    assert floor.production()["status"] == Status.DELIVERED
    phone.write("Script: Something new altogether.")
    phone.look()
    assert floor.production()["conversation"] == phone.conversation


def test_words_go_to_a_production_of_their_own_unless_they_quote_another(floor: Floor, phone: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    shown = floor.last(SCRIPT)["subject"]
    phone.conversation = f"{phone.conversation}0"  # nothing was shown there, so a production opens
    phone.write(SHIPS)
    phone.look()
    own = ProductionId(floor.production()["id"])
    phone.conversation = phone.conversation[:-1]
    phone.write("line 1: Compilers are built here.")
    phone.send("text", {"text": "line 2: They are very fast.", "subject": shown})
    phone.look()
    with floor.store.read() as connection:
        other = productions.script_row(connection, ProductionId(shown.split(":")[1]))
        mine = productions.script_row(connection, own)
    assert other is not None
    assert mine is not None
    assert [line["text"] for line in other["body"]["lines"]] == [
        "Compilers are built here.",
        "They are very fast.",
    ]
    assert mine["version"] == 1


def test_a_quote_of_the_followed_goes_past_ones_own(floor: Floor, phone: Floor) -> None:
    phone.write(SHIPS)
    phone.look()
    own = ProductionId(floor.production()["id"])
    floor.conversation = (
        "desk:other"  # what is written where the phone's script is shown would be a reply to it
    )
    floor.write(BRIEF)
    floor.look()
    shown = phone.last(SCRIPT)["subject"]
    assert shown.split(":")[1] != own
    phone.send("text", {"text": "line 2: They are very fast.", "subject": shown})
    phone.write("line 2: They carry people.")
    phone.look()
    with floor.store.read() as connection:
        bodies = [
            productions.script_row(connection, ProductionId(each)) for each in (shown.split(":")[1], own)
        ]
    assert [row["body"]["lines"][1]["text"] for row in bodies if row] == [
        "They are very fast.",
        "They carry people.",
    ]


def test_who_links_in_the_middle_sees_what_is_under_review_and_nothing_older(floor: Floor) -> None:
    preview, late = floor.to_preview(BRIEF), phone_of(floor)
    link(floor, late)
    assert [row["kind"] for row in late.messages()] == ["say", PREVIEW]
    late.press(preview["subject"])
    late.look()
    assert floor.production()["status"] == Status.DELIVERED


def test_mute_stops_copies_and_unmute_brings_later_ones(floor: Floor, phone: Floor) -> None:
    phone.write("mute")
    phone.look()
    preview = floor.to_preview(BRIEF)
    assert phone.messages(PREVIEW) == phone.messages(SCRIPT) == []
    phone.write("unmute")
    phone.look()
    floor.press(preview["subject"])
    floor.look()
    assert [row["kind"] for row in phone.messages()][-3:] == [PREVIEW, "say", DELIVERED]
    assert said(phone, "Preview 1 was approved in the web desk by you.")


def test_others_see_nothing_and_cannot_press(floor: Floor, phone: Floor) -> None:
    stranger = phone_of(floor, "4917000000")
    stranger.write("hello")
    stranger.look()
    before = len(stranger.messages())
    preview = floor.to_preview(BRIEF)
    assert len(stranger.messages()) == before
    stranger.press(preview["subject"])
    stranger.look()
    assert said(stranger, "do not know what that button")
    with floor.store.read() as connection:
        assert reviews.decision_on(connection, preview["subject"]) is None


def test_a_public_channel_never_follows(floor: Floor) -> None:
    with floor.store.write() as connection:
        people.link(connection, "ann", "slack:T1:U1")
        for at, place in enumerate(("slack:T1:D1:1.1", "slack:T1:C1:2.2")):  # the latest is where others read
            inbox.append(connection, Inbound("slack", str(at), place, "slack:T1:U1", "text", {"text": "?"}))
        made = {"id": "p1", "conversation": "desk:test", "asked_by": "ann"}
        assert [row["conversation"] for row in following.following(connection, made)] == ["slack:T1:D1:1.1"]
        assert following.shows(connection, made, "slack:T1:D1:1.1")
        assert not following.shows(connection, made, "slack:T1:C1:2.2")


def test_decisions_of_both_at_once_are_one(floor: Floor, phone: Floor) -> None:
    """Two agents settle two presses at the same instant."""
    preview = floor.to_preview(BRIEF)
    other = Floor(floor.settings, furnished=open_desk(floor.settings))
    phone_of(other)
    floor.press(preview["subject"], "cancel")
    phone.press(preview["subject"])
    desks = (floor.desk, other.desk)
    threads = [threading.Thread(target=asyncio.run, args=(desk.look(),)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    floor.look()
    other.desk.close()
    status = floor.production()["status"]
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, preview["subject"])
    assert decision is not None
    assert status == {"cancel": Status.CANCELLED, "approve": Status.DELIVERED}[decision["decision"]]
    counts = Counter(row["key"] for each in (floor, phone) for row in each.messages())
    assert set(counts.values()) == {1}
