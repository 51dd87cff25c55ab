"""The loopback WhatsApp's webhooks: handshake, signature, batches, doubles, disorder, retries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.fakes.serving import served
from tests.fakes.whatsapp import Person, WhatsAppServer

pytestmark = pytest.mark.service
Json = dict[str, Any]


class Product:
    """A webhook as the product will have one, and the ways in which it may misbehave."""

    def __init__(self) -> None:
        self.posts: list[Json] = []
        self.raw: list[bytes] = []
        self.statuses: list[int] = []
        self.seconds = 0.0
        self.verify_token = self.secret = ""
        self.app = Starlette(
            routes=[Route("/hook", self.challenge), Route("/hook", self.post, methods=["POST"])]
        )

    async def challenge(self, request: Request) -> Response:
        asked = request.query_params
        if (asked["hub.mode"], asked["hub.verify_token"]) != ("subscribe", self.verify_token):
            return Response(status_code=403)
        return PlainTextResponse(asked["hub.challenge"])

    async def post(self, request: Request) -> Response:
        raw = await request.body()
        await asyncio.sleep(self.seconds)
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), self.proof(raw)):
            return Response(status_code=403)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.raw.append(raw)
            self.posts.append(json.loads(raw))
        return Response(status_code=status)

    def proof(self, raw: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()

    def values(self) -> list[Json]:
        return [
            change["value"] for post in self.posts for entry in post["entry"] for change in entry["changes"]
        ]

    def messages(self) -> list[Json]:
        return [message for value in self.values() for message in value.get("messages", [])]

    def texts(self) -> list[str]:
        return [message["text"]["body"] for message in self.messages()]


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def wa(product: Product) -> Iterator[WhatsAppServer]:
    """A server that knows the product's webhook; a violation nobody pardoned fails the test."""
    with served(product.app) as url, WhatsAppServer(f"{url}/hook", app_secret="its secret") as server:
        product.verify_token, product.secret = server.verify_token, server.app_secret
        yield server


@pytest.fixture
def ann(wa: WhatsAppServer) -> Person:
    return wa.person("Ann", phone="+49 151 1234567")


def answered(wa: WhatsAppServer, deed: Json) -> Json:
    return wa.wait(lambda: wa.find_answer(deed))


def test_the_handshake(wa: WhatsAppServer, product: Product) -> None:
    wa.handshake()
    product.verify_token = "another"
    with pytest.raises(AssertionError, match="403"):
        wa.handshake()


def test_a_webhook_that_answers_any_token(wa: WhatsAppServer) -> None:
    async def anybody(request: Request) -> Response:
        return PlainTextResponse(request.query_params["hub.challenge"])

    with served(Starlette(routes=[Route("/", anybody)])) as url:
        wa.deliver_to(url)
        with pytest.raises(AssertionError, match="wrong verify token"):
            wa.handshake()


def test_only_the_raw_bytes_fit_the_signature(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    answered(wa, ann.writes("Grüße </p>"))
    (raw,) = product.raw
    assert rb"Gr\u00fc\u00dfe <\/p>" in raw
    for again in (
        json.dumps(json.loads(raw)), json.dumps(json.loads(raw), separators=(",", ":")),
        json.dumps(json.loads(raw), separators=(",", ":"), ensure_ascii=False),
    ):  # fmt: skip
        assert again.encode() != raw and product.proof(again.encode()) != product.proof(raw)
    assert {wa.forges(ann, how) for how in ("secret", "missing", "altered", "sha1")} == {403}
    assert len(product.posts) == 1


def test_a_product_that_takes_everything_is_found_out(wa: WhatsAppServer, ann: Person) -> None:
    async def anything(request: Request) -> Response:
        return Response()

    with served(Starlette(routes=[Route("/", anything, methods=["POST"])])) as url:
        wa.deliver_to(url)
        assert wa.forges(ann) == 200
        wa.pardon("accepted_forgery")


def test_shapes(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    """A phone number shows; behind a BSUID neither `from` nor `wa_id` exists."""
    bea = wa.person("Bea", bsuid="US.1349", username="bea")
    with wa.batching():
        first, second = ann.writes("one"), bea.writes("two")
    asyncio.run(wa.settled())
    (value,) = product.values()
    assert value["metadata"] == {"display_phone_number": "15550783881", "phone_number_id": wa.phone_number_id}
    assert value["contacts"] == [
        {"profile": {"name": "Ann"}, "wa_id": "491511234567", "user_id": ann.now()["bsuid"]},
        {"profile": {"name": "Bea", "username": "bea"}, "user_id": "US.1349"},
    ]
    hers, his = value["messages"]
    assert (hers["from"], hers["from_user_id"], hers["id"]) == (
        "491511234567",
        ann.now()["bsuid"],
        first["id"],
    )
    assert his == {"from_user_id": "US.1349", "id": second["id"], "timestamp": his["timestamp"], "type": "text",
                   "text": {"body": "two"}}  # fmt: skip
    assert his["timestamp"].isdigit()


@pytest.mark.parametrize(
    ("style", "entries", "changes"), [("messages", 1, 1), ("changes", 1, 4), ("entries", 4, 4)]
)
def test_batches(
    wa: WhatsAppServer, product: Product, ann: Person, style: str, entries: int, changes: int
) -> None:
    with wa.batching(style, backwards=True):
        for word in "abcd":
            ann.writes(word)
    asyncio.run(wa.settled())
    (post,) = product.posts
    assert (len(post["entry"]), len(product.values())) == (entries, changes)
    assert product.texts() == ["d", "c", "b", "a"]


def test_messages_and_statuses_in_one_post(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    ann.writes("one")
    ann.habits(reads=False)
    body = {"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}, **ann.address()}
    sent = httpx.post(
        f"{wa.api_url}/{wa.phone_number_id}/messages",
        json=body,
        headers={"Authorization": f"Bearer {wa.token}"},
    )
    identity = sent.json()["messages"][0]["id"]
    wa.wait(lambda: wa.find_status({"id": identity}, "delivered"))
    asyncio.run(wa.settled())
    product.posts.clear()
    with wa.batching():
        ann.writes("two")
        ann.reads()
    asyncio.run(wa.settled())
    (post,) = product.posts
    said, status = product.values()
    assert len(post["entry"]) == 1 and said["messages"][0]["text"] == {"body": "two"}
    assert (
        status["statuses"][0]["status"] == "read" and status["statuses"][0]["recipient_id"] == "491511234567"
    )


def test_doubles_and_disorder(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    wa.perform("switch", double=True)
    first = ann.writes("one")
    asyncio.run(wa.settled())
    assert product.raw[0] == product.raw[1]
    wa.perform("switch", double=False)
    wa.perform("again", id=first["delivery"])
    asyncio.run(wa.settled())
    assert len(product.raw) == 3
    with wa.holding():
        for word in "abc":
            ann.writes(word)
    asyncio.run(wa.settled())
    assert product.texts()[3:] == ["c", "b", "a"]


def test_retries(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    wa.perform("switch", retry_delays=[0.01, 0.01, 0.02, 0.02, 0.05])
    product.statuses = [500, 404, 302, 201]
    seen = answered(wa, ann.writes("one"))
    assert (seen["state"], seen["attempts"], seen["answers"]) == (
        "acknowledged",
        5,
        [500, 404, 302, 201, 200],
    )
    assert wa.pardon("refused_delivery") == 4
    product.statuses = [500] * 6
    assert answered(wa, ann.writes("two"))["state"] == "failed"
    assert wa.pardon("refused_delivery") == 6


def test_a_product_that_takes_too_long(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    wa.perform("switch", ack_seconds=0.2, retry_delays=[0.0])
    product.seconds = 0.4
    seen = answered(wa, ann.writes("one"))
    assert (seen["state"], seen["answers"]) == ("failed", [0, 0])
    assert wa.pardon("not_acknowledged") == 2


def test_a_product_that_is_away(wa: WhatsAppServer, product: Product, ann: Person, free_port: int) -> None:
    """Nobody's fault: tried again, not a violation."""
    wa.perform("switch", retry_delays=[0.0])
    wa.deliver_to(f"http://127.0.0.1:{free_port}/hook")
    assert answered(wa, ann.writes("one"))["state"] == "unreachable"


def test_subscribing_over_the_api(wa: WhatsAppServer, product: Product, ann: Person) -> None:
    """The app's webhook is taken only after the handshake, and only with the app's own token."""
    hook = wa.perform("webhook")["url"]
    wa.deliver_to("")
    app = {"client_id": wa.app_id, "client_secret": wa.app_secret, "grant_type": "client_credentials"}
    token = httpx.get(f"{wa.api_url}/oauth/access_token", params=app).json()["access_token"]
    asked = {"object": "whatsapp_business_account", "callback_url": hook, "fields": "messages",
             "verify_token": "wrong", "access_token": token}  # fmt: skip
    where = f"{wa.api_url}/{wa.app_id}/subscriptions"
    assert httpx.post(where, params=asked).json()["error"]["code"] == 2200
    asked["verify_token"] = wa.verify_token
    assert httpx.post(where, params=asked).json() == {"success": True}
    assert answered(wa, ann.writes("one"))["state"] == "acknowledged"


def test_a_hidden_number_changes(wa: WhatsAppServer, product: Product) -> None:
    bea = wa.person("Bea", bsuid="US.1349")
    answered(wa, bea.changes_number())
    (message,) = product.messages()
    assert (message["from_user_id"], message["system"]["type"]) == ("US.1349", "user_changed_user_id")
    assert message["system"]["user_id"] == bea.now()["bsuid"] != "US.1349" and "from" not in message
