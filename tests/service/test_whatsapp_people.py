"""A conversation with a small product over the loopback WhatsApp: the way in which journeys will be written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.serving import served
from tests.fakes.whatsapp import WhatsAppServer, samples
from tests.fakes.whatsapp.driver import WhatsApp

pytestmark = pytest.mark.service
Json = dict[str, Any]
BUTTONS = [
    {"type": "reply", "reply": {"id": f"draft-1:{title}", "title": title}} for title in ("Approve", "Change")
]


class Product:
    """Answers a text with a draft, an approval with the file; each message once, however often it is told."""

    def __init__(self, wa: WhatsApp) -> None:
        self.wa, self.seen = wa, set[str]()
        self.http = httpx.AsyncClient(base_url=wa.api_url, headers={"Authorization": f"Bearer {wa.token}"})
        self.app = Starlette(routes=[Route("/hook", self.hook, methods=["POST"])], lifespan=self.life)

    @asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        async with self.http:
            yield

    async def hook(self, request: Request) -> Response:
        values = [c["value"] for e in (await request.json())["entry"] for c in e["changes"]]
        told = [message for value in values for message in value.get("messages", [])]
        fresh = [message for message in told if message["id"] not in self.seen]
        self.seen |= {message["id"] for message in told}
        return Response(background=BackgroundTask(self.work, fresh))

    async def work(self, messages: list[Json]) -> None:
        for message in messages:
            about = {"status": "read", "message_id": message["id"], "typing_indicator": {"type": "text"}}
            await self.post(about)
            if message["type"] == "text":
                body = {"text": f"Draft: {message['text']['body']}"}
                card = {"type": "button", "body": body, "action": {"buttons": BUTTONS}}
                await self.send(message, "interactive", card, context={"message_id": message["id"]})
            elif message["type"] == "interactive":
                await self.send(message, "reaction", {"message_id": message["context"]["id"], "emoji": "✅"})
                form = {"messaging_product": "whatsapp", "type": "video/mp4"}
                clip = ("master.mp4", samples.movie(), "video/mp4")
                put = await self.http.post(
                    f"/{self.wa.phone_number_id}/media", data=form, files={"file": clip}
                )
                await self.send(message, "video", {"id": put.json()["id"], "caption": "Approved"})

    async def send(self, to: Json, kind: str, content: Json, **more: Any) -> None:
        who = {"to": to["from"]} if "from" in to else {"recipient": to["from_user_id"]}
        await self.post({"recipient_type": "individual", **who, "type": kind, kind: content, **more})

    async def post(self, body: Json) -> None:
        (await self.http.post(f"/{self.wa.phone_number_id}/messages", json={
            "messaging_product": "whatsapp", **body})).raise_for_status()  # fmt: skip


@pytest.fixture
def wa() -> Iterator[WhatsAppServer]:
    """A server with the small product behind it."""
    with WhatsAppServer() as server, served(Product(server).app) as url:
        server.deliver_to(f"{url}/hook")
        yield server


@pytest.mark.parametrize(
    "known", [{"phone": "+49 151 1234567"}, {"bsuid": "US.1349"}], ids=["phone", "bsuid"]
)
def test_a_conversation(wa: WhatsAppServer, known: dict[str, str]) -> None:
    async def run() -> None:
        wa.perform("switch", double=True)
        ann = wa.person("Ann", **known)
        asked = ann.writes("Happy Friday!")
        assert (await wa.answered(asked))["answers"] == [200]
        card = await wa.message("Draft: Happy Friday!", to=ann)
        assert card["context"]["message_id"] == asked["id"]
        await wa.called("messages", "typing_indicator")
        ann.presses(card, "Approve")
        video = await wa.message(lambda m: m["type"] == "video", after=card)
        assert wa.content(video) and video["video"]["caption"] == "Approved"
        await wa.reaction(card, "✅")
        await wa.settled()
        assert len([m for m in wa.messages(ann) if m["type"] == "interactive" and m["by"] == "business"]) == 1

    asyncio.run(run())


def test_waiting_says_what_there_is(wa: WhatsAppServer) -> None:
    ann = wa.person("Ann", phone="+49 151 1234567")
    ann.writes("Hello")
    with pytest.raises(AssertionError, match=r"(?s)nothing within 0.5 s.*Draft: Hello"):
        wa.wait(lambda: wa.find_message("never"), timeout=0.5)
