"""A founder asks in Slack and approves from the back of a car: one person, one production, the first word counts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.domain import Status
from studio.store import outbox, productions, reviews
from tests.fakes.slack import SlackServer
from tests.fakes.slack_room import FOUNDER, settings_for
from tests.fakes.whatsapp import Person, WhatsAppServer
from tests.fakes.whatsapp_room import settings_for as phone_settings
from tests.journeys import test_whatsapp as phone
from tests.journeys.house import House, installed, until
from tests.journeys.test_slack import Json, shown

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
BRIEFS = (
    "Script: We build small and fast compilers for everybody.",
    "Script: We build ships that float on every sea.",
)


@pytest.fixture(scope="module")
def house(
    furnished: Path, slack: SlackServer, wa: WhatsAppServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    told = {"recipe": "quick", **settings_for(slack), **phone_settings(wa)}
    with installed(furnished, tmp_path_factory.mktemp("both"), [FOUNDER], **told) as made:
        slack.wait(lambda: slack.perform("connections")["now"], 20)
        phone.answers_to(wa, made)
        yield made


@pytest.fixture(scope="module")
def ann(house: House, slack: SlackServer, wa: WhatsAppServer) -> Person:
    """Alice's phone, linked by the one-time code and nothing else; before it the phone is a stranger's."""
    ann = wa.person("Ann", phone="+49 151 1234567")
    ann.writes("hello")
    phone.shown(wa, "private studio that does not know your number", to=ann)
    slack.user("U1").direct_message("link")
    told = slack.wait(lambda: slack.find_ephemeral("U1", "Your code is"), 20)
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", told["text"])
    assert code
    ann.writes(f"link {code[0].lower()}")
    phone.shown(wa, "Linked with Slack", to=ann)
    slack.wait(lambda: slack.find_ephemeral("U1", "Linked with WhatsApp"), 20)
    return ann


def to_preview(slack: SlackServer, wa: WhatsAppServer, ann: Person, at: int) -> tuple[Json, Json]:
    """Asked in Slack, its script approved in WhatsApp; the preview's card in both."""
    alice = slack.user("U1")
    alice.runs("/clone", "C1")
    form = slack.wait(lambda: slack.find_modal("U1", "A new video"), 20)
    alice.submits(form, {"brief": BRIEFS[at], "profile": "draft"})
    script = phone.shown(wa, BRIEFS[at][-20:], to=ann)
    ann.presses(script, "Approve")
    root = shown(slack, BRIEFS[at])
    shown(slack, "Script 1 was approved in WhatsApp by who asked for it.", after=root)
    return shown(slack, "Preview 1 is ready", after=root), phone.shown(
        wa, "*Preview 1*", to=ann, after=script
    )


def ended(house: House) -> tuple[str, str]:
    """The newest production's conversation once it is delivered, and who decided."""
    with house.store.read() as connection:
        row = productions.latest(connection)[0]
    until(lambda: house.production(row["conversation"])["status"] == Status.DELIVERED)
    house.delivered(row["conversation"])
    with house.store.read() as connection:
        decision = reviews.decision_on(connection, f"cut:{row['id']}:1")
        sent = outbox.of_production(connection, row["id"], "delivered")
        cut = productions.cut_row(connection, row["id"])
    assert decision is not None and cut is not None
    assert (decision["decision"], decision["sha256"]) == ("approve", cut["artifact"])
    assert len({each["conversation"] for each in sent}) == len(sent) == 2
    assert row["asked_by"] == FOUNDER
    return row["conversation"], decision["person"]


def test_begun_in_slack_and_approved_in_a_car(
    house: House, slack: SlackServer, wa: WhatsAppServer, ann: Person
) -> None:
    alice = slack.user("U1")
    card, preview = to_preview(slack, wa, ann, 0)
    ann.presses(preview, "Approve")
    ann.presses(phone.shown(wa, "Exactly this file is delivered", to=ann), "Approve and deliver")
    shown(slack, "Preview 1 was approved in WhatsApp by who asked for it.")
    closed = shown(slack, "Approved in WhatsApp by <@U1>", after=slack.messages("C1")[0])
    alice.clicks(card, "approve", stale=True)
    slack.wait(lambda: slack.find_ephemeral("U1", "You approved this"), 20)
    handed = phone.shown(wa, "Delivered:", to=ann)
    shown(slack, "Delivered:")
    talk, person = ended(house)
    assert person.startswith("whatsapp:") and talk.startswith("slack:T1:C1:")
    assert wa.content(handed) == house.delivered(talk).read_bytes()
    assert closed and not [m for m in wa.messages(ann) if "was approved" in str(m)]


def test_both_press_at_once_and_the_first_word_counts(
    house: House, slack: SlackServer, wa: WhatsAppServer, ann: Person
) -> None:
    alice = slack.user("U1")
    card, preview = to_preview(slack, wa, ann, 1)
    ann.presses(preview, "Approve")
    sure = phone.shown(wa, "Exactly this file is delivered", to=ann, after=preview)
    together = threading.Barrier(2)
    presses = (lambda: alice.clicks(card, "approve"), lambda: ann.presses(sure, "Approve and deliver"))

    def press(one: Callable[[], Json]) -> None:
        together.wait()
        one()

    threads = [threading.Thread(target=press, args=(one,)) for one in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    phone.shown(wa, "Delivered:", to=ann, after=sure)
    shown(slack, "Delivered:", after=card)
    _, person = ended(house)
    if person == FOUNDER:  # the other one hears who was first
        phone.shown(wa, "Preview 1 was approved in Slack by you.", to=ann, after=sure)
    else:
        shown(slack, "Preview 1 was approved in WhatsApp by who asked for it.", after=card)
    sent = [m["type"] for m in wa.messages(ann) if m["by"] == "business" and m["at"] >= sure["at"]]
    posted = [m["text"] for m in slack.messages("C1") if m["ts"] > card["ts"]]
    assert sent.count("document") == sum(text.startswith("Delivered:") for text in posted) == 1
