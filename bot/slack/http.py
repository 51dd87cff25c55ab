"""Slack over HTTP: one address for everything Slack sends, two for installing."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from slack_bolt import BoltResponse
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.porch import body_of
from bot.slack.signature import is_signed

MOST_BYTES = 1_000_000
EVENTS, INSTALL, REDIRECT = "/slack/events", "/slack/install", "/slack/oauth_redirect"


def slack_routes(app: AsyncApp, signing_secret: str, oauth: AsyncOAuthFlow | None = None) -> Starlette:
    """An ASGI app with Slack's addresses."""

    async def events(request: Request) -> Response:
        try:
            body = await body_of(request, MOST_BYTES)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("too large", 413)
        if _is_ssl_check(body):
            return Response()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_signed(signing_secret, headers, body):
            return PlainTextResponse("invalid request", 401)
        if not _is_readable(
            body, headers.get("content-type", "")
        ):  # signed, and yet nothing that Slack sends
            return PlainTextResponse("unreadable", 400)
        asked = AsyncBoltRequest(body=body.decode(), query=request.url.query, headers=dict(request.headers))
        return to_starlette_response(await app.async_dispatch(asked))

    routes = [Route(EVENTS, events, methods=["POST"])]
    if oauth is not None:
        routes += _installing(oauth)
    return Starlette(routes=routes)


def _installing(oauth: AsyncOAuthFlow) -> list[Route]:
    async def install(request: Request) -> Response:
        answer: BoltResponse = await oauth.handle_installation(to_async_bolt_request(request, b""))
        return to_starlette_response(answer)

    async def redirect(request: Request) -> Response:
        answer: BoltResponse = await oauth.handle_callback(to_async_bolt_request(request, b""))
        return to_starlette_response(answer)

    return [Route(INSTALL, install), Route(REDIRECT, redirect)]


def _is_readable(body: bytes, kind: str) -> bool:
    """Whether it is an event (a JSON object) or a form, whose payload, if it has one, is a JSON object."""
    try:
        text = body.decode()
        if kind.startswith("application/json"):
            return isinstance(json.loads(text), dict)
        payload = parse_qs(text).get("payload")
        return payload is None or isinstance(json.loads(payload[0]), dict)
    except ValueError:
        return False


def _is_ssl_check(body: bytes) -> bool:
    if b"ssl_check" not in body or len(body) > 500:
        return False
    return parse_qs(body.decode("latin-1")).get("ssl_check") == ["1"] and b"payload" not in body
