"""Files that WhatsApp shows: made small enough, uploaded once, named by their id until that has expired."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from bot.whatsapp.api import Graph, Json
from bot.whatsapp.drafts import Draft, with_media, without_file
from bot.whatsapp.errors import MediaRefused
from studio.media import MediaStore
from studio.messages import Outgoing
from studio.store import Store, whatsapp

KEPT_S = 29 * 24 * 3600.0  # WhatsApp keeps uploads for thirty days
DOCUMENT_BYTES = 100_000_000
Found = TypeVar("Found")


class Renditions(Protocol):
    """Makes a video small and simple enough for a phone."""

    async def of(self, sha256: str) -> Path:
        """The file for a phone of that cut; raises NotNow and other StudioErrors."""


class Files:
    """Uploads by what they show: the video of a preview, the master of a delivery."""

    def __init__(self, store: Store, media: MediaStore, graph: Graph, renditions: Renditions) -> None:
        self.store, self.media, self.graph, self.renditions = store, media, graph, renditions

    async def put_in(self, message: Outgoing, draft: Draft) -> tuple[Json, bool]:
        """The message with its file's id, and whether that is of a fresh upload.

        A master that WhatsApp does not carry leaves its words. Raises NotNow and other StudioErrors.
        """
        name, since = self._name(message, draft), time.time() - KEPT_S
        media_id = await asyncio.to_thread(self._read, lambda c: whatsapp.upload(c, name, since))
        if media_id:
            return with_media(draft.content, draft.media, media_id), False
        sha256 = str(message.body["sha256"])
        if draft.media == "video":
            media_id = await self.graph.upload(await self.renditions.of(sha256), "video/mp4", "preview.mp4")
        else:
            path = await asyncio.to_thread(self.media.fetch, sha256)
            if path.stat().st_size > DOCUMENT_BYTES:
                return without_file(draft).content, True
            try:
                media_id = await self.graph.upload(path, "video/mp4", draft.content["document"]["filename"])
            except MediaRefused:
                return without_file(draft).content, True
        await asyncio.to_thread(self._note, name, media_id)
        return with_media(draft.content, draft.media, media_id), True

    async def forget(self, message: Outgoing, draft: Draft) -> None:
        """WhatsApp does not know the file's id any more: the next attempt uploads anew."""
        await asyncio.to_thread(self._note, self._name(message, draft), "")

    def _name(self, message: Outgoing, draft: Draft) -> str:
        return f"{self.graph.phone_number_id}:{draft.media}:{message.body['sha256']}"

    def _read(self, question: Callable[..., Found]) -> Found:
        with self.store.read() as connection:
            return question(connection)

    def _note(self, name: str, media_id: str) -> None:
        with self.store.write() as connection:
            whatsapp.note_upload(connection, name, media_id)
