"""What people do in WhatsApp, and what the product hears of it. Every method takes and returns plain JSON."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.files import media_url
from tests.fakes.whatsapp.inspect_media import media_fault
from tests.fakes.whatsapp.messages import BSUID, is_emoji
from tests.fakes.whatsapp.world import DISPLAY_PHONE, Contact, Impossible, World

EDITABLE = 900.0
REVOCABLE = 2 * 86400.0
LONGEST = 65536


class Stage:
    """The people's side."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add_person(self, name: str, phone: str = "", bsuid: str = "", username: str = "") -> Json:
        """Somebody: with a phone number, or known by a BSUID only."""
        digits = re.sub(r"\D", "", phone)
        identity = bsuid or self.world.number("US.1349")
        if not BSUID.fullmatch(identity) or (phone and not 7 <= len(digits) <= 15):
            raise Impossible(f"{phone or identity} is neither a phone number nor a BSUID")
        contact = Contact(
            self.world.number("p"), name, identity, digits or self.world.number("4915"), username, not phone
        )
        self.world.contacts[contact.id] = contact
        return self.person(contact.id)

    def person(self, id: str) -> Json:
        """Who somebody is now."""
        contact = self.world.contacts[id]
        return {"id": id, "name": contact.name, "phone": "" if contact.hidden else contact.phone,
                "bsuid": contact.bsuid, "username": contact.username}  # fmt: skip

    def habits(self, person: str, **changes: Any) -> None:
        """Set `reads`, `reachable`, `takes_bsuid` or `username` of somebody."""
        contact = self.world.contacts[person]
        for name, value in changes.items():
            if name not in ("reads", "reachable", "takes_bsuid", "username"):
                raise KeyError(name)
            setattr(contact, name, value)

    def fail_next(self, person: str, code: int, times: int = 1) -> None:
        """The next messages to somebody are accepted and then fail."""
        self.world.contacts[person].failures.extend([code] * times)

    def write(
        self, person: str, text: str, quote: str = "", forwarded: bool = False, often: bool = False
    ) -> Json:
        """A text, perhaps a reply to a message."""
        if not 0 < len(text) <= LONGEST:
            raise Impossible(f"a text of {len(text)} characters")
        context: Json = {"frequently_forwarded": True} if often else {"forwarded": True} if forwarded else {}
        return self._say(person, "text", {"body": text}, context=context, quote=quote)

    def send(
        self,
        person: str,
        kind: str,
        content: str,
        mime: str,
        voice: bool = False,
        quote: str = "",
        **more: Any,
    ) -> Json:
        """A file (base64): voice note, audio, image, video, document or sticker."""
        body = base64.b64decode(content)
        if kind != "document" and (wrong := media_fault(kind, mime, body, voice)):
            raise Impossible(f"WhatsApp would not send this {kind}: {wrong}")
        media = self.world.add_media(body, mime, str(more.get("filename", "")), inbound=True)
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        about: Json = {**({"voice": voice} if kind == "audio" else {}), **more}
        item: Json = {"mime_type": mime, "sha256": digest, "id": media.id, **about}
        if self.world.switches.media_urls:
            item["url"] = media_url(self.world, media.id)
        return self._say(person, kind, item, quote=quote)

    def share(self, person: str, kind: str, content: Any) -> Json:
        """A location (an object) or contacts (a list)."""
        return self._say(person, kind, content)

    def press(self, person: str, message: str, title: str) -> Json:
        """A reply button, or the quick reply of a template."""
        shown = self._seen(person, message)
        if shown["type"] == "template":
            return self._press_template(person, shown, title)
        buttons = shown.get("interactive", {}).get("action", {}).get("buttons", [])
        found = next((b["reply"] for b in buttons if b["reply"]["title"] == title), None)
        if found is None:
            raise Impossible(f"no button {title!r}: {[b['reply']['title'] for b in buttons]}")
        reply = {"type": "button_reply", "button_reply": found}
        return self._say(person, "interactive", reply, quote=message)

    def _press_template(self, person: str, shown: Json, title: str) -> Json:
        content = shown["template"]
        template = self.world.templates[content["name"], content["language"]["code"]]
        buttons: list[Json] = next(
            (c["buttons"] for c in template.components if c["type"].upper() == "BUTTONS"), []
        )
        at = next(
            (i for i, b in enumerate(buttons) if b["text"] == title and b["type"] == "QUICK_REPLY"), None
        )
        if at is None:
            raise Impossible(f"no quick reply {title!r}: {buttons}")
        sent = [
            c
            for c in content.get("components", [])
            if c["type"].lower() == "button" and str(c["index"]) == str(at)
        ]
        payload = sent[0]["parameters"][0]["payload"] if sent else title
        return self._say(person, "button", {"payload": payload, "text": title}, quote=shown["id"])

    def pick(self, person: str, message: str, title: str) -> Json:
        """A row of a list, by its title or id."""
        shown = self._seen(person, message)
        sections = shown.get("interactive", {}).get("action", {}).get("sections", [])
        rows = [row for section in sections for row in section["rows"]]
        found = next((row for row in rows if title in (row["title"], row["id"])), None)
        if found is None:
            raise Impossible(f"no row {title!r}: {[row['title'] for row in rows]}")
        reply = {"type": "list_reply", "list_reply": {k: v for k, v in found.items() if v}}
        return self._say(person, "interactive", reply, quote=message)

    def react(self, person: str, message: str, emoji: str) -> Json:
        """An emoji on a message, "" to take it back."""
        target = self._seen(person, message)
        if emoji and not is_emoji(emoji):
            raise Impossible(f"{emoji!r} is not an emoji")
        if emoji == target["reactions"].get(person, ""):
            raise Impossible(f"the reaction is {emoji!r} already")
        target["reactions"][person] = emoji
        return self._say(person, "reaction", {"message_id": message, **({"emoji": emoji} if emoji else {})})

    def edit(self, person: str, message: str, text: str) -> Json:
        """Change one's own text, within fifteen minutes."""
        target = self._own(person, message, EDITABLE)
        if target["type"] != "text":
            raise Impossible("only a text can be edited here")
        target["text"] = {"body": text}
        changed = {"type": "text", "text": {"body": text}}
        return self._say(person, "edit", {"original_message_id": message, "message": changed})

    def revoke(self, person: str, message: str) -> Json:
        """Delete one's own message for everyone, within two days."""
        self._own(person, message, REVOCABLE)["revoked"] = True
        return self._say(person, "revoke", {"original_message_id": message})

    def send_unsupported(self, person: str, kind: str = "poll") -> Json:
        """Something the API does not carry."""
        fault = GraphError(131051, "Message type is currently not supported.").in_status()
        fault |= {"title": "Message type unknown", "message": "Message type unknown"}
        del fault["href"]
        return self._say(person, "unsupported", {"type": kind}, errors=[fault])

    def change_number(self, person: str, phone: str = "") -> Json:
        """A new phone number, and with it a new BSUID; the product hears of it as a system message."""
        contact, fresh = self.world.contacts[person], re.sub(r"\D", "", phone)
        old = contact.sender()
        contact.bsuid = self.world.number("US.1349")
        system: Json = {"body": f"{contact.name} changed their user ID", "type": "user_changed_user_id"}
        if not contact.hidden:
            body = f"User {contact.name} changed from {contact.phone} to {fresh}"
            system = {"body": body, "wa_id": fresh, "type": "user_changed_number"}
        contact.phone = fresh or contact.phone
        message = self.world.keep(contact, "system", {**system, "user_id": contact.bsuid}, person)
        item = {**old, "id": message["id"], "timestamp": self.world.stamp(), "type": "system",
                "system": message["system"]}  # fmt: skip
        return {**message, "delivery": self.world.tell("messages", item, contact).get("id", "")}

    def _say(
        self, person: str, kind: str, content: Any, context: Json | None = None, quote: str = "",
        errors: list[Json] | None = None,
    ) -> Json:  # fmt: skip
        contact = self.world.contacts[person]
        about = dict(context or {})
        if quote:
            target = self._seen(person, quote)
            author = DISPLAY_PHONE if target["by"] == "business" else contact.sender().get("from")
            about |= {**({"from": author} if author else {}), "id": quote}
        message = self.world.keep(contact, kind, content, person)
        item: Json = {**({"context": about} if about else {}), **contact.sender(), "id": message["id"],
                      "timestamp": self.world.stamp(), "type": kind, kind: content}  # fmt: skip
        if errors:
            item["errors"] = errors
        if kind not in ("reaction", "edit", "revoke"):
            contact.last_inbound = self.world.now()
        delivery = self.world.tell("messages", item, contact)
        return {**message, "delivery": delivery.get("id", "")}

    def _seen(self, person: str, message: str) -> Json:
        found = self.world.in_chat(self.world.contacts[person], message)
        if found is None or found["status"] == "failed" or found.get("revoked"):
            raise Impossible(f"{person} does not see {message}")
        return found

    def _own(self, person: str, message: str, seconds: float) -> Json:
        found = self._seen(person, message)
        if found["by"] != person or self.world.now() - found["at"] > seconds:
            raise Impossible(f"{message} is not {person}'s, or too old")
        return found
