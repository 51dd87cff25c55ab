"""The routes: the Graph API under a version, media addresses, and the test's control."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.fakes.forms import fields_of
from tests.fakes.whatsapp.backstage import Backstage
from tests.fakes.whatsapp.errors import GraphError
from tests.fakes.whatsapp.files import Part, download
from tests.fakes.whatsapp.gate import Fault, Request
from tests.fakes.whatsapp.world import Impossible

SORRY = "<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>"


class Routes:
    """HTTP in front of a Backstage."""

    def __init__(self, backstage: Backstage) -> None:
        self.backstage, self.world = backstage, backstage.world
        self.app = web.Application(client_max_size=1 << 28)
        self.app.add_routes(
            [
                web.get("/whatsapp_business/attachments/", self.attachment),
                web.post("/control", self.control),
                web.route("*", r"/{version:v\d+(\.\d+)?}/{path:.+}", self.graph),
            ]
        )

    async def graph(self, asked: web.Request) -> web.StreamResponse:
        """One call of the Graph API."""
        parts = tuple(part for part in asked.match_info["path"].split("/") if part)
        request = Request(asked.method, parts, dict(asked.query), _bearer(asked))
        if asked.content_type == "multipart/form-data":
            request.form = await _form(asked)
            request.body = {k: p.filename or p.text for k, p in request.form.items()}
        elif asked.can_read_body:
            request.body = await _json(asked)
        answer = await self.backstage.gate.ask(asked.match_info["version"], request)
        if (spoilt := await _spoilt(asked, answer.fault)) is not None:
            return spoilt
        return web.json_response(answer.body, status=answer.status)

    async def attachment(self, asked: web.Request) -> web.StreamResponse:
        """A file by its address: only with the token, only while the address is good."""
        fault = self.backstage.gate.fault("media.download")
        if fault is not None and fault.then.isdigit():
            return web.Response(status=int(fault.then))
        if (spoilt := await _spoilt(asked, fault)) is not None:
            return spoilt
        record = {"name": "media.download", "path": asked.path, "body": None, "query": dict(asked.query),
                  "code": 0, "carried_out": True, "at": self.world.now()}  # fmt: skip
        self.world.calls.append(record)
        if "whatsapp_business_messaging" not in self.world.tokens.get(_bearer(asked), ()):
            record |= {"code": 190, "carried_out": False}
            self.world.violation("190", "a media address was asked for without the token")
            return web.json_response(GraphError(190).envelope(), status=401)
        media = download(self.world, asked.query.get("hash", ""))
        if media is None:
            record |= {"code": 404, "carried_out": False}
            return web.Response(status=404, text=SORRY, content_type="text/html")
        content = (
            media.content
            if fault is None or fault.then != "garbled"
            else media.content[: len(media.content) // 2]
        )
        return web.Response(body=content, headers={"Content-Type": media.mime})

    async def control(self, asked: web.Request) -> web.Response:
        """The driver from another process: {"name", "args"}."""
        wanted = await asked.json()
        try:
            done = await self.backstage.perform(wanted["name"], wanted.get("args") or {})
        except Impossible as error:
            return web.json_response({"impossible": str(error)}, status=409)
        return web.json_response({"result": done})


async def _spoilt(asked: web.Request, fault: Fault | None) -> web.Response | None:
    if fault is None:
        return None
    await asyncio.sleep(fault.seconds)
    if fault.then == "cut" and asked.transport is not None:
        assert isinstance(asked.transport, asyncio.Transport)
        asked.transport.abort()
    if fault.then in ("html", "cut"):
        return web.Response(status=502, text=SORRY, content_type="text/html")
    return web.Response(status=500) if fault.then == "500" else None


def _bearer(asked: web.Request) -> str:
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else asked.query.get("access_token", "")


async def _json(asked: web.Request) -> Any:
    raw = await asked.read()
    if not raw:
        return None
    try:
        if asked.content_type == "application/json":
            return json.loads(raw)
    except ValueError:
        pass
    return GraphError(100, message="(#100) The body is not JSON.")


async def _form(asked: web.Request) -> dict[str, Part]:
    fields = fields_of(asked.headers.get("content-type", ""), await asked.read())
    return {each.name: Part(each.content, each.mime, each.filename) for each in fields}
