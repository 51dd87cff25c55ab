"""What becomes of a sent message: sent, delivered, read, played or failed, and the webhooks that say so."""

from __future__ import annotations

import asyncio

from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.world import DAY, Contact, World

ORDER = ("", "sent", "delivered", "read", "played")


class Statuses:
    """Moves messages on and tells the product."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def go(self, message: Json, contact: Contact) -> None:
        """Sent; delivered once the phone is on; read if the person reads. A reaction is only ever sent."""
        await self._pause()
        self.move(message, contact, "sent")
        if message["type"] == "reaction":
            self._stick(message, contact)
            return
        await self._pause()
        if contact.reachable:
            self.move(message, contact, "delivered")
            if contact.reads:
                await self._pause()
                self.move(message, contact, "read")

    def _stick(self, message: Json, contact: Contact) -> None:
        target = self.world.messages[message["reaction"]["message_id"]]
        target["reactions"]["business"] = message["reaction"]["emoji"]

    async def _pause(self) -> None:
        await asyncio.sleep(self.world.switches.status_seconds)

    def move(self, message: Json, contact: Contact, status: str) -> bool:
        """On to a status, never back; whether it moved."""
        if message["status"] == "failed" or ORDER.index(status) <= ORDER.index(message["status"]):
            return False
        message["status"] = status
        self.world.tell("statuses", self.item(message, contact, status), contact)
        return True

    async def fail(self, message: Json, contact: Contact, fault: GraphError) -> None:
        """Not sent after all."""
        await self._pause()
        message["status"], message["error"] = "failed", fault.code
        self.world.tell(
            "statuses", {**self.item(message, contact, "failed"), "errors": [fault.in_status()]}, contact
        )

    def item(self, message: Json, contact: Contact, status: str) -> Json:
        """An entry of `statuses`."""
        item: Json = {"id": message["id"], "status": status, "timestamp": self.world.stamp()}
        if not contact.hidden:
            item["recipient_id"] = contact.phone
        item["recipient_user_id"] = contact.bsuid
        if data := message.get("biz_opaque_callback_data"):
            item["biz_opaque_callback_data"] = data
        if status in ("sent", "delivered"):
            template = message["type"] == "template"
            kind = "utility" if template else "service"
            item["pricing"] = {"billable": template, "pricing_model": "PMP", "category": kind,
                               "type": "regular" if template else "free_customer_service"}  # fmt: skip
            if self.world.switches.conversations:
                until = str(int(self.world.now() + DAY))
                item["conversation"] = {"id": f"c0-{contact.bsuid}", "origin": {"type": kind},
                                        **({"expiration_timestamp": until} if status == "sent" else {})}  # fmt: skip
        return item
