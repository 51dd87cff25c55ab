"""Starting over: the new production opens at once, the old one ends in its own hold and never goes on."""

from __future__ import annotations

import asyncio
import threading

import pytest

from agent.advance import advance
from agent.facts import Stage
from agent.inbound import record
from agent.nodes import rendering, settling
from agent.visit import Visit
from studio.domain import ProductionId, Status
from studio.settings import Settings
from studio.store import inbox, productions, reviews
from tests.fakes.phone import link, phone_of
from tests.fakes.studio import Floor

pytestmark = pytest.mark.service
BRIEF = "Script: We build compilers. They are fast."
AGAIN = "Script: We build ships. They float."


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def recorded(floor: Floor) -> None:
    """Everything that came in becomes facts; nobody visits."""
    with floor.store.write() as connection:
        for row in inbox.pending(connection):
            record(connection, row)


def statuses(floor: Floor) -> list[str]:
    with floor.store.read() as connection:
        return [row["status"] for row in reversed(productions.latest(connection))]


def said(floor: Floor) -> list[str]:
    return [row["body"]["text"] for row in floor.messages("say")]


def test_a_visit_under_way_sets_nothing_going_again(floor: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    old, subject = ProductionId(floor.production()["id"]), floor.last("script")["subject"]
    floor.press(subject)
    recorded(floor)
    working, go_on, stages = threading.Event(), threading.Event(), list[Stage]()

    def visit_it() -> None:
        with floor.store.hold(old) as hold:
            desk = floor.desk
            visit = Visit(hold, floor.store, desk.brain, desk.catalogue, desk.settings, desk.media.read_json)
            settling.settle(visit)
            visit.know(None)
            stages.append(visit.stage())
            working.set()
            assert go_on.wait(30)
            rendering.order(visit)
            visit.know(None)
            stages.extend((visit.stage(), advance(desk.graph, visit)))

    thread = threading.Thread(target=visit_it)
    thread.start()
    assert working.wait(30)
    floor.send("text", {"text": AGAIN, "options": {}, "instead_of": subject})
    recorded(floor)
    assert statuses(floor) == [Status.RENDERING, Status.DRAFTING]  # both are open for a moment
    floor.write("60 seconds, please")
    recorded(floor)
    go_on.set()
    thread.join()
    assert stages == [Stage.ORDER, Stage.SETTLE, Stage.DONE]
    asyncio.run(floor.desk.sweep())
    floor.render()
    asyncio.run(floor.desk.sweep())
    assert statuses(floor) == [Status.CANCELLED, Status.SCRIPT_REVIEW]
    assert not [text for text in said(floor) if "Cancelled" in text]
    assert not floor.messages("preview")
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, subject)
        active = productions.active_in(connection, floor.conversation)
    assert decision is not None
    assert decision["decision"] == "approve"
    assert active is not None
    assert active["id"] != old


def test_the_old_one_ends_without_a_word_and_words_go_to_the_new_one(floor: Floor) -> None:
    floor.to_preview(BRIEF)
    before = said(floor)
    subject = floor.last("preview")["subject"]
    floor.send("text", {"text": AGAIN, "options": {}, "instead_of": subject})
    floor.look()
    assert statuses(floor) == [Status.CANCELLED, Status.SCRIPT_REVIEW]
    assert said(floor) == before
    with floor.store.read() as connection:
        decision = reviews.decision_on(connection, subject)
    assert decision is not None
    assert decision["decision"] == "cancel"
    floor.write("approve")
    floor.look()
    assert statuses(floor) == [Status.CANCELLED, Status.CUT_REVIEW]


def test_until_the_old_one_has_settled_words_are_for_the_new_one_or_a_brief(floor: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    old = ProductionId(floor.production()["id"])
    floor.send("text", {"text": AGAIN, "instead_of": floor.last("script")["subject"]})
    recorded(floor)
    new = ProductionId(floor.production()["id"])
    with floor.store.write() as connection:
        productions.set_status(connection, new, Status.CANCELLED)
        assert productions.active_in(connection, floor.conversation) is None
    floor.write("Script: A third thing.")
    recorded(floor)
    assert floor.production()["id"] not in (old, new)


def test_who_may_not_start_over_opens_nothing(floor: Floor) -> None:
    floor.write(BRIEF)
    floor.look()
    floor.person = "slack:T1:U2"
    floor.send("text", {"text": AGAIN, "instead_of": floor.last("script")["subject"]})
    floor.look()
    assert statuses(floor) == [Status.SCRIPT_REVIEW]
    assert "can start it over" in said(floor)[-1]


def test_what_was_approved_before_is_delivered_and_the_new_one_goes_its_way(floor: Floor) -> None:
    subject = floor.to_preview(BRIEF)["subject"]
    floor.press(subject)
    floor.send("text", {"text": AGAIN, "instead_of": subject})
    floor.look()
    assert statuses(floor) == [Status.DELIVERED, Status.SCRIPT_REVIEW]


def test_from_the_other_channel_it_opens_there_and_the_first_one_hears_of_it(floor: Floor) -> None:
    phone = phone_of(floor)
    link(floor, phone)
    floor.to_preview(BRIEF)
    phone.send("text", {"text": AGAIN, "instead_of": phone.last("preview")["subject"]})
    phone.look()
    assert statuses(floor) == [Status.CANCELLED, Status.SCRIPT_REVIEW]
    assert floor.production()["conversation"] == phone.conversation
    assert "Preview 1 was started over in WhatsApp by you." in said(floor)
