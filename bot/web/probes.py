"""For machines that look after this one: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.web import metrics
from bot.web.desk import desk_of
from bot.web.door import COOKIE
from studio.health import Check, Health
from studio.store.stages import Stages

PATIENCE_S = 5.0
SLOW = Check(
    "answer", False, f"no answer within {PATIENCE_S:g} s", "see whether a disk or the database hangs"
)
Found = TypeVar("Found")


async def healthz(_request: Request) -> Response:
    """This process is alive; nothing else is looked at."""
    return JSONResponse({"ok": True})


class Probes:
    """Readiness and metrics; however many ask at once, one look is under way."""

    def __init__(self, health: Health) -> None:
        self.health, self.stages = health, Stages()
        self._looks: dict[str, asyncio.Task[Any]] = {}

    async def readyz(self, _request: Request) -> Response:
        """Every check; 503 when one failed."""
        try:
            found = await self._once("ready", self.health.checks)
        except TimeoutError:
            found = [SLOW]
        ok = all(check.ok for check in found)
        body = {"ok": ok, "checks": [asdict(check) for check in found]}
        return JSONResponse(body, 200 if ok else 503, {"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text, for the bearer of this home's metrics token or a session."""
        door, bearer = desk_of(request).door, request.headers.get("authorization", "")
        if not door.meters(bearer.removeprefix("Bearer ")) and not door.admits(
            request.cookies.get(COOKIE, "")
        ):
            say = "Send `Authorization: Bearer …` with what stands in metrics.token of the home folder."
            return PlainTextResponse(say + "\n", 401, {"www-authenticate": "Bearer"})
        try:
            page = await self._once("metrics", lambda: metrics.scrape(self.health, self.stages))
        except TimeoutError:
            return PlainTextResponse(SLOW.says + "\n", 503)
        return Response(page, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _once(self, name: str, look: Callable[[], Found]) -> Found:
        task = self._looks.get(name)
        if task is None or task.done():
            task = self._looks[name] = asyncio.create_task(run_in_threadpool(look))
        found: Found = await asyncio.wait_for(asyncio.shield(task), PATIENCE_S)
        return found
