"""The loopback WhatsApp's Graph API: sending, statuses, windows, rates, media, faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.whatsapp import Impossible, Person, RemoteWhatsApp, WhatsAppServer, samples
from tests.fakes.whatsapp.business import Client, code, sent_id, status

pytestmark = pytest.mark.service
Json = dict[str, Any]


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    """A server; a violation nobody pardoned fails the test."""
    with WhatsAppServer() as server:
        yield server


@pytest.fixture
def client(wa: WhatsAppServer) -> Iterator[Client]:
    """The business."""
    made = Client(wa)
    yield made
    made.http.close()


@pytest.fixture
def ann(wa: WhatsAppServer) -> Person:
    """Somebody who has just written."""
    person = wa.person("Ann", phone="+49 151 1234567")
    person.writes("Hi")
    return person


def test_a_message_is_accepted_sent_delivered_and_read(
    wa: WhatsAppServer, client: Client, ann: Person
) -> None:
    answer = client.send(ann, "text", {"body": "Hello"}, biz_opaque_callback_data="job-1")
    assert answer.json().keys() == {"messaging_product", "contacts", "messages"}
    assert answer.json()["contacts"] == [{"input": "491511234567", "wa_id": "491511234567"}]
    message = status(wa, sent_id(answer), "read")
    assert (message["text"], message["biz_opaque_callback_data"]) == ({"body": "Hello"}, "job-1")
    quoted = client.send(ann, "text", {"body": "Yes"}, context={"message_id": message["id"]})
    assert status(wa, sent_id(quoted), "read")["context"] == {"message_id": message["id"]}


def test_somebody_known_by_bsuid_only(wa: WhatsAppServer, client: Client) -> None:
    bea = wa.person("Bea", bsuid="US.13491208655302741918", username="bea")
    bea.writes("Hi")
    answer = client.send(bea, "text", {"body": "Hello"})
    assert answer.json()["contacts"] == [
        {"input": "US.13491208655302741918", "user_id": "US.13491208655302741918"}
    ]
    status(wa, sent_id(answer), "read")
    bea.habits(takes_bsuid=False)
    assert code(client.send(bea, "text", {"body": "Hello"})) == 131062


def test_credentials_and_paths(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    for token, scopes, refused in (
        ("unknown", None, 190), ("old", ["expired"], 190), ("reader", ["whatsapp_business_management"], 10),
    ):  # fmt: skip
        wa.perform("token", value=token, scopes=scopes)
        other = Client(wa, token)
        assert code(other.send(ann, "text", {"body": "x"})) == refused
        other.http.close()
    assert code(httpx.post(f"{wa.api_url}/{wa.phone_number_id}/messages", json={})) == 190
    for path in ("v26.0/x/y", "v99.0/1/messages", "v1.0/1/messages"):
        assert code(client.http.get(f"{wa.url}/{path}")) == 2500
    assert code(client.http.post("/123/messages", json={})) == 100
    assert code(client.http.post(f"/{wa.phone_number_id}/messages", content="{", headers={
        "Content-Type": "application/json"})) == 100  # fmt: skip
    assert code(client.post({"messaging_product": "whatsapp"})) == 131008
    assert sum(map(wa.pardon, (190, 10, 2500, 100, 131008))) == 10


def test_the_window_closes_after_a_day(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    wa.passes(hours=23.9)
    status(wa, sent_id(client.send(ann, "text", {"body": "in time"})), "read")
    wa.passes(hours=0.2)
    late = sent_id(client.send(ann, "text", {"body": "too late"}))
    assert status(wa, late, "failed")["error"] == 131047
    wa.template("ready", "Hi {{1}}")
    filled = {"name": "ready", "language": {"code": "en_US"},
              "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}]}  # fmt: skip
    answer = client.send(ann, "template", filled)
    assert answer.json()["messages"][0]["message_status"] == "accepted"
    status(wa, sent_id(answer), "read")
    assert code(client.send(ann, "template", {**filled, "name": "other"})) == 132001
    ann.reacts(wa.find_message("ready") or {}, "👍")
    wa.perform("switch", at_once=True)
    assert code(client.send(ann, "text", {"body": "a reaction opens nothing"})) == 131047
    ann.writes("here again")
    assert code(client.send(ann, "text", {"body": "welcome"})) == 0
    wa.pardon(131047)
    wa.pardon(132001)


def test_recipients(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    body = {"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}
    assert code(client.post({**body, "to": "491510000000"})) == 0
    assert code(client.post({**body, "to": "15550783881"})) == 131021
    wa.perform("switch", at_once=True)
    assert code(client.post({**body, "to": "491510000000"})) == 131026
    wa.perform("switch", allowed=["491511234567"])
    assert code(client.post({**body, "to": "491510000000"})) == 131030
    assert code(client.send(ann, "text", {"body": "x"})) == 0
    wa.pardon(131021)


def test_rates(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    wa.perform("switch", pair_burst=2.0)
    assert [code(client.send(ann, "text", {"body": "x"})) for _ in range(3)] == [0, 0, 131056]
    wa.passes(6.1)
    assert [code(client.send(ann, "text", {"body": "x"})) for _ in range(2)] == [0, 131056]
    wa.perform("switch", pair_burst=100.0, pair_rate=100.0, throughput=1.0)
    wa.passes(60)
    assert [code(client.send(ann, "text", {"body": "x"})) for _ in range(2)] == [0, 130429]


def test_what_a_message_names_must_be_there(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    bea = wa.person("Bea", phone="+49 151 7654321")
    hers = bea.writes("mine")
    assert code(client.send(ann, "text", {"body": "x"}, context={"message_id": hers["id"]})) == 131009
    assert code(client.send(ann, "reaction", {"message_id": "wamid.no", "emoji": "👍"})) == 131009
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.no"}
    assert code(client.post(receipt)) == 131009
    assert code(client.send(ann, "video", {"id": "1"})) == 100
    assert client.post({**receipt, "message_id": hers["id"]}).json() == {"success": True}
    assert client.post({**receipt, "message_id": hers["id"], "typing_indicator": {"type": "text"}}).is_success
    assert len(wa.perform("typing")) == 1
    mine = ann.writes("react to this")
    reaction = sent_id(client.send(ann, "reaction", {"message_id": mine["id"], "emoji": "⏳"}))
    status(wa, reaction, "sent")
    found = next(m for m in wa.messages(ann) if m["id"] == mine["id"])
    assert found["reactions"] == {"business": "⏳"}
    wa.pardon(131009)
    wa.pardon(100)


def test_people_fail_switch_off_and_read_later(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    ann.fails_next(131049)
    assert status(wa, sent_id(client.send(ann, "text", {"body": "x"})), "failed")["error"] == 131049
    ann.habits(reads=False)
    message = status(wa, sent_id(client.send(ann, "text", {"body": "x"})), "delivered")
    assert ann.reads(message) == 1 and status(wa, message["id"], "read")
    assert ann.plays(message) == 1 and status(wa, message["id"], "played")
    ann.habits(reachable=False)
    off = status(wa, sent_id(client.send(ann, "text", {"body": "x"})), "sent")
    assert ann.reads() == 2 and status(wa, off["id"], "read")


def test_people_cannot_do_everything(wa: WhatsAppServer, client: Client, ann: Person) -> None:
    buttons = {"buttons": [{"type": "reply", "reply": {"id": "ok", "title": "Approve"}}]}
    asked = {"type": "button", "body": {"text": "Send it?"}, "action": buttons}
    card = status(wa, sent_id(client.send(ann, "interactive", asked)), "read")
    mine = ann.writes("a")
    wa.passes(901)
    for deed in (
        lambda: ann.presses(card, "Reject"), lambda: ann.picks(card, "Approve"), lambda: ann.writes(""),
        lambda: ann.edits(card, "not mine"), lambda: ann.edits(mine, "too late"), lambda: ann.reacts(mine, "ok"),
        lambda: ann.replies({"id": "wamid.no"}, "x"), lambda: ann.says(samples.movie()), lambda: ann.reacts(mine, ""),
        lambda: ann.sends("video", samples.movie("mpeg4"), mime="video/mp4"),
    ):  # fmt: skip
        with pytest.raises(Impossible):
            deed()


def test_the_number_and_the_account(wa: WhatsAppServer, client: Client) -> None:
    number = client.http.get(f"/{wa.phone_number_id}", params={"fields": "quality_rating,throughput"}).json()
    assert number == {
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "id": wa.phone_number_id,
    }
    assert code(client.http.get(f"/{wa.phone_number_id}", params={"fields": "mood"})) == 100
    assert client.http.get(f"/{wa.waba_id}/phone_numbers").json()["data"][0]["id"] == wa.phone_number_id
    assert client.http.delete(f"/{wa.waba_id}/subscribed_apps").json() == {"success": True}
    assert client.http.get(f"/{wa.waba_id}/subscribed_apps").json() == {"data": []}
    assert client.http.post(f"/{wa.waba_id}/subscribed_apps").json() == {"success": True}
    asked = {"name": "ready", "category": "UTILITY", "language": "de",
             "components": [{"type": "BODY", "text": "Fertig."}]}  # fmt: skip
    assert client.http.post(f"/{wa.waba_id}/message_templates", json=asked).json()["status"] == "PENDING"
    assert wa.perform("review", name="ready") == 1
    listed = client.http.get(f"/{wa.waba_id}/message_templates").json()["data"]
    assert [(t["name"], t["status"]) for t in listed] == [("ready", "APPROVED")]
    wa.pardon(100)


def test_violations_fail_the_test() -> None:
    with pytest.raises(AssertionError, match="100"), WhatsAppServer() as wa:
        client = Client(wa)
        ann = wa.person("Ann", phone="+49 151 1234567")
        client.send(ann, "text", {"body": "x" * 4097})
        client.http.close()


def test_as_a_process() -> None:
    """Driven over its control address."""
    command = [sys.executable, "-m", "tests.fakes.whatsapp"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        wa = RemoteWhatsApp(known["url"])
        ann = wa.person("Ann", phone="+49 151 1234567")
        ann.writes("Hi")
        client = Client(wa, known["token"])
        status(wa, sent_id(client.send(ann, "text", {"body": "Hello"})), "read")
        with pytest.raises(Impossible):
            ann.edits({"id": "wamid.no"}, "x")
        client.http.close()
        wa.check()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
