"""Server-sent events: new and changed messages of one conversation, and how far the work is."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.web import render
from bot.web.desk import Desk, address_of, conversation_of, desk_of, session_of
from bot.web.pages import facts_of
from bot.web.render import Forms

EVERY_S = 0.7
HEARTBEAT_S = 15.0


async def events(request: Request) -> Response:
    """The stream of one page; its nonce makes the fragments' forms those of that page."""
    nonce = request.query_params.get("nonce", "")
    if not re.fullmatch("[0-9a-f]{32}", nonce):
        raise HTTPException(404)
    desk, conversation = desk_of(request), conversation_of(request)
    forms = Forms(desk.door.stamp(session_of(request)), nonce, address_of(conversation))
    await desk.talk(conversation)
    stream = _stream(request, conversation, forms)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _stream(request: Request, conversation: str, forms: Forms) -> AsyncIterator[str]:
    known: dict[str, str] = {}
    spoke = time.monotonic()
    while not request.app.state.is_closing():
        for name, event in await _news(desk_of(request), conversation, forms):
            digest = event.get("digest") or render.digest(json.dumps(event))
            if known.get(event.get("id", name)) != digest:
                known[event.get("id", name)] = digest
                spoke = time.monotonic()
                yield f"event: {name}\ndata: {json.dumps(event)}\n\n"
        if time.monotonic() - spoke > HEARTBEAT_S:
            spoke = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(EVERY_S)


async def _news(desk: Desk, conversation: str, forms: Forms) -> list[tuple[str, dict[str, str]]]:
    talk = await desk.talk(conversation)
    progress = await desk.progress(talk)
    facts = await facts_of(desk, talk.production)
    articles = [("message", one) for one in render.articles(talk, forms)]
    return [*articles, ("live", render.live(talk, progress, facts))]
