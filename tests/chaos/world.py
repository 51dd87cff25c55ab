"""A chat service and a destination over HTTP: they keep what they get, and are as unreliable as real ones."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from studio.errors import NotNow, OutcomeUnknown
from studio.messages import Outgoing
from tests.chaos.ledger import Ledger
from workers.destinations import Delivery

TIMEOUT_S = 2.0
LANDS_WITHIN_S = 3.0


class World(ThreadingHTTPServer):
    """POST /post and /delivery keep a line, GET /find?what=…&key=… looks one up; `moods` counts what it did."""

    daemon_threads = True

    def __init__(self, ledger: Ledger, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ledger, self.dice, self.moods = ledger, random.Random(seed), Counter[str]()
        self.plan: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def mood(self) -> str:
        """How the next request fares: as planned, then by the dice."""
        if self.plan:
            return self.plan.pop(0)
        chances = {"fine": 70, "busy": 9, "do-then-fail": 7, "do-then-hang": 5, "slow": 9, "late": 5}
        found = self.dice.choices([*chances], [*chances.values()])[0]
        self.moods[found] += 1
        return found


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: World

    def do_POST(self) -> None:
        """Keep a line, or not, and say so, or not."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        mood = self.server.mood()
        if mood == "busy":
            return self.answer(503, {})
        if mood == "slow":
            time.sleep(self.server.dice.uniform(0.2, 1.0))
        if mood == "late":  # whoever asked has given up, and has looked for it in vain
            time.sleep(TIMEOUT_S + self.server.dice.uniform(0.2, LANDS_WITHIN_S - 1.0))
        self.server.ledger.write(self.path.strip("/"), body.pop("key"), **body)
        if mood == "do-then-hang":
            time.sleep(TIMEOUT_S + 0.5)
        return self.answer(500 if mood == "do-then-fail" else 200, {})

    def do_GET(self) -> None:
        """Look a line up."""
        asked = parse_qs(urlsplit(self.path).query)
        if self.server.mood() == "busy":
            return self.answer(503, {})
        return self.answer(200, {"found": self.server.ledger.has(asked["what"][0], asked["key"][0])})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        """Reply; whoever asked may be dead by now."""
        raw = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def world(ledger: Ledger, seed: int) -> Iterator[World]:
    """It runs in a thread of the harness, which nobody kills."""
    made = World(ledger, seed)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


@dataclass(frozen=True)
class Wire:
    """A client that knows which failures are certain."""

    url: str

    async def keep(self, what: str, key: str, body: dict[str, Any], still_mine: Callable[[], None]) -> str:
        """Post a line."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:

            async def last_look(step: str, _: object) -> None:
                if step.endswith("send_request_headers.started"):
                    still_mine()

            try:
                asked = {"json": {"key": key, **body}, "extensions": {"trace": last_look}}
                answer = await client.post(f"{self.url}/{what}", **asked)
            except httpx.ConnectError as error:
                raise NotNow(retry_after=0.3) from error
            except httpx.TransportError as error:
                raise OutcomeUnknown from error
        if answer.status_code == 503:
            raise NotNow(retry_after=0.3)
        if answer.status_code != 200:
            raise OutcomeUnknown
        return key

    async def look(self, what: str, key: str) -> str | None:
        """Find a line."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            try:
                answer = await client.get(f"{self.url}/find", params={"what": what, "key": key})
            except httpx.TransportError as error:
                raise NotNow(retry_after=0.3) from error
        if answer.status_code != 200:
            raise NotNow(retry_after=0.3)
        return key if answer.json()["found"] else None


@dataclass(frozen=True)
class HttpChannel:
    """The chat service as a Channel."""

    wire: Wire
    prefix: str = "desk:"
    lands_within_s: float = LANDS_WITHIN_S

    async def send(self, message: Outgoing) -> str:
        """Post it."""
        body = {"kind": message.kind, "conversation": message.conversation, "body": message.body}
        return await self.wire.keep("post", message.key, body, message.still_mine)

    async def find(self, message: Outgoing) -> str | None:
        """Ask for it."""
        return await self.wire.look("post", message.key)


@dataclass(frozen=True)
class HttpDestination:
    """The destination as a Destination."""

    wire: Wire
    lands_within_s: float = LANDS_WITHIN_S

    async def deliver(self, delivery: Delivery) -> str:
        """Hand it over."""
        body = {"sha256": delivery.sha256, "name": delivery.name}
        return await self.wire.keep("delivery", delivery.key, body, delivery.still_mine)

    async def find(self, delivery: Delivery) -> str | None:
        """Ask for it."""
        return await self.wire.look("delivery", delivery.key)
