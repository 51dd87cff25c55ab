"""Webhooks to the product: packing, signing, attempts and retries; doubles, delays, disorder and forgeries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from tests.fakes.whatsapp.world import DISPLAY_PHONE, PHONE_NUMBER_ID, WABA_ID, Contact, Json, World

LARGEST = 3_000_000
CHALLENGE = "1158201444"


@dataclass
class Event:
    """One message or one status, with the card of its person."""

    kind: str
    item: Json
    card: Json


@dataclass
class Delivery:
    """One POST. `state` is waiting, acknowledged, failed or unreachable; `answers` are the statuses got."""

    id: str
    payload: Json
    state: str = "waiting"
    attempts: int = 0
    seconds: float = 0.0
    answers: list[int] = field(default_factory=list)


def packed(events: list[Event], style: str) -> Json:
    """The payload: all in as few values as possible ("messages"), a change each, or an entry each ("entries")."""
    if style == "messages":
        groups = [[e for e in events if e.kind == kind] for kind in ("messages", "statuses")]
        changes = [_change(group) for group in groups if group]
    else:
        changes = [_change([event]) for event in events]
    entries = [[change] for change in changes] if style == "entries" else [changes]
    return {"object": "whatsapp_business_account",
            "entry": [{"id": WABA_ID, "changes": changes} for changes in entries]}  # fmt: skip


def _change(events: list[Event]) -> Json:
    cards: list[Json] = []
    for event in events:
        if event.card not in cards and event.item.get("type") != "system":
            cards.append(event.card)
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": DISPLAY_PHONE, "phone_number_id": PHONE_NUMBER_ID},
        **({"contacts": cards} if cards else {}),
        events[0].kind: [event.item for event in events],
    }
    return {"value": value, "field": "messages"}


def encoded(payload: Json) -> bytes:
    """As the vendor writes JSON: unicode and slashes escaped, so that only the raw bytes fit the signature."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signed(secret: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


class Dispatcher:
    """Carries deliveries to the webhook, each in its own task."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries: dict[str, Delivery] = {}
        self._held: list[Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None
        self._client: aiohttp.ClientSession | None = None
        world.tell = self.tell

    def tell(self, kind: str, item: Json, contact: Contact) -> Json:
        """One event: a delivery of its own, or held back; the record ({} while held)."""
        event = Event(kind, item, contact.card())
        if not self.world.webhook.get("url") or not self.world.is_subscribed:
            return {}
        if self.world.switches.holding:
            self._held.append(event)
            return {}
        return self._deliver([event])

    def release(self, together: bool = False, backwards: bool = False) -> list[Json]:
        """Let go what was held: in one POST, or one each; first or last first."""
        self.world.switches.holding = False
        held, self._held = self._held, []
        if backwards:
            held.reverse()
        if together:
            return [self._deliver(held)] if held else []
        self._last = None
        return [self._deliver([event], in_turn=True) for event in held]

    def again(self, id: str) -> Json:
        """The vendor sends something a second time."""
        return self._start(self.deliveries[id].payload)

    def _deliver(self, events: list[Event], in_turn: bool = False) -> Json:
        payload = packed(events, self.world.switches.batch)
        record = self._start(payload, in_turn)
        if self.world.switches.double:
            self._start(payload, in_turn)
        return record

    def _start(self, payload: Json, in_turn: bool = False) -> Json:
        """A delivery on its own, or only when the one before it is done."""
        delivery = Delivery(self.world.number("dl-"), json.loads(json.dumps(payload)))
        self.deliveries[delivery.id] = delivery
        task = asyncio.get_running_loop().create_task(self._carry(delivery, self._last if in_turn else None))
        self._last = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return asdict(delivery)

    async def _carry(self, delivery: Delivery, after: asyncio.Task[None] | None) -> None:
        switches, body = self.world.switches, encoded(delivery.payload)
        assert len(body) <= LARGEST, "more than WhatsApp puts into one POST"
        if after is not None:
            await asyncio.wait([after])
        await asyncio.sleep(switches.delay)
        for delay in (0.0, *switches.retry_delays):
            await asyncio.sleep(delay)
            began = asyncio.get_running_loop().time()
            delivery.attempts += 1
            status, detail = await self.post(body, signed(self.world.app_secret, body))
            delivery.answers.append(status)
            if status == 200:
                delivery.state, delivery.seconds = "acknowledged", asyncio.get_running_loop().time() - began
                return
            if detail != "unreachable":
                code = "not_acknowledged" if detail == "timeout" else "refused_delivery"
                self.world.violation(code, f"{status or detail}: {body.decode()[:300]}")
        delivery.state = "failed" if any(delivery.answers) or detail == "timeout" else "unreachable"

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """(status, text), or (0, "timeout" | "unreachable"); redirects are not followed."""
        return await self._ask("POST", str(self.world.webhook["url"]), data=body, headers=headers)

    async def _ask(self, method: str, url: str, **more: Any) -> tuple[int, str]:
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        try:
            async with asyncio.timeout(self.world.switches.ack_seconds):
                async with self._client.request(method, url, allow_redirects=False, **more) as answer:
                    return answer.status, await answer.text()
        except TimeoutError:
            return 0, "timeout"
        except aiohttp.ClientError:
            return 0, "unreachable"

    async def challenge(self, url: str, token: str) -> str:
        """The handshake before an address is taken: "" or what was wrong with the answer."""
        asked = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": token}
        status, text = await self._ask("GET", url, params=asked)
        if status != 200:
            return f"HTTP Status Code = {status}; {text[:100]}"
        return "" if text == CHALLENGE else f"the challenge is not what was answered: {text[:100]!r}"

    async def forge(self, payload: Json, how: str) -> int:
        """A POST that the vendor did not send: "secret", "missing", "altered" or "sha1"; the status."""
        body = encoded(payload)
        headers = signed("not the secret" if how == "secret" else self.world.app_secret, body)
        if how == "missing":
            del headers["X-Hub-Signature-256"]
        elif how == "altered":
            body = body.replace(b"messaging_product", b"messaging_Product")
        elif how == "sha1":
            digest = hmac.new(self.world.app_secret.encode(), body, hashlib.sha1).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha1={digest}"
        status, detail = await self.post(body, headers)
        if not 400 <= status < 500:
            self.world.violation("accepted_forgery", f"{how}: answered {status or detail}")
        return status

    async def close(self) -> None:
        """Forget what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
