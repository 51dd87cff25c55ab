"""The web desk: its routes, what every request passes, and what a person sees when something fails."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.doorbell import Doorbell
from bot.web import forms, pages, render
from bot.web.desk import Desk
from bot.web.door import Door, Threshold
from bot.web.live import events
from bot.web.probes import Probes, healthz
from studio.errors import DiskFull, StudioError
from studio.health import Health
from studio.media import MediaStore
from studio.store import Store
from studio.store.inbox_writer import InboxWriter

log = logging.getLogger(__name__)

SENTENCES = {
    403: "This form is not from this session any more. Reload the page and send it again.",
    404: "There is nothing at this address.",
    405: "That cannot be done at this address.",
    413: "That is more text than the desk takes in one message (64 kB). Please shorten it.",
}


def create(
    store: Store,
    media: MediaStore,
    doorbell: Doorbell,
    token: str,
    host: str,
    health: Health | None = None,
) -> Starlette:
    """The ASGI app, which closes `doorbell` in the end; `host` is its configured name besides localhost.

    With `health` it also answers /readyz and /metrics.
    """
    probes = Probes(health) if health else None
    watched = (
        [Route("/readyz", probes.readyz), Route("/metrics", probes.metrics)] if probes is not None else []
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await doorbell.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", pages.front),
            Route("/login", pages.login),
            Route("/login", forms.login, methods=["POST"]),
            Route("/new", forms.new, methods=["POST"]),
            Route("/c/{conversation}", pages.conversation),
            Route("/c/{conversation}/say", forms.say, methods=["POST"]),
            Route("/c/{conversation}/decide", forms.decide, methods=["POST"]),
            Route("/c/{conversation}/events", events),
            Route("/media/{sha256}", pages.media),
            Route("/healthz", healthz),
            *watched,
            Mount("/static", StaticFiles(directory=render.HERE / "static")),
        ],
        middleware=[
            Middleware(Threshold, hosts=frozenset({host.lower(), "localhost", "127.0.0.1", "[::1]"}))
        ],
        exception_handlers={HTTPException: refused, StudioError: told, Exception: broken},
    )
    app.state.desk = Desk(store, media, doorbell, Door(token), InboxWriter(store))
    app.state.is_closing = lambda: False  # the server that serves it may say better: open streams then end
    return app


def refused(_request: Request, error: Exception) -> Response:
    """A plain page for an HTTP error."""
    assert isinstance(error, HTTPException)
    if error.status_code in (301, 302, 303, 307):
        return Response(status_code=error.status_code, headers=error.headers)
    plain = error.detail if error.headers and "x-plain" in error.headers else ""
    return _page(error.status_code, plain or SENTENCES.get(error.status_code, error.detail))


def told(_request: Request, error: Exception) -> Response:
    """A StudioError's own sentence."""
    assert isinstance(error, StudioError)
    return _page(507 if isinstance(error, DiskFull) else 400, error.say)


def broken(_request: Request, error: Exception) -> Response:
    """A bug: logged with a reference, only the reference is shown."""
    reference = uuid.uuid4().hex[:8]
    log.error("bug in the web desk", exc_info=error, extra={"reference": reference})
    return _page(500, f"Something broke in the desk. What you sent before is safe. Reference: {reference}.")


def _page(status: int, sentence: str) -> HTMLResponse:
    return render.page("error.html", status, sentence=sentence)
