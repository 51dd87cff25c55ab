"""A founder asks in Slack and approves on the web desk, with the real stack behind both; each hears it once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.domain import Status
from studio.messages import DELIVERED, PREVIEW, SCRIPT
from studio.store import productions, reviews
from tests.fakes.slack import SlackServer
from tests.fakes.slack_room import settings_for
from tests.journeys.house import House, installed, until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
BRIEF = "Script: We build small and fast compilers for everybody."


@pytest.fixture(scope="module")
def house(furnished: Path, slack: SlackServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("two")
    with installed(furnished, folder, recipe="quick", **settings_for(slack)) as made:
        slack.wait(lambda: slack.perform("connections")["now"], 20)
        yield made


def said(house: House, talk: str, words: str) -> list[str]:
    return [body["text"] for body in house.messages(talk, "say") if words in body["text"]]


def in_slack(slack: SlackServer, words: str) -> list[dict[str, Any]]:
    return [message for message in slack.messages() if words in message["text"]]


def test_asked_in_slack_and_approved_on_the_desk(house: House, slack: SlackServer) -> None:
    alice = slack.user("U1")
    desk = house.brief("link")
    [told] = until(lambda: said(house, desk, "Your code is"))
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", told)
    assert code
    alice.direct_message(f"link {code[0].lower()}")
    slack.wait(lambda: slack.find_ephemeral("U1", "Linked with the web desk"), 20)
    assert len(until(lambda: said(house, desk, "Linked with Slack"))) == 1

    alice.runs("/clone", "C1")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"), 10)
    alice.submits(form, {"brief": BRIEF, "profile": "draft"})
    house.decide(desk, house.shown(desk, SCRIPT)["subject"])
    slack.wait(lambda: slack.find_message("Script 1 was approved in the web desk"), 20)
    slack.wait(lambda: slack.find_message("Approved in the web desk by <@U1>"), 20)  # its buttons are gone

    preview = house.shown(desk, PREVIEW)
    card = slack.wait(lambda: slack.find_message("Preview 1 is ready"), 60)
    house.decide(desk, preview["subject"])
    slack.wait(lambda: slack.find_message("Preview 1 was approved in the web desk"), 20)
    alice.clicks(card, "approve", stale=True)
    slack.wait(lambda: slack.find_ephemeral("U1", "You approved this"), 20)
    slack.wait(lambda: slack.find_message("Delivered:"), 30)
    until(lambda: house.messages(desk, DELIVERED))

    with house.store.read() as connection:
        [row] = productions.latest(connection)
        decision = reviews.decision_on(connection, preview["subject"])
    assert row["conversation"].startswith("slack:T1:C1:")
    assert (row["asked_by"], row["status"]) == ("slack:T1:U1", Status.DELIVERED)
    assert decision is not None
    assert (decision["person"], decision["sha256"]) == ("owner", preview["sha256"])
    house.delivered(row["conversation"])
    for kind in (SCRIPT, PREVIEW, DELIVERED):
        assert len(house.messages(desk, kind)) == 1
    for words in ("Script 1 is", "Preview 1 is", "Script 1 was", "Preview 1 was", "Delivered:"):
        assert len(in_slack(slack, words)) == 1, words
    assert not said(house, desk, "was approved")
