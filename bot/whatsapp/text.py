"""Words as WhatsApp takes them: plain, and as long as it allows, counted in UTF-16 units (an emoji is two)."""

from __future__ import annotations

LONGEST = 4096


def plain(text: str) -> str:
    """Words as they stand: no control characters, no half characters."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(char for char in whole if char in "\n\t" or char.isprintable()).strip()


def size(text: str) -> int:
    """How long a text is in UTF-16 units, the strictest way to count; nothing says which way Meta counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, most: int) -> str:
    """At most so many units, with an ellipsis where something is missing."""
    return text if size(text) <= most else text[: _fitting(text, most - 1)].rstrip() + "…"


def pieces(text: str, last: int = LONGEST) -> list[str]:
    """A text in messages of at most 4096 units, the last of at most `last`, cut between paragraphs if it can."""
    found: list[str] = []
    while size(text) > last:
        most = _fitting(text, min(LONGEST, size(text) - 1))
        at = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, most // 2, most)) > 0), most)
        found.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [piece for piece in (*found, text) if piece]


def _fitting(text: str, most: int) -> int:
    """How many characters from the beginning fit into so many units."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore"))
