"""Everything a test may do behind the scenes, by name and with plain JSON: the driver's other end."""

from __future__ import annotations

import base64
import inspect
from dataclasses import asdict
from typing import Any

from tests.fakes.whatsapp import templates
from tests.fakes.whatsapp.attachments import attachments, downloaded
from tests.fakes.whatsapp.endpoints import Endpoints
from tests.fakes.whatsapp.errors import Json
from tests.fakes.whatsapp.gate import Fault, Gate
from tests.fakes.whatsapp.sending import Sender
from tests.fakes.whatsapp.stage import Stage
from tests.fakes.whatsapp.webhooks import Dispatcher, Event, packed
from tests.fakes.whatsapp.world import World


class Backstage(Stage):
    """The people of Stage, and the switches of the world; lives in the server's loop."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.dispatcher = Dispatcher(world)
        self.sender = Sender(world)
        self.gate = Gate(world, Endpoints(world, self.sender, self.dispatcher).all)

    async def perform(self, name: str, args: Json) -> Any:
        """Do what `name` says; JSON in, JSON out. Raises Impossible, KeyError."""
        if name.startswith("_") or name in ("perform", "close"):
            raise KeyError(name)
        done = getattr(self, name)(**args)
        return await done if inspect.isawaitable(done) else done

    def calls(self, name: str = "") -> list[Json]:
        """The recorded calls of an endpoint (see endpoints.Endpoints for names)."""
        return [call for call in self.world.calls if name in ("", call["name"])]

    def violations(self) -> list[Json]:
        """All that was wrong so far."""
        return list(self.world.violations)

    def pardon(self, code: str) -> int:
        """Forget violations that a test provoked; how many there were."""
        before = len(self.world.violations)
        self.world.violations = [v for v in self.world.violations if v["code"] != code]
        return before - len(self.world.violations)

    def messages(self, person: str = "") -> list[Json]:
        """The messages of all chats, or of one, oldest first."""
        return [m for m in self.world.messages.values() if person in ("", m["person"])]

    async def content(self, message: str) -> str:
        """The file a message shows (base64): uploaded, linked, or sent by a person."""
        (_, media), *_ = attachments(self.world.messages[message])
        if "link" in media:
            return base64.b64encode((await downloaded(media["link"]))[1]).decode()
        return base64.b64encode(self.world.media[media["id"]].content).decode()

    def typing(self) -> list[Json]:
        """Typing indicators shown."""
        return list(self.world.typing)

    def switch(self, **changes: Any) -> Json:
        """Set Switches by name; all of them as they are now."""
        for name, value in changes.items():
            if not hasattr(self.world.switches, name):
                raise KeyError(name)
            setattr(self.world.switches, name, value)
        return asdict(self.world.switches)

    def fault(self, name: str, then: str, do: bool = False, seconds: float = 0.0, times: int = 1) -> None:
        """Plan what goes wrong with the next calls of an endpoint (see gate.Fault)."""
        if name not in ("media.download", "receipts", *(endpoint.name for endpoint in self.gate.endpoints)):
            raise KeyError(name)
        self.gate.faults[name].extend(Fault(then, do, seconds) for _ in range(times))

    def passes(self, seconds: float) -> None:
        """Let time pass for windows, addresses, files and rates."""
        self.world.ahead += seconds

    def token(self, value: str, scopes: list[str] | None) -> None:
        """Give a token these permissions ("expired" among them ends it); None revokes it."""
        self.world.tokens.pop(value, None)
        if scopes is not None:
            self.world.tokens[value] = tuple(scopes)

    def deliver_to(self, url: str, verify_token: str) -> None:
        """Webhooks go there from now on, without a handshake."""
        self.world.webhook = {"url": url, "verify_token": verify_token}

    def webhook(self) -> Json:
        """{url, verify_token} as they are now."""
        return dict(self.world.webhook)

    async def handshake(self) -> list[str]:
        """Ask the webhook's challenge, rightly and wrongly; what was wrong with the answers."""
        url, token = self.world.webhook["url"], self.world.webhook["verify_token"]
        faults = [wrong] if (wrong := await self.dispatcher.challenge(url, token)) else []
        refused = await self.dispatcher.challenge(url, token + "-not")
        if not refused.startswith("HTTP Status Code = 403"):
            faults.append(f"a wrong verify token was answered: {refused or 'with the challenge'}")
        return faults

    async def forge(self, person: str, how: str) -> int:
        """POST something nobody wrote, wrongly signed; the status got."""
        contact = self.world.contacts[person]
        item = {**contact.sender(), "id": self.world.wamid(), "timestamp": self.world.stamp(), "type": "text",
                "text": {"body": "forged"}}  # fmt: skip
        return await self.dispatcher.forge(packed([Event("messages", item, contact.card())], "messages"), how)

    def delivery(self, id: str) -> Json:
        """How a delivery stands."""
        return asdict(self.dispatcher.deliveries[id])

    def deliveries(self) -> list[Json]:
        """All deliveries so far."""
        return [asdict(d) for d in self.dispatcher.deliveries.values()]

    def release(self, together: bool = False, backwards: bool = False) -> list[Json]:
        """Let held events go."""
        return self.dispatcher.release(together, backwards)

    def again(self, id: str) -> Json:
        """Send a delivery a second time."""
        return self.dispatcher.again(id)

    def read(self, person: str, message: str = "", status: str = "read") -> int:
        """A person reads (or plays) a message, or all; how many statuses that made."""
        contact, moved = self.world.contacts[person], 0
        for found in self.messages(person):
            if found["by"] == "business" and found["status"] and message in ("", found["id"]):
                for step in ("delivered", status):
                    moved += self.sender.statuses.move(found, contact, step)
        return moved

    def add_template(self, **fields: Any) -> Json:
        """Put a template into the registry: name, language, components, category, status."""
        return templates.add(self.world, **fields).public()

    def review(self, name: str, status: str = "APPROVED") -> int:
        """The vendor's verdict on a template, or PAUSED, DISABLED."""
        found = [t for t in self.world.templates.values() if t.name == name]
        for template in found:
            template.status = status
        return len(found)

    async def close(self) -> None:
        """End everything."""
        await self.sender.close()
        await self.dispatcher.close()
