"""Recognising a brief that is a finished script already, to be spoken word for word."""

from __future__ import annotations

import re

from tools.script import split_sentences

_MARKED = re.compile(
    r"^(?P<head>[^\n\"“]{0,200}?)\b(?:(?:the |my |this |use (?:this|my) |here is (?:the|my) "
    r")?script(?: is)?|verbatim|"
    r"word for word|say exactly(?: this)?|read (?:this|exactly)(?: out)?|exact (?:text|"
    r"words))\s*[:\n]\s*(?P<text>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"^(?P<head>[^\"“]{0,200})[\"“](?P<text>[^\"“”]+)[\"”]\s*\.?\s*$", re.DOTALL)
_AFTER_COLON = re.compile(r"^(?P<head>[^:\n]{3,120}):\s+(?P<text>.+)$", re.DOTALL)
_ASKING = re.compile(
    r"\b(?:make|create|write|draft|record|generate|video|clip|reel|seconds?|secs?|\d+ ?s|tone|linkedin|"
    r"tiktok|"
    r"vertical|mention|script|captions?)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…][\"”'’)\]]*(?:\s*[^\w\s]+)?$")


def finished_script(brief: str) -> tuple[str, str] | None:
    """(asks before it, the script) when the brief holds a finished script, else None.

    That is: a text marked as script, a quotation that ends the brief, at least three whole sentences after a
    colon, or a text of whole sentences with at least 25 words that asks for nothing.
    """
    text = brief.strip()
    if marked := _MARKED.match(text):
        return marked["head"].strip(" ,:-\n"), _unquoted(marked["text"])
    quoted = _QUOTED.match(text)
    if quoted and len(quoted["text"].split()) >= 5 and not _names_part(quoted["head"]):
        return quoted["head"].strip(" ,:-\n"), quoted["text"].strip()
    colon = _AFTER_COLON.match(text)
    if colon and _ASKING.search(colon["head"]) and _whole(colon["text"], sentences=3, words=20):
        return colon["head"].strip(), _unquoted(colon["text"])
    if not _ASKING.search(text[:120]) and _whole(text, sentences=2, words=25):
        return "", text
    return None


def _names_part(head: str) -> bool:
    return bool(
        re.search(r"\b(?:end|close|finish|start|open|begin|called|titled|named|hook)\b", head, re.IGNORECASE)
    )


def _whole(text: str, sentences: int, words: int) -> bool:
    found = split_sentences(text)
    complete = all(_END.search(sentence) and len(sentence.split()) > 1 for sentence in found)
    return complete and len(found) >= sentences and len(text.split()) >= words


def _unquoted(text: str) -> str:
    tidy = text.strip()
    return tidy[1:-1].strip() if re.fullmatch(r"[\"“][^\"“”]*[\"”]", tidy) else tidy
