"""The web process: the desk on loopback. It writes to the inbox and nowhere else."""

from __future__ import annotations

import asyncio
import logging

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.doorbell import Doorbell
from bot.web.app import create
from bot.web.door import home_token
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store

log = logging.getLogger(__name__)


def login_link(settings: Settings) -> str:
    """The address that logs a browser in; whoever has it may approve videos."""
    name = "127.0.0.1" if settings.web_host in ("", "0.0.0.0", "::") else settings.web_host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{settings.web_port}/login?token={home_token(settings.home)}"


def main(settings: Settings) -> None:
    """Serve until told to stop; the login link is printed and stands in `web.url` of the home folder."""
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Build everything and serve."""
    link = login_link(settings)
    path = settings.home / "web.url"
    path.touch(mode=0o600)
    path.write_text(link + "\n")
    store = Store(settings.database)
    store.migrate()
    doorbell = Doorbell(settings.redis_url)
    app = create(
        store, MediaStore(settings.home / "media"), doorbell, home_token(settings.home), settings.web_host
    )
    if not settings.speaks_slack:
        print("Slack is not set up; `aiclone slack setup` says how.", flush=True)
        await _serve(settings, store, app, app, link)
        return
    from workers.slack import receiving

    async with receiving(settings, store, app) as served:
        await _serve(settings, store, app, served, link)


async def _serve(settings: Settings, store: Store, app: Starlette, served: ASGIApp, link: str) -> None:
    config = uvicorn.Config(
        served,
        host=settings.web_host,
        port=settings.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    app.state.is_closing = lambda: server.should_exit
    print(f"The desk is open: {link}", flush=True)
    try:
        await server.serve()
    finally:
        store.close()
