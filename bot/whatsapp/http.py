"""WhatsApp's one address: the handshake by GET, everything else by POST, answered once it is committed."""

from __future__ import annotations

import json
import logging
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.porch import body_of
from bot.whatsapp.reception import Reception
from bot.whatsapp.signature import challenge_of, is_signed
from studio.errors import NotNow

log = logging.getLogger(__name__)
MOST_BYTES = 3_500_000  # WhatsApp sends at most 3 MB
WEBHOOK = "/whatsapp/webhook"


def whatsapp_routes(reception: Reception, app_secret: str, verify_token: str) -> Starlette:
    """An ASGI app with WhatsApp's address."""

    async def handshake(request: Request) -> Response:
        challenge = challenge_of(verify_token, request.query_params)
        return PlainTextResponse("no", 403) if challenge is None else PlainTextResponse(challenge)

    async def events(request: Request) -> Response:
        try:
            body = await body_of(request, MOST_BYTES)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("too large", 413)
        if not is_signed(app_secret, request.headers.get("x-hub-signature-256", ""), body):
            return PlainTextResponse("invalid signature", 401)
        try:
            await reception.take_in(_payload(body))
        except NotNow as trouble:  # not recorded, so WhatsApp is to send it again
            log.warning("A delivery of WhatsApp could not be recorded: %s", trouble.say)
            return PlainTextResponse("not now", 503)
        return Response()

    return Starlette(
        routes=[
            Route(WEBHOOK, handshake, methods=["GET"]),
            Route(WEBHOOK, events, methods=["POST"]),
        ]
    )


def _payload(body: bytes) -> Any:
    """The JSON, None for anything else; signed and yet unreadable, it would come again for a week."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
