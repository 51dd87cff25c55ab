"""The web process: the desk on loopback. It writes to the inbox and nowhere else."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.doorbell import Doorbell
from bot.web.app import create
from bot.web.door import Door, home_token
from studio.health import Health
from studio.media import MediaStore
from studio.presence import Presence
from studio.settings import Settings
from studio.store import Store
from workers.logs import set_up_logs


def login_link(settings: Settings) -> str:
    """The address that logs a browser in; whoever has it may approve videos."""
    name = "127.0.0.1" if settings.web_host in ("", "0.0.0.0", "::") else settings.web_host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{settings.web_port}/login?token={home_token(settings.home)}"


def main(settings: Settings) -> None:
    """Serve until told to stop; the login link stands in `web.url` of the home folder, on a terminal also here."""
    set_up_logs(settings, "web")
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Build everything and serve."""
    link = login_link(settings)
    token = home_token(settings.home)
    _private(settings.home / "web.url", link)
    _private(settings.home / "metrics.token", Door(token).metrics_token)
    store = Store(settings.database)
    store.migrate()
    doorbell, health = Doorbell(settings.redis_url), Health(settings, store)
    app = create(
        store, MediaStore(settings.home / "media"), doorbell, token, settings.web_host, health=health
    )
    try:
        async with AsyncExitStack() as also:
            served: ASGIApp = app
            if settings.speaks_slack:
                from workers.slack import receiving

                served = await also.enter_async_context(receiving(settings, store, app))
            if settings.speaks_whatsapp:
                from workers import whatsapp

                served = await also.enter_async_context(whatsapp.receiving(settings, store, served))
            await _serve(settings, app, served, link)
    finally:
        health.close()
        store.close()


async def _serve(settings: Settings, app: Starlette, served: ASGIApp, link: str) -> None:
    config = uvicorn.Config(
        served,
        host=settings.web_host,
        port=settings.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        log_config=None,
    )
    server = uvicorn.Server(config)
    app.state.is_closing = lambda: server.should_exit
    shown = (
        link
        if sys.stdout.isatty()
        else f"{link.partition('login?')[0]} (login link: {settings.home}/web.url)"
    )
    print(f"The desk is open: {shown}", flush=True)  # whatever is no terminal is kept by somebody
    if not settings.speaks_slack:
        print("Slack is not set up; `aiclone slack setup` says how.", flush=True)
    if not settings.speaks_whatsapp:
        print("WhatsApp is not set up; `aiclone whatsapp setup` says how.", flush=True)
    presence = Presence(settings.redis_url, "web")
    try:
        await server.serve()
    finally:
        presence.stop()


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n")
