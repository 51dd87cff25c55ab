"""pywa as a second opinion: what it would send, and sending to our server instead of the vendor's."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
from pywa.client import WhatsApp

from tests.fakes.whatsapp.errors import Json
from tests.fakes.whatsapp.world import PHONE_NUMBER_ID, TOKEN, WABA_ID

VENDOR = "graph.facebook.com"


class Loopback(httpx.HTTPTransport):
    """Takes what is meant for the vendor to our server; pywa lets nobody choose the host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, readdressed."""
        if request.url.host == VENDOR:
            request.url = request.url.copy_with(scheme="http", host=self.base.host, port=self.base.port)
            request.headers["Host"] = f"{self.base.host}:{self.base.port}"
        return super().handle_request(request)


def client(session: httpx.Client) -> WhatsApp:
    """pywa over a session, for example `httpx.Client(transport=Loopback(wa.url))`."""
    return WhatsApp(phone_id=PHONE_NUMBER_ID, token=TOKEN, waba_id=WABA_ID, session=session)


def requests_of(send: Callable[[WhatsApp], object]) -> list[Json]:
    """The bodies that pywa would POST to `messages`; nothing is sent.

    To compare: `wa.calls("messages")[-1]["body"] == requests_of(lambda c: c.send_message(to, "Hi"))[-1]`.
    """
    seen: list[Json] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/messages"):
            return httpx.Response(200, json={"id": "1"})
        body = json.loads(request.content)
        seen.append(body)
        if "status" in body:
            return httpx.Response(200, json={"success": True})
        who = {"input": body.get("to") or body["recipient"], "wa_id": body.get("to", ""), "user_id": "US.1"}
        said = {"messaging_product": "whatsapp", "contacts": [who], "messages": [{"id": "wamid.1"}]}
        return httpx.Response(200, json=said)

    with httpx.Client(transport=httpx.MockTransport(answer)) as session:
        send(client(session))
    return seen
