"""What a webhook brings, read without trust: messages and statuses of one phone number, nothing that could hurt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
LONGEST_ID, LONGEST_DATA = 190, 200
MOST_TEXT = 70_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message: `phone` in digits or "", `bsuid` or ""; `content` is what stands under its type."""

    wamid: str
    type: str
    at: float
    phone: str
    bsuid: str
    content: Json
    quoted: str

    def text(self, *path: str) -> str:
        """A text in the content, "" when there is none."""
        found: Any = self.content
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return _text(found)


@dataclass(frozen=True, slots=True)
class News:
    """What became of a message of ours; `data` is the word that was sent with it."""

    wamid: str
    state: str
    code: int
    data: str


def read(payload: object, phone_number_id: str) -> tuple[list[Arrived], list[News]]:
    """Everything in a POST that concerns that number, in its order; what is odd is left out."""
    messages: list[Arrived] = []
    news: list[News] = []
    if not isinstance(payload, dict) or payload.get("object") != "whatsapp_business_account":
        return messages, news
    for entry in _objects(payload.get("entry")):
        for change in _objects(entry.get("changes")):
            value = change.get("value")
            if change.get("field") != "messages" or not isinstance(value, dict):
                continue
            about = value.get("metadata")
            if not isinstance(about, dict) or _text(about.get("phone_number_id")) != phone_number_id:
                continue
            messages += filter(None, (_message(each) for each in _objects(value.get("messages"))))
            news += filter(None, (_news(each) for each in _objects(value.get("statuses"))))
    return messages, news


def _message(item: Json) -> Arrived | None:
    wamid, kind = _text(item.get("id")), _text(item.get("type"))
    phone, bsuid = address_of(_text(item.get("from")), _text(item.get("from_user_id")))
    if not 0 < len(wamid) <= LONGEST_ID or not (phone or bsuid):
        return None
    content, context = item.get(kind), item.get("context")
    quoted = _text(context.get("id")) if isinstance(context, dict) else ""
    stamp = _text(item.get("timestamp"))
    at = float(stamp) if re.fullmatch(r"[0-9]{1,11}", stamp) else 0.0
    inside = content if isinstance(content, dict) else {}
    return Arrived(wamid, kind, at, phone, bsuid, inside, quoted[:LONGEST_ID])


def address_of(phone: str, bsuid: str) -> tuple[str, str]:
    """A phone number and a business-scoped id, each "" unless it looks like one."""
    phone = phone if re.fullmatch(r"[0-9]{5,20}", phone, re.ASCII) else ""
    return phone, bsuid if re.fullmatch(r"[A-Za-z0-9.]{4,150}", bsuid) else ""


def _news(item: Json) -> News | None:
    wamid, state = _text(item.get("id")), _text(item.get("status"))
    if not 0 < len(wamid) <= LONGEST_ID:
        return None
    error = next(_objects(item.get("errors")), {})
    code = error.get("code")
    data = _text(item.get("biz_opaque_callback_data"))
    known = code if isinstance(code, int) and 0 <= code < 10**9 else 0
    return News(wamid, state, known, data if len(data) <= LONGEST_DATA else "")


def _objects(found: object) -> Iterator[Json]:
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def _text(found: object) -> str:
    """Text that any database takes: no NUL, no half characters."""
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found)[:MOST_TEXT].replace("\x00", "").encode("utf-8", "replace").decode()
