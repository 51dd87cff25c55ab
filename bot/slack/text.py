"""Words on their way into Slack and out of it: escaped, cut to Slack's limits, links and names made plain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SECTION, CONTEXT, HEADER, MESSAGE, OPTION = 3000, 2000, 150, 3500, 75
_MARK = re.compile(r"<([^<>]*)>")
_USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")


def escape(text: str) -> str:
    """Text that Slack shows as it stands: no links, no mentions, no invisible control characters."""
    seen = "".join(character for character in text if character in "\n\t" or character.isprintable())
    return seen.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def clip_escaped(text: str, most: int) -> str:
    """Escaped text cut to a length without cutting an escape apart."""
    if len(text) <= most:
        return text
    return re.sub(r"&[a-z]{0,3}$", "", text[: most - 1]).rstrip() + "…"


def chunks(text: str, most: int) -> Iterator[str]:
    """Escaped text in pieces of at most that many characters, cut at spaces where there are some."""
    while len(text) > most:
        at = text.rfind(" ", most // 2, most)
        piece = text[:at] if at > 0 else re.sub(r"&[a-z]{0,3}$", "", text[:most])
        yield piece
        text = text[len(piece) :].lstrip(" ")
    if text:
        yield text


def mention(user: str) -> str:
    """A name that Slack shows and links."""
    return f"<@{user}>"


def mentioned(text: str) -> set[str]:
    """The ids of the users named in a message's source."""
    return set(_USER.findall(text))


def plain(text: str, names: Mapping[str, str], without: str = "") -> str:
    """A message's source as its writer saw it; the user `without` (the bot) is left out.

    `names` maps user ids to what they are called.
    """

    def words(found: re.Match[str]) -> str:
        inner, _, label = found[1].partition("|")
        if inner.startswith("@"):
            return "" if inner[1:] == without else names.get(inner[1:], label or "somebody")
        if inner.startswith("#"):
            return f"#{label or inner[1:]}"
        if inner.startswith("!"):
            return label or "@" + inner[1:].partition("^")[0]
        return label or inner.removeprefix("mailto:").removeprefix("tel:")

    bare = _MARK.sub(words, text)
    bare = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[ \t]{2,}", " ", bare).strip()
