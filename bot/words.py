"""How the surfaces say numbers, states and decisions: plain words, the same in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.talk import Talk
from studio.domain import Status
from studio.progress import Progress

GREETING = (
    "Hello. Tell me in a sentence or two what the video is about, how long it should be and how it should "
    "sound. I write a script first; nothing is rendered before you say yes."
)

STATUS = {
    Status.DRAFTING: "writing the script",
    Status.SCRIPT_REVIEW: "script waits for you",
    Status.RENDERING: "rendering",
    Status.CUT_REVIEW: "preview waits for you",
    Status.SCHEDULED: "waits for its date",
    Status.DELIVERING: "delivering",
    Status.DELIVERED: "delivered",
    Status.CANCELLED: "stopped",
    Status.FAILED: "needs attention",
}

PATIENCE_S = 20.0
RANK = {"red": 0, "amber": 1, "green": 2}


def duration(seconds: float) -> str:
    """ "42 s", "3 min 20 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def roughly(seconds: float) -> str:
    """An estimate: seconds below a minute and a half, minutes above."""
    return duration(seconds) if seconds < 90 else duration(60 * round(seconds / 60))


def money(usd: float) -> str:
    """ "no cost", "less than a cent", "$0.12"."""
    if usd <= 0:
        return "no cost"
    return "less than a cent" if usd < 0.01 else f"${usd:.2f}"


def said(line: Mapping[str, Any], most: int = 180) -> str:
    """ "$4.2M → four point two million dollars", for what a line says otherwise than it is written; "" for none."""
    pairs = [f"{written} → {spoken}" for written, spoken in line.get("spoken") or ()]
    shown = " · ".join(pairs)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def ago(seconds: float) -> str:
    """How long ago something was."""
    if seconds < 60:
        return "just now"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def sentences(value: object) -> list[str]:
    """What changed, as a list, however many there are."""
    if isinstance(value, str):
        return [value] if value else []
    return [str(one) for one in value] if isinstance(value, Sequence) else []


def worst_first(report: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Report items, red before amber before green, otherwise in their order."""
    return sorted(report, key=lambda item: RANK.get(item["state"], 1))


def measured(item: Mapping[str, Any]) -> str:
    """An item's value with its unit, "" when it has none."""
    value = item.get("value")
    if value is None or value == "":
        return ""
    shown = f"{value:.3g}" if isinstance(value, float) else str(value)
    return f"{shown} {item.get('unit') or ''}".strip()


def decision(body: Mapping[str, Any]) -> str:
    """A pressed button as a sentence of the person who pressed it."""
    what, _, rest = str(body.get("subject", "")).partition(":")
    thing = {"script": "script", "cut": "preview"}.get(what, "this")
    version = rest.rpartition(":")[2]
    verb = {"approve": "Approved", "cancel": "Stopped"}.get(body.get("decision", ""), "Answered")
    said = f"{verb} the {thing}, version {version}." if version else f"{verb}."
    return f"{said} {body['text']}" if body.get("text") else said


def takes(progress: Progress) -> str:
    """ "7 of 24 takes, 5 reused"."""
    if not progress.total:
        return "ordering takes"
    reused = f", {progress.reused} reused" if progress.reused else ""
    return f"{progress.done} of {progress.total} takes{reused}"


def hint(talk: Talk, now: float) -> str:
    """What to look at when nobody reads what was sent, "" otherwise."""
    if talk.unread_since is None or now - talk.unread_since < PATIENCE_S:
        return ""
    return "Nobody has picked this up yet. It is kept safe; is the studio running?"


def doing(talk: Talk, progress: Progress) -> str:
    """What the studio is at, in a few words; "" when it waits for the person or is done."""
    if talk.unread_since is not None:
        return "Reading your message"
    if talk.status == Status.RENDERING:
        return (progress.doing or ("in the queue" if progress.fraction < 1 else "almost ready")).capitalize()
    working = {Status.DRAFTING: "Writing the script", Status.DELIVERING: "Delivering the file"}
    return working.get(talk.status, "") if talk.status else ""
