"""HTTP mode: signed requests to the app's address, with retry headers and three seconds of patience."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.delivery import Delivery, Missed, Signature, Switches
from tests.fakes.slack.workspace import Json, Workspace

_FORM = "application/x-www-form-urlencoded"


def signed(secret: str, body: bytes, stamp: int) -> dict[str, str]:
    """The two headers of Slack's v0 signature."""
    base = f"v0:{stamp}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(stamp), "X-Slack-Signature": f"v0={digest}"}


class HttpMode:
    """Posts to one address; a Transport."""

    def __init__(self, world: Workspace, switches: Switches, address: str) -> None:
        self.world, self.switches, self.address = world, switches, address
        self.signature = Signature()
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))

    async def send(self, delivery: Delivery) -> Json | None:
        """One request; what a 200 carries is the acknowledgement's payload."""
        body, kind = _encoded(delivery)
        headers = {"Content-Type": kind, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        if delivery.attempts > 1:
            headers |= {
                "X-Slack-Retry-Num": str(delivery.attempts - 1),
                "X-Slack-Retry-Reason": delivery.reason,
            }
        status, answered, text = await self._post(body, headers)
        if status != 200:
            raise Missed("http_error", final=answered.get("X-Slack-No-Retry") == "1")
        if not text or delivery.kind == "events_api":
            return None
        is_json = answered.get("Content-Type", "").startswith("application/json")
        payload: Json = json.loads(text) if is_json else {"text": text}
        return payload or None

    async def verify(self) -> bool:
        """The challenge Slack sends when an address is entered."""
        asked = {"type": "url_verification", "challenge": "3eZbrw1a", "token": "verification-token"}
        body = json.dumps(asked).encode()
        try:
            status, _, text = await self._post(body, {"Content-Type": "application/json"})
        except Missed:
            return False
        return status == 200 and (text == "3eZbrw1a" or json.loads(text).get("challenge") == "3eZbrw1a")

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        """(status, headers, text). Raises Missed."""
        secret = "not the secret" if self.signature.wrong else self.world.app.signing_secret
        proof = signed(secret, body, int(self.world.now() - self.signature.age))
        try:
            async with asyncio.timeout(self.switches.ack_seconds):
                async with self._client.post(self.address, data=body, headers=headers | proof) as answer:
                    return answer.status, dict(answer.headers), await answer.text()
        except TimeoutError:
            raise Missed("http_timeout") from None
        except aiohttp.TooManyRedirects:
            raise Missed("too_many_redirects") from None
        except aiohttp.ClientError:
            raise Missed("connection_failed", blame=False) from None

    async def close(self) -> None:
        """Let go."""
        await self._client.close()


def _encoded(delivery: Delivery) -> tuple[bytes, str]:
    """Events as JSON, commands as a form, interactivity as a form with one field of JSON."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    if delivery.kind == "slash_commands":
        return urlencode(delivery.payload).encode(), _FORM
    return urlencode({"payload": json.dumps(delivery.payload)}).encode(), _FORM
