"""A video as a file in the thread, exactly once though that takes three calls (docs/decisions/0012).

Before every call that cannot be repeated its state is written down, so that a killed process goes on:
"begun": bytes may be there, nobody sees them, begin anew. "sharing": Slack was told to share; it alone knows,
and says so in the file's shares. "shared": done.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import RowMapping

from bot.slack.api import Refused, call, last_look
from bot.slack.names import Spot
from studio.errors import OutcomeUnknown, ProviderDown, StudioError
from studio.messages import Outgoing
from studio.store import Store, slack

LOOK_EVERY_S, LOOK_FOR_S = 0.25, 10.0
NEVER_AFTER_S = 60.0
UPLOAD_S = 180.0


class Uploads:
    """Files on their way into threads; what was not shown `never_after_s` after sharing never will be."""

    def __init__(self, store: Store, never_after_s: float = NEVER_AFTER_S) -> None:
        self.store, self.never_after_s = store, never_after_s

    async def show(
        self, client: AsyncWebClient, spot: Spot, message: Outgoing, path: Path, title: str, name: str
    ) -> str:
        """Put a file into a thread unless it is there; its address, once Slack shows it.

        Raises NotNow when it is not shown yet or Slack cannot tell: the next call goes on from there.
        """
        key = message.key
        known = await asyncio.to_thread(self._known, key)
        if known is None or known["state"] == "begun":
            file_id = await self._upload(client, key, path, title, name)
            message.still_mine()
            async with last_look(client, message.still_mine):
                await self._share(client, spot, key, file_id, title)
            known = await asyncio.to_thread(self._known, key)
        if known is not None and known["state"] == "sharing":
            known = await self._wait(client, spot, known)
        return str(known["permalink"]) if known is not None else ""

    async def find(self, client: AsyncWebClient, spot: Spot, key: str) -> str | None:
        """The address of a file that may have been shared; None when it certainly was not.

        Raises NotNow when Slack has not shown it yet, or cannot tell.
        """
        known = await asyncio.to_thread(self._known, key)
        if known is None or known["state"] == "begun":
            return None
        if known["state"] == "sharing":
            known = await self._wait(client, spot, known)
        return str(known["permalink"]) if known is not None else None

    async def _upload(self, client: AsyncWebClient, key: str, path: Path, title: str, name: str) -> str:
        asked = {"filename": name, "length": path.stat().st_size, "alt_txt": title}
        place = await call(client.files_getUploadURLExternal, reads=True, **asked)
        file_id = str(place["file_id"])
        await asyncio.to_thread(self._note, key, file_id, "begun")
        # the address itself is the permission: no token goes with the bytes
        timeout = aiohttp.ClientTimeout(total=UPLOAD_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                with path.open("rb") as source:
                    sent = await session.post(place["upload_url"], data=source, allow_redirects=False)
                status = sent.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ProviderDown("Slack did not take the video.") from error
        if status != 200:
            raise ProviderDown(f"Slack did not take the video (status {status}).")
        return file_id

    async def _share(self, client: AsyncWebClient, spot: Spot, key: str, file_id: str, title: str) -> None:
        await asyncio.to_thread(self._note, key, file_id, "sharing")
        files: Any = [{"id": file_id, "title": title}]
        where: dict[str, Any] = {"channel_id": spot.channel}
        if spot.thread_ts:
            where["thread_ts"] = spot.thread_ts
        try:
            await call(client.files_completeUploadExternal, files=files, **where)
        except OutcomeUnknown as trouble:
            raise ProviderDown(trouble.say, retry_after=2.0) from trouble
        except StudioError:
            await asyncio.to_thread(self._forget, key)  # it said no: nothing is shared
            raise

    async def _wait(self, client: AsyncWebClient, spot: Spot, known: RowMapping) -> RowMapping | None:
        until = time.monotonic() + LOOK_FOR_S
        while True:
            file = await self._file(client, str(known["file_id"]))
            ts = _shared_in(file, spot)
            if ts:
                link = str(file.get("permalink", ""))
                await asyncio.to_thread(self._note, known["key"], known["file_id"], "shared", link, ts)
                return await asyncio.to_thread(self._known, known["key"])
            # a file that Slack does not even know was never completed; a known one may still be on its way
            if time.time() - known["at"] > (self.never_after_s if file else self.never_after_s / 6):
                await asyncio.to_thread(self._forget, known["key"])
                raise ProviderDown("Slack took the video and never showed it.", retry_after=1.0)
            if time.monotonic() > until:
                raise ProviderDown("Slack has not shown the video yet.", retry_after=2.0)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _file(self, client: AsyncWebClient, file_id: str) -> dict[str, Any]:
        """What Slack knows of a file, {} when it knows none."""
        try:
            found = await call(client.files_info, reads=True, file=file_id)
        except Refused as trouble:
            if trouble.code != "file_not_found":
                raise
            return {}
        return dict(found["file"])

    def _known(self, key: str) -> RowMapping | None:
        with self.store.read() as connection:
            return slack.upload(connection, key)

    def _note(self, key: str, file_id: str, state: str, permalink: str = "", ts: str = "") -> None:
        with self.store.write() as connection:
            slack.note_upload(connection, key, file_id, state, permalink, ts)

    def _forget(self, key: str) -> None:
        with self.store.write() as connection:
            slack.forget_upload(connection, key)


def _shared_in(file: dict[str, Any], spot: Spot) -> str:
    shares = file.get("shares") or {}
    for kind in ("public", "private"):
        for share in (shares.get(kind) or {}).get(spot.channel, ()):
            return str(share["ts"])  # a file is uploaded for one message, so any share there is that one
    return ""
