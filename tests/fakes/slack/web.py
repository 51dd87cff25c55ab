"""The routes: Web API, uploads and downloads, response_urls, the WebSocket, and the test's control."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from aiohttp import web

from tests.fakes.slack.backstage import Backstage
from tests.fakes.slack.files import receive
from tests.fakes.slack.forms import Impossible
from tests.fakes.slack.workspace import Refusal

LOGIN = "<!DOCTYPE html><html><head><title>Login | Slack</title></head><body>Sign in</body></html>"


class Routes:
    """HTTP in front of a Backstage."""

    def __init__(self, backstage: Backstage) -> None:
        self.backstage, self.world = backstage, backstage.world
        self.app = web.Application(client_max_size=1 << 30)
        self.app.add_routes(
            [
                web.route("*", "/api/{method}", self.api),
                web.post("/upload/v1/{id}", self.upload),
                web.get("/files-pri/{id}/{rest:.*}", self.download),
                web.get("/login", self.login),
                web.get("/elsewhere/{id}", self.elsewhere),
                web.get("/link/", backstage.socket_mode.link),
                web.post("/control", self.control),
                web.post("/{kind:commands|actions|app}/{team}/{key}", self.hook),
            ]
        )

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call of the Web API; GET or POST, arguments from query, form and JSON together."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        raw = await _arguments(request)
        if scheme == "Basic" and not isinstance(raw, Refusal):
            name, _, secret = base64.b64decode(bearer).decode().partition(":")
            raw |= {"client_id": (name, True), "client_secret": (secret, True)}
        answer = self.backstage.gate.ask(
            request.match_info["method"], bearer if scheme == "Bearer" else "", raw
        )
        then = answer.fault.then if answer.fault else ""
        if answer.fault and answer.fault.seconds:
            await asyncio.sleep(answer.fault.seconds)
        if then == "cut" and request.transport is not None:
            assert isinstance(request.transport, asyncio.Transport)
            request.transport.abort()
        if then == "html":
            return web.Response(status=503, text=LOGIN, content_type="text/html")
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of an upload."""
        fault = self.backstage.gate.faults.get("upload")
        if fault:
            fault.popleft()
            return web.Response(status=500)
        status, text = receive(self.world, request.match_info["id"], await request.read())
        return web.Response(status=status, text=text)

    async def download(self, request: web.Request) -> web.Response:
        """A private file; without a token that may read it, the way to the login page."""
        identity = request.match_info["id"].partition("-")[2]
        _, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = self.world.tokens.get(bearer)
        if token is None or token.revoked or "files:read" not in token.scopes:
            raise web.HTTPFound(f"{self.world.url}/login?redir={request.path}")
        if self.world.files_elsewhere:
            raise web.HTTPFound(f"{self.world.url.replace('127.0.0.1', 'localhost')}/elsewhere/{identity}")
        return self._content(identity)

    async def elsewhere(self, request: web.Request) -> web.Response:
        """The file on another host, where Slack's token has no business."""
        if "Authorization" in request.headers:
            self.world.violation("token_leaked", f"{request.host}{request.path}")
        return self._content(request.match_info["id"])

    def _content(self, identity: str) -> web.Response:
        if (body := self.world.contents.get(identity)) is None:
            return web.Response(status=404, text=LOGIN, content_type="text/html")
        return web.Response(body=body, content_type=self.world.files[identity]["mimetype"])

    async def login(self, request: web.Request) -> web.Response:
        """What a browser without a session sees, with status 200."""
        return web.Response(text=LOGIN, content_type="text/html")

    async def hook(self, request: web.Request) -> web.Response:
        """A post to a response_url."""
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self.world.violation("invalid_payload", f"response_url: {await request.text()}"[:500])
            return web.Response(status=400, text="invalid_payload")
        status, text = self.backstage.answers.hook(request.match_info["key"], body)
        if status != 200:
            return web.json_response({"ok": False, "error": text}, status=status)
        return web.Response(text=text)

    async def control(self, request: web.Request) -> web.Response:
        """The driver from another process: {"name", "args"}."""
        asked = await request.json()
        try:
            done = await self.backstage.perform(asked["name"], asked.get("args") or {})
        except Impossible as error:
            return web.json_response({"impossible": str(error)}, status=409)
        return web.json_response({"result": done})


async def _arguments(request: web.Request) -> dict[str, tuple[Any, bool]] | Refusal:
    """Each argument with whether it came as text; or why the body is unreadable."""
    raw: dict[str, tuple[Any, bool]] = {name: (value, True) for name, value in request.query.items()}
    kind = request.content_type
    if request.method == "GET" or not request.can_read_body:
        return raw
    if kind == "application/json":
        try:
            body: Any = json.loads(await request.text())
        except ValueError:
            return Refusal("invalid_json")
        if not isinstance(body, dict):
            return Refusal("json_not_object")
        return raw | {name: (value, False) for name, value in body.items()}
    return raw | {name: (value, True) for name, value in (await request.post()).items()}
