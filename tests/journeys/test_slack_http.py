"""The same founder over HTTP: signed requests to the real web process, everything twice, the agent killed, a date."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from studio.domain import Status
from studio.store import productions, reviews
from tests.fakes.slack import SlackServer
from tests.fakes.slack.http_mode import signed
from tests.fakes.slack_room import FOUNDER, settings_for
from tests.journeys.house import House, installed, kill, until
from tests.journeys.test_slack import SCRIPT, Json, conversation, said, shown

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def house(furnished: Path, slack: SlackServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("slack_http")
    with installed(furnished, folder, [FOUNDER], recipe="quick", **settings_for(slack, http=True)) as made:
        assert slack.perform("deliver_to", address=address(made))
        yield made
        slack.perform("deliver_to", address="")


def address(house: House) -> str:
    return f"http://127.0.0.1:{house.settings.web_port}/slack/events"


def approve_twice(slack: SlackServer, card: Json) -> None:
    slack.user("U1").clicks(card, "approve")
    slack.user("U1").clicks(card, "approve", stale=True)


def test_a_form_with_a_date_over_http_with_a_kill_in_between(house: House, slack: SlackServer) -> None:
    alice = slack.user("U1")
    slack.perform("switch", double=True)
    forged = signed("another secret", b"{}", int(time.time()))
    assert httpx.post(address(house), content=b"{}", headers=forged).status_code == 401
    alice.runs("/clone", "C1")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"), 10)
    given = {"brief": SCRIPT, "profile": "draft", "destination": "thread"}
    done = alice.submits(form, {**given, "date": int(time.time()) - 3600})
    assert "has passed" in str(slack.wait(lambda: slack.find_answer(done), 10)["answer"])
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"), 10)
    alice.submits(form, {**given, "date": int(time.time()) + 3600})
    root = shown(slack, "asks for a video")

    approve_twice(slack, shown(slack, "Script 1 is ready"))
    preview = shown(slack, "Preview 1 is ready")
    approve_twice(slack, preview)
    shown(slack, "Approved. It will be delivered on")
    kill(house.pid("agent"))  # while it is parked
    alice.reacts(preview, "x")  # a decided preview asks nothing any more
    alice.says("C1", "deliver it right now", thread=root)
    shown(slack, "Delivered:")
    until(lambda: house.production(conversation(house))["status"] == Status.DELIVERED)

    starts = ["Script 1 is", (":white_check_mark: Rendered", "Rendering"), "Preview 1", "Preview 1 is ready"]
    wanted = [*starts, "Approved. It will be delivered on", "20", "Delivered: in the thread"]
    texts = said(slack, root)
    assert len(texts) == len(wanted), "\n".join(texts)
    assert all(text.startswith(start) for text, start in zip(texts, wanted, strict=True)), "\n".join(texts)
    _exactly_the_approved_file(house, slack)


def _exactly_the_approved_file(house: House, slack: SlackServer) -> None:
    identity = house.production(conversation(house))["id"]
    with house.store.read() as connection:
        assert len(productions.latest(connection)) == 1
        decision = reviews.decision_on(connection, f"cut:{identity}:1")
        cut = productions.cut_row(connection, identity)
    assert decision is not None and cut is not None
    assert (decision["person"], decision["sha256"]) == (FOUNDER, cut["artifact"])
    preview, final = (m for m in slack.messages("C1") if m.get("files") and m.get("bot_id"))
    sizes = {slack.perform("file", id=m["files"][0]["id"])["size"] for m in (preview, final)}
    assert len(sizes) == 1 and final["files"][0]["name"].endswith(f"{identity[:6]}-v1.mp4")
    assert not list(house.settings.deliveries.glob("*"))
