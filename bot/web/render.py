"""HTML from templates, always escaped: whole pages, one message, the line that says what is going on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

from bot import words
from bot.talk import Talk
from studio import dates
from studio.domain import Status
from studio.messages import SCRIPT
from studio.profiles import PROFILES
from studio.progress import Progress

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Forms:
    """What a page's forms carry: the session's stamp, a nonce so that each counts once, the address."""

    stamp: str
    nonce: str
    address: str = ""


def _clock(at: float) -> str:
    moment = datetime.fromtimestamp(at).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if today else "%-d %b, %H:%M")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "duration": words.duration,
        "roughly": words.roughly,
        "money": words.money,
        "ago": lambda at: words.ago(time.time() - at),
        "clock": _clock,
        "iso": lambda at: datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds"),
        "sentences": words.sentences,
        "worst_first": words.worst_first,
        "measured": words.measured,
        "decision": words.decision,
        "status": lambda status: words.STATUS[Status(status)],
    }
    environment.globals["greeting"] = words.GREETING
    return environment


ENVIRONMENT = _environment()


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page; it may hold private words, so no cache keeps it."""
    body = ENVIRONMENT.get_template(name).render(**values)
    return HTMLResponse(body, status, {"cache-control": "no-store"})


def articles(talk: Talk, forms: Forms) -> list[dict[str, str]]:
    """Messages as {"id", "digest", "html"}; the same message gives the same digest on the same page."""
    found, shape = [], "square"
    for message in talk.messages:
        if message.kind == SCRIPT:
            shape = _shape(message.body.get("profile", ""))
        html = ENVIRONMENT.get_template("message.html").render(message=message, forms=forms, shape=shape)
        found.append({"id": message.html_id, "digest": digest(html), "html": html})
    return found


def _shape(profile: str) -> str:
    one = PROFILES.get(profile, PROFILES["square"])
    return "wide" if one.width > one.height else "tall" if one.width < one.height else "square"


def about(talk: Talk, facts: Mapping[str, Any]) -> str:
    """The head of a conversation: what it is about, who speaks, what it cost; from the first word on."""
    words_of = [message.body["text"] for message in talk.messages if message.mine and message.kind == "text"]
    brief = facts["brief"] if facts else next(iter(words_of), "New video")
    return ENVIRONMENT.get_template("about.html").render(brief=brief, facts=facts)


def live(talk: Talk, progress: Progress, facts: Mapping[str, Any]) -> dict[str, str]:
    """What the studio is at: {"html", "about", "state", "status", "spoken"}; `spoken` changes rarely."""
    doing = words.doing(talk, progress)
    rendering = talk.status == Status.RENDERING
    row = talk.production if talk.status == Status.SCHEDULED else None
    when = dates.said(row["due"], row["zone"]) if row is not None else ""
    html = ENVIRONMENT.get_template("live.html").render(
        doing=doing,
        when=when,
        rendering=rendering,
        progress=progress,
        takes=words.takes(progress),
        hint=words.hint(talk, time.time()),
        since=talk.production["updated_at"] if talk.production else 0.0,
    )
    share = f", {10 * round(progress.fraction * 10)} per cent" if rendering else ""
    status = words.STATUS[talk.status] if talk.status else "waiting"
    return {
        "html": html,
        "about": about(talk, facts),
        "state": talk.status or "",
        "status": status,
        "spoken": f"{doing}{share}" if doing else "",
    }


def digest(html: str) -> str:
    """A short name of exactly that HTML."""
    return hashlib.sha256(html.encode()).hexdigest()[:16]
