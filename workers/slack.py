"""Slack in the stack: what the web process receives with, what the agent worker sends with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackClientError
from starlette.types import ASGIApp

from bot.doorbell import Doorbell
from bot.slack.api import client_for
from bot.slack.app import bolt_app
from bot.slack.channel import SlackChannel
from bot.slack.http import REDIRECT, Porch, slack_routes
from bot.slack.installing import Installations, States
from bot.slack.live import Live
from bot.slack.reception import Reception
from bot.slack.scopes import SCOPES
from bot.slack.workspaces import Workspaces
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from studio.vault import Vault

log = logging.getLogger(__name__)
AGAIN_S = (2.0, 60.0)
PING_S = 5.0  # how soon a dead connection is noticed


def workspaces_of(settings: Settings, store: Store) -> Workspaces:
    """The workspaces of these settings."""
    token = settings.slack_bot_token.get_secret_value()
    return Workspaces(store, settings.slack_api_url, token, vault_of(settings))


def vault_of(settings: Settings) -> Vault:
    """Where the tokens of workspaces are sealed."""
    return Vault(settings.home / "slack.key")


def channel_of(settings: Settings, store: Store, media: MediaStore) -> SlackChannel:
    """What the agent worker speaks with."""
    return SlackChannel(store, media, workspaces_of(settings, store))


@asynccontextmanager
async def live_messages(settings: Settings, store: Store) -> AsyncIterator[None]:
    """While inside, meters move and answered cards lose their buttons."""
    doorbell = Doorbell(settings.redis_url)
    task = asyncio.create_task(Live(store, workspaces_of(settings, store), doorbell).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await doorbell.close()


@asynccontextmanager
async def receiving(settings: Settings, store: Store, desk: ASGIApp) -> AsyncIterator[ASGIApp]:
    """The desk with Slack's addresses beside it; Socket Mode is connected while inside."""
    doorbell = Doorbell(settings.redis_url)
    reception = Reception(store, doorbell, workspaces_of(settings, store), tuple(settings.places))
    app = bolt_app(reception)
    secret = settings.slack_signing_secret.get_secret_value()
    served = Porch(desk, slack_routes(app, secret, oauth_of(settings, store))) if secret else desk
    task = asyncio.create_task(connected(app, settings))
    try:
        yield served
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await reception.close()
        await doorbell.close()


def oauth_of(settings: Settings, store: Store) -> AsyncOAuthFlow | None:
    """The installation flow for several workspaces, if the app's client id is known."""
    if not settings.slack_client_id:
        return None
    public = settings.slack_public_url.rstrip("/")
    asked = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        scopes=list(SCOPES),
        redirect_uri=f"{public}{REDIRECT}" if public else None,
        installation_store=Installations(store, vault_of(settings)),
        state_store=States(store),
    )
    return AsyncOAuthFlow(settings=asked, client=client_for(settings.slack_api_url, ""))


async def connected(app: AsyncApp, settings: Settings) -> None:
    """Keep a Socket Mode connection for ever; a Slack that is away is asked again, ever more calmly."""
    token = settings.slack_app_token.get_secret_value()
    if not token:
        return
    pause = AGAIN_S[0]
    while True:
        handler = AsyncSocketModeHandler(app, token, ping_interval=PING_S)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            print("Slack is connected (Socket Mode).", flush=True)
            await asyncio.Event().wait()
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("Slack cannot be reached (%s); trying again in %g s.", type(error).__name__, pause)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]
        await asyncio.sleep(pause)
        pause = min(AGAIN_S[1], 2 * pause)
