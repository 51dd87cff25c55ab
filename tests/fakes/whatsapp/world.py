"""What the stand-in for WhatsApp knows: people, chats, templates, media, tokens; one clock for all."""

from __future__ import annotations

import base64
import itertools
import math
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
PHONE_NUMBER_ID = "106540352242922"
WABA_ID = "102290129340398"
APP_ID = "670843887433847"
DISPLAY_PHONE = "15550783881"
TOKEN = "EAAJtestSystemUser"
APP_SECRET = "5f2c1f4d0a4b4b0c9f0e2d7a6b8c9d0e"
VERIFY_TOKEN = "verify-token"
SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
DAY = 86400.0
URL_LIFE = 300.0
UPLOAD_LIFE, INBOUND_LIFE = 30 * DAY, 7 * DAY


class Impossible(AssertionError):
    """A test asked a person for something that cannot be done in WhatsApp."""


@dataclass
class Contact:
    """A person. `phone` is digits; with `hidden` the business never sees it and must use the BSUID."""

    id: str
    name: str
    bsuid: str
    phone: str = ""
    username: str = ""
    hidden: bool = False
    last_inbound: float = -math.inf
    reachable: bool = True
    reads: bool = True
    takes_bsuid: bool = True
    failures: deque[int] = field(default_factory=deque)

    def card(self) -> Json:
        """The entry in `contacts` of a webhook."""
        profile = {"name": self.name, **({"username": self.username} if self.username else {})}
        return {"profile": profile, **({} if self.hidden else {"wa_id": self.phone}), "user_id": self.bsuid}

    def sender(self) -> Json:
        """Who a message is from."""
        return {**({} if self.hidden else {"from": self.phone}), "from_user_id": self.bsuid}


@dataclass
class Media:
    """A file: uploaded by the business, or sent by a person."""

    id: str
    content: bytes
    mime: str
    until: float
    filename: str = ""
    inbound: bool = False


@dataclass
class Template:
    """A message template as the registry holds it."""

    id: str
    name: str
    language: str
    components: list[Json]
    category: str = "UTILITY"
    status: str = "APPROVED"

    def public(self) -> Json:
        """As GET message_templates shows it."""
        return {"name": self.name, "parameter_format": self.parameter_format, "components": self.components,
                "language": self.language, "status": self.status, "category": self.category,
                "id": self.id}  # fmt: skip

    @property
    def parameter_format(self) -> str:
        """NAMED when the placeholders have names."""
        names = re.findall(r"\{\{(\w+)\}\}", str(self.components))
        return "NAMED" if any(not name.isdigit() for name in names) else "POSITIONAL"


@dataclass
class Switches:
    """How WhatsApp behaves; times in seconds.

    `at_once`: what a status would report (131026, 131047, 131053) is answered to the request instead.
    `batch`: how several events share one POST (see webhooks.packed). `retry_delays` stands for seven days.
    """

    at_once: bool = False
    allowed: list[str] | None = None
    media_urls: bool = False
    conversations: bool = False
    uploads_by_kind: bool = False
    pair_rate: float = 1 / 6
    pair_burst: float = 45.0
    throughput: float = 80.0
    status_seconds: float = 0.02
    double: bool = False
    delay: float = 0.0
    holding: bool = False
    batch: str = "messages"
    ack_seconds: float = 5.0
    retry_delays: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)


class World:
    """All state; touched only from the server's own thread."""

    def __init__(self, url: str = "", app_secret: str = APP_SECRET) -> None:
        self.url, self.app_secret = url, app_secret
        self.switches = Switches()
        self.tokens: dict[str, tuple[str, ...]] = {TOKEN: SCOPES}
        self.contacts: dict[str, Contact] = {}
        self.messages: dict[str, Json] = {}
        self.media: dict[str, Media] = {}
        self.urls: dict[str, Json] = {}
        self.templates: dict[tuple[str, str], Template] = {}
        self.webhook: Json = {}
        self.is_subscribed = True
        self.calls: list[Json] = []
        self.typing: list[Json] = []
        self.violations: list[Json] = []
        self.ahead = 0.0
        self.tell: Callable[[str, Json, Contact], Json] = lambda kind, item, contact: {}
        self._numbers = itertools.count(1)

    def now(self) -> float:
        """Unix seconds, moved ahead by the driver."""
        return time.time() + self.ahead

    def stamp(self) -> str:
        """As webhooks carry it."""
        return str(int(self.now()))

    def number(self, prefix: str = "") -> str:
        """A new id."""
        return f"{prefix}{next(self._numbers):015d}"

    def wamid(self) -> str:
        """A message id."""
        return "wamid.HBgL" + base64.b64encode(self.number("/>?").encode()).decode() + "AA=="

    def violation(self, code: str, detail: str) -> None:
        """Something WhatsApp would not accept, or a person would suffer from."""
        self.violations.append({"code": code, "detail": detail[:1000]})

    def add_media(self, content: bytes, mime: str, filename: str = "", inbound: bool = False) -> Media:
        """Keep a file."""
        life = INBOUND_LIFE if inbound else UPLOAD_LIFE
        media = Media(self.number("1"), content, mime, self.now() + life, filename, inbound)
        self.media[media.id] = media
        return media

    def living_media(self, identity: str) -> Media | None:
        """A file that is there and not expired."""
        found = self.media.get(identity)
        return found if found is not None and found.until > self.now() else None

    def addressed(self, body: Json) -> Contact | None:
        """The person a message is for; a hidden phone number leads to nobody."""
        if (bsuid := body.get("recipient")) is not None:
            return next((c for c in self.contacts.values() if c.bsuid == bsuid), None)
        digits = re.sub(r"\D", "", body["to"])
        return next((c for c in self.contacts.values() if c.phone == digits and not c.hidden), None)

    def keep(self, contact: Contact, kind: str, content: Any, by: str, **more: Any) -> Json:
        """Put a message into the chat with a person."""
        message = {"id": self.wamid(), "person": contact.id, "by": by, "type": kind, kind: content,
                   "at": self.now(), "status": "", "reactions": {}, **more}  # fmt: skip
        self.messages[message["id"]] = message
        return message

    def in_chat(self, contact: Contact, identity: str, by: str = "") -> Json | None:
        """A message of the chat with this person."""
        found = self.messages.get(identity)
        mine = found is not None and found["person"] == contact.id and by in ("", found["by"])
        return found if mine else None
