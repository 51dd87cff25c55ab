"""WhatsApp in the stack: what the web process receives with, what the agent worker sends with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from bot.doorbell import Doorbell
from bot.porch import Porch
from bot.whatsapp.api import Graph
from bot.whatsapp.channel import WhatsAppChannel
from bot.whatsapp.files import Files, Renditions
from bot.whatsapp.http import whatsapp_routes
from bot.whatsapp.names import Namer
from bot.whatsapp.reception import Reception
from studio.catalogue import Catalogue
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from workers.renditions import CutsForPhones


def graph_of(settings: Settings) -> Graph:
    """The client of these settings."""
    token = settings.whatsapp_token.get_secret_value()
    return Graph(settings.whatsapp_api_url, token, settings.whatsapp_phone_number_id)


def channel_of(
    settings: Settings,
    store: Store,
    media: MediaStore,
    catalogue: Catalogue,
    ring: Callable[[], Awaitable[None]],
) -> WhatsAppChannel:
    """What the agent worker speaks with; `ring` hands out takes."""
    graph = graph_of(settings)
    renditions: Renditions = CutsForPhones(store, media, catalogue, ring)
    asks_back = settings.whatsapp_template, settings.whatsapp_template_language
    return WhatsAppChannel(store, graph, Files(store, media, graph, renditions), asks_back)


def reception_of(settings: Settings, store: Store, doorbell: Doorbell) -> Reception:
    """What the web process receives with."""
    return Reception(store, doorbell, graph_of(settings), Namer(settings.home), settings.zone)


@asynccontextmanager
async def receiving(settings: Settings, store: Store, desk: ASGIApp) -> AsyncIterator[ASGIApp]:
    """The desk with WhatsApp's address beside it."""
    doorbell = Doorbell(settings.redis_url)
    reception = reception_of(settings, store, doorbell)
    secret = settings.whatsapp_app_secret.get_secret_value()
    routes = whatsapp_routes(reception, secret, settings.whatsapp_verify_token.get_secret_value())
    try:
        yield Porch(desk, routes, "/whatsapp/")
    finally:
        await reception.close()
        await doorbell.close()
