"""What the desk shows: the list, a conversation, stored files."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sqlalchemy import Connection, RowMapping
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from bot.desk import DeskChannel
from bot.files import media_type
from bot.web import render, shelf
from bot.web.desk import Desk, address_of, conversation_of, desk_of, session_of
from bot.web.door import COOKIE, SESSION_S
from bot.web.render import Forms
from studio import dates
from studio.errors import MediaUnusable
from studio.profiles import PROFILES
from studio.store import following, inbox, personas, productions
from studio.store.productions import ENDED


async def front(request: Request) -> Response:
    """All productions and the box for a new one."""
    forms = _forms(request)
    values = await run_in_threadpool(_overview, desk_of(request))
    return render.page("front.html", forms=forms, profiles=PROFILES, **values)


async def conversation(request: Request) -> Response:
    """One conversation, kept fresh by its events."""
    name = conversation_of(request)
    forms = _forms(request, address_of(name))
    desk = desk_of(request)
    talk = await desk.talk(name)
    progress = await desk.progress(talk)
    facts = await facts_of(desk, talk.production)
    live = render.live(talk, progress, facts)
    return render.page(
        "conversation.html", articles=render.articles(talk, forms), live=live, forms=forms, facts=facts
    )


async def login(request: Request) -> Response:
    """Let in whoever brings the token; otherwise ask for it."""
    token = request.query_params.get("token", "")
    if desk_of(request).door.knows(token):
        return welcome(desk_of(request))
    return render.page("login.html", 401 if token else 200, wrong=bool(token))


def welcome(desk: Desk) -> Response:
    """Start a session and go to the list."""
    answer = RedirectResponse("/", 303, {"cache-control": "no-store"})
    answer.set_cookie(COOKIE, desk.door.session(), max_age=SESSION_S, httponly=True, samesite="strict")
    return answer


async def media(request: Request) -> Response:
    """A stored file, whole or in ranges; a 404 for files that no cut or persona names."""
    session_of(request)
    desk, sha256 = desk_of(request), request.path_params["sha256"]
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise HTTPException(404)
    control = await run_in_threadpool(_control, desk, sha256)
    if not control:
        raise HTTPException(404)
    try:
        path = desk.media.fetch(sha256)
    except MediaUnusable as error:
        raise HTTPException(404, error.say, {"x-plain": "1"}) from error
    return FileResponse(path, media_type=media_type(path), headers={"cache-control": control})


def _forms(request: Request, address: str = "") -> Forms:
    stamp = desk_of(request).door.stamp(session_of(request))
    return Forms(stamp, secrets.token_hex(16), address)


def _control(desk: Desk, sha256: str) -> str:
    with desk.store.read() as connection:
        return shelf.may_show(connection, sha256)


async def facts_of(desk: Desk, production: RowMapping | None) -> dict[str, Any]:
    """What the head of a conversation says of its production; empty while there is none."""
    return await run_in_threadpool(_facts, desk, production) if production else {}


def _facts(desk: Desk, production: RowMapping) -> dict[str, Any]:
    with desk.store.read() as connection:
        return _card(connection, production)


def _overview(desk: Desk) -> dict[str, Any]:
    with desk.store.read() as connection:
        return {
            "personas": personas.all_of(connection),
            "cards": [_card(connection, row) for row in productions.latest(connection)],
            "fresh": [
                {
                    "text": row["body"]["text"],
                    "at": row["received_at"],
                    "address": address_of(row["conversation"]),
                }
                for row in inbox.not_yet_productions(connection)
            ],
        }


def _card(connection: Connection, row: RowMapping) -> dict[str, Any]:
    cut = productions.cut_row(connection, row["id"])
    return {
        "brief": row["brief"],
        "status": row["status"],
        "when": dates.said(row["due"], row["zone"]) if row["due"] and row["status"] not in ENDED else "",
        "updated": row["updated_at"],
        "persona": personas.by_id(connection, row["persona_id"]).name,
        "spent": productions.spent(connection, row["id"]),
        "sheet": cut["sheet"] if cut else "",
        "address": address_of(following.shown_in(connection, row, DeskChannel.prefix) or row["conversation"]),
    }
