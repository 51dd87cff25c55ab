"""Words that are about the person and not about a video: linking channels, copies, being forgotten.

They are whole messages in closed forms; everything else a person writes is a brief or a reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_PLACE = (
    r"(?:my |the |this |another )?(?:phone|number|account|channel|chat|slack|whatsapp|web desk|desk|terminal)"
)
_COPIES = r"(?: (?:here|this chat|this channel|the copies|copies))?"


class Wish(StrEnum):
    """What an aside asks for."""

    LINK = "link"
    REDEEM = "redeem"
    UNLINK = "unlink"
    MUTE = "mute"
    UNMUTE = "unmute"
    FORGET = "forget"


FORMS = (
    (Wish.LINK, rf"link(?: me| {_PLACE}(?: (?:to|with|and) {_PLACE})?)?"),
    (Wish.UNLINK, rf"unlink(?: me| {_PLACE})?"),
    (Wish.MUTE, rf"mute{_COPIES}"),
    (Wish.UNMUTE, rf"unmute{_COPIES}"),
    (
        Wish.FORGET,
        r"(?:forget|erase|delete|remove) (?:me|(?:all )?my (?:phone )?(?:number|address|data))",
    ),
)
_CODE = re.compile(r"(?:please )?link (?:code )?([a-z0-9]{2,9}(?:[ -]?[a-z0-9]{2,9})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aside:
    """A wish; `code` is what was written behind "link", in capitals and without its hyphen."""

    wish: Wish
    code: str = ""


def aside_of(text: str) -> Aside | None:
    """The wish that a message consists of, None for a brief or a reply."""
    plain = " ".join(text.split()).rstrip(".! ")
    for wish, form in FORMS:
        if re.fullmatch(f"(?:please )?{form}(?:,? please)?", plain, re.IGNORECASE):
            return Aside(wish)
    if found := _CODE.fullmatch(plain):
        code = re.sub(r"\W", "", found[1])
        # every code has a digit, so a word in small letters is none: "link building" is a brief
        if 6 <= len(code) <= 10 and (code.isupper() or any(each.isdigit() for each in code)):
            return Aside(Wish.REDEEM, code.upper())
    return None
