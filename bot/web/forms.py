"""What the desk takes in: every form becomes one row of the inbox, however often it is sent."""

from __future__ import annotations

import re

from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import DeskChannel
from bot.web import render
from bot.web.desk import address_of, conversation_of, desk_of, session_of
from bot.web.pages import welcome
from studio.domain import Verdict
from studio.errors import BriefTooVague, NeedsFounder
from studio.failpoints import failpoint

SUBJECT = re.compile(r"(script|cut):[0-9A-Za-z_-]{1,64}:[0-9]{1,6}")
DECISIONS = (Verdict.APPROVE, Verdict.CANCEL)


async def login(request: Request) -> Response:
    """The token, pasted."""
    form = await request.form(max_files=0, max_fields=4)
    if desk_of(request).door.knows(_text(form, "token")):
        return welcome(desk_of(request))
    return render.page("login.html", 401, wrong=True)


async def new(request: Request) -> Response:
    """A brief opens a conversation, named by the form's nonce so that it is opened once."""
    form = await _checked(request)
    if not _text(form, "text"):
        raise BriefTooVague
    options = {name: _text(form, name) for name in ("persona", "profile") if _text(form, name)}
    conversation, nonce = DeskChannel.prefix + _nonce(form), _nonce(form)
    body: dict[str, object] = {"text": _text(form, "text"), "options": options}
    await desk_of(request).receive(f"new:{nonce}", conversation, "text", body)
    return _recorded(request, conversation)


async def say(request: Request) -> Response:
    """A message in plain words."""
    form, conversation = await _checked(request), conversation_of(request)
    if not _text(form, "text"):
        raise NeedsFounder("Write what you want to say first.")
    await desk_of(request).talk(conversation)
    await desk_of(request).receive(
        f"text:{_nonce(form)}", conversation, "text", {"text": _text(form, "text")}
    )
    return _recorded(request, conversation)


async def decide(request: Request) -> Response:
    """A pressed button; whether its subject can still be decided is the agent's to say."""
    form, conversation = await _checked(request), conversation_of(request)
    subject, decision = _text(form, "subject"), _text(form, "decision")
    if not SUBJECT.fullmatch(subject) or decision not in DECISIONS:
        raise NeedsFounder("That button is not known here. Reload the page and try again.")
    await desk_of(request).talk(conversation)
    await desk_of(request).receive(
        f"{subject}:{decision}:{_nonce(form)}",
        conversation,
        "decision",
        {"subject": subject, "decision": decision},
    )
    return _recorded(request, conversation)


def _recorded(request: Request, conversation: str) -> Response:
    failpoint("before reply")
    # rung after the answer: with Redis away nobody waits for it
    ring = BackgroundTask(desk_of(request).doorbell.ring)
    return RedirectResponse(address_of(conversation), 303, background=ring)


async def _checked(request: Request) -> FormData:
    session = session_of(request)
    form = await request.form(max_files=0, max_fields=8)
    if not desk_of(request).door.stamped(session, _text(form, "stamp")):
        raise HTTPException(403)
    return form


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""


def _nonce(form: FormData) -> str:
    nonce = _text(form, "nonce")
    if not re.fullmatch("[0-9a-f]{32}", nonce):
        raise NeedsFounder("This form is not complete. Reload the page and send it again.")
    return nonce
