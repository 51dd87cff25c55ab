"""POST /{phone number}/messages: who may be written to and when, what happens to the message afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.fakes.whatsapp.attachments import attachments, downloaded
from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.inspect_media import media_fault, playback_fault
from tests.fakes.whatsapp.messages import check_message, check_receipt
from tests.fakes.whatsapp.statuses import Statuses
from tests.fakes.whatsapp.templates import check_fit
from tests.fakes.whatsapp.world import DAY, DISPLAY_PHONE, Contact, World


@dataclass
class Bucket:
    """A token bucket: `rate` a second, at most `burst` at once."""

    rate: float
    burst: float
    level: float
    at: float

    def take(self, now: float) -> bool:
        """Whether there was a token."""
        self.level = min(self.burst, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.level < 1.0:
            return False
        self.level -= 1.0
        return True


class Sender:
    """Takes messages of the business into the chats."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.statuses = Statuses(world)
        self._buckets: dict[str, Bucket] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, body: Any) -> Json:
        """The answer to one request.

        Raises:
            GraphError: whatever the vendor refuses at once.
        """
        if isinstance(body, dict) and "status" in body:
            return self._receipt(body)
        kind = check_message(body)
        contact = self.world.addressed(body)
        self._limits(body, contact)
        self._references(body, kind, contact)
        content = body[kind]
        if contact is None:
            return self._nobody(body, kind)
        late = self._late_fault(body, kind, contact)
        if self.world.switches.at_once:
            late = late or await self._media_fault(body)
            if late:
                raise late
        about = {key: body[key] for key in ("context", "biz_opaque_callback_data") if body.get(key)}
        message = self.world.keep(contact, kind, content, "business", **about)
        self._task(self._progress(message, body, contact, late))
        known = {"user_id": contact.bsuid} if body.get("to") is None else {"wa_id": contact.phone}
        return _answer(body, message["id"], kind, known)

    def _receipt(self, body: Json) -> Json:
        check_receipt(body)
        found = self.world.messages.get(body["message_id"])
        if found is None or found["by"] == "business":
            raise GraphError(131009, "message_id is not that of a message received.")
        found["status"] = "read"
        if "typing_indicator" in body:
            self.world.typing.append(
                {"person": found["person"], "at": self.world.now(), "message": found["id"]}
            )
        return {"success": True}

    def _limits(self, body: Json, contact: Contact | None) -> None:
        """Rates, forbidden recipients."""
        switches, now = self.world.switches, self.world.now()
        target = body.get("recipient") or "".join(c for c in body["to"] if c.isdigit())
        if target == DISPLAY_PHONE:
            raise GraphError(131021, "The recipient is the sender.")
        if switches.allowed is not None and target not in switches.allowed:
            raise GraphError(131030, f"Recipient {target} is not in the allowed list.")
        if contact is not None and "recipient" in body and not contact.takes_bsuid:
            raise GraphError(131062, "Use the phone number.")
        whole = self._bucket("", switches.throughput, switches.throughput, now)
        if not whole.take(now):
            raise GraphError(130429, "Message throughput of the phone number has been reached.")
        pair = contact.id if contact is not None else target
        if not self._bucket(pair, switches.pair_rate, switches.pair_burst, now).take(now):
            raise GraphError(131056, "Too many messages to this recipient in a short time.")

    def _bucket(self, name: str, rate: float, burst: float, now: float) -> Bucket:
        found = self._buckets.setdefault(name, Bucket(rate, burst, burst, now))
        found.rate, found.burst = rate, burst
        return found

    def _references(self, body: Json, kind: str, contact: Contact | None) -> None:
        """What the message names must exist."""
        targets = [body["context"]["message_id"]] if body.get("context") else []
        targets += [body["reaction"]["message_id"]] if kind == "reaction" else []
        for identity in targets:
            target = self.world.in_chat(contact, identity) if contact is not None else None
            if target is None or target["type"] == "reaction" or target["at"] < self.world.now() - 30 * DAY:
                raise GraphError(131009, f"message_id {identity} is not a message of this chat.")
        if kind == "template":
            check_fit(self.world, body["template"])
        for shown, media in attachments(body):
            if "id" in media and self.world.living_media(media["id"]) is None:
                raise GraphError(
                    100,
                    message=f"(#100) Param {shown}['id'] is not a valid whatsapp business account media attachment ID",
                )

    def _nobody(self, body: Json, kind: str) -> Json:
        """A number or BSUID without WhatsApp: accepted, and failed later."""
        fault = GraphError(131026, "Message Undeliverable.")
        if self.world.switches.at_once:
            raise fault
        ghost = Contact(
            "", "", body.get("recipient", "ZZ.0"), body.get("to", "").lstrip("+"), hidden="to" not in body
        )
        identity = self.world.wamid()
        message = {"id": identity, "type": kind, "status": "", "biz_opaque_callback_data": body.get(
            "biz_opaque_callback_data", "")}  # fmt: skip
        self._task(self.statuses.fail(message, ghost, fault))
        known = {"user_id": ghost.bsuid} if ghost.hidden else {"wa_id": ghost.phone}
        return _answer(body, identity, kind, known)

    def _late_fault(self, body: Json, kind: str, contact: Contact) -> GraphError | None:
        if contact.failures:
            return GraphError(contact.failures.popleft(), planned=True)
        if kind != "template" and self.world.now() - contact.last_inbound >= DAY:
            return GraphError(
                131047, "Message failed to send because more than 24 hours have passed since the customer last "
                "replied to this number.",
            )  # fmt: skip
        return None

    async def _media_fault(self, body: Json) -> GraphError | None:
        """What processing the media finds."""
        for kind, media in attachments(body):
            if (link := media.get("link")) is not None:
                mime, content, wrong = await downloaded(link)
            else:
                held = self.world.media[media["id"]]
                mime, content, wrong = held.mime, held.content, ""
            wrong = wrong or await asyncio.to_thread(
                media_fault, kind, mime, content, media.get("voice") is True
            )
            if wrong:
                return GraphError(131053, wrong)
            if kind == "video" and (hard := await asyncio.to_thread(playback_fault, content)):
                self.world.violation("hard_to_play", hard)
        return None

    async def _progress(self, message: Json, body: Json, contact: Contact, late: GraphError | None) -> None:
        late = late or await self._media_fault(body)
        if late is None:
            await self.statuses.go(message, contact)
            return
        if late.is_wrong:
            self.world.violation(str(late.code), f"{late.details} {body}")
        await self.statuses.fail(message, contact, late)

    def _task(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Forget what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _answer(body: Json, identity: str, kind: str, known: Json) -> Json:
    said = {"id": identity, **({"message_status": "accepted"} if kind == "template" else {})}
    who = {"input": body.get("to") or body["recipient"], **known}
    return {"messaging_product": "whatsapp", "contacts": [who], "messages": [said]}
