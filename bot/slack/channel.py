"""Slack as a channel: every outbox row becomes one message of its thread, found again by its metadata."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.files import media_type
from bot.slack import cards
from bot.slack.api import METADATA, Refused, Unreachable, call, last_look
from bot.slack.fetch import fetch
from bot.slack.names import EPHEMERAL, PREFIX, Spot, spot_of, ts_of, user_of
from bot.slack.uploads import Uploads
from bot.slack.workspaces import Workspaces
from studio.errors import Misconfigured, OutcomeUnknown
from studio.media import MediaStore
from studio.messages import DELIVER, DELIVERED, PREVIEW, Outgoing
from studio.store import Store, outbox, slack

PAGE = 200
CLOCKS_S = 600.0  # ours and Slack's may differ
LANDS_WITHIN_S = 30.0  # a request that Slack has read outlives our connection; gateways give up by then


class SlackChannel:
    """A channel (studio/messages.py) whose references are "<team>:<channel>:<ts>"."""

    prefix = PREFIX

    def __init__(self, store: Store, media: MediaStore, workspaces: Workspaces) -> None:
        self.store, self.media, self.workspaces = store, media, workspaces
        self.uploads, self.lands_within_s = Uploads(store), LANDS_WITHIN_S

    async def send(self, message: Outgoing) -> str:
        """Post a message in its thread; the first one of a conversation without a thread begins it."""
        spot = await asyncio.to_thread(self.spot, message.conversation)
        client = await self.workspaces.client(spot.team)
        if only := user_of(str(message.body.get("only", ""))):
            return await self._whisper(client, spot, only, message)
        if message.kind == DELIVER:
            return await self._hand_over(client, spot, message)
        if message.kind == PREVIEW:
            await self._show_video(client, spot, message)
        seen_here = message.kind != DELIVERED or message.body.get("links")
        link = "" if seen_here else await asyncio.to_thread(self._link, message)
        text, blocks = cards.card_of(message, link=link)
        async with last_look(client, message.still_mine):
            posted = await call(
                client.chat_postMessage,
                channel=spot.channel,
                text=text,
                blocks=blocks,
                metadata={"event_type": METADATA, "event_payload": payload_of(message)},
                unfurl_links=False,
                unfurl_media=False,
                thread_ts=spot.thread_ts or None,
            )
        return spot.refs + str(posted["ts"])

    async def find(self, message: Outgoing) -> str | None:
        """Look through the thread for a message with this key."""
        if user_of(str(message.body.get("only", ""))):
            return EPHEMERAL  # nobody can look; saying it twice helps less than it disturbs
        spot = await asyncio.to_thread(self.spot, message.conversation)
        client = await self.workspaces.client(spot.team)
        if message.kind == DELIVER:
            return await self.uploads.find(client, spot, message.key)
        oldest, cursor = await asyncio.to_thread(self._asked_at, message.key), ""
        while True:
            found = await self._page(client, spot, oldest, cursor)
            for each in found.get("messages") or ():
                if _key(each) == message.key:
                    return spot.refs + str(each["ts"])
            cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    async def fetch(self, conversation: str, clip: Mapping[str, Any], out: Path) -> None:
        """Write somebody's recording to `out`; raises NotNow and MediaUnusable (bot/slack/fetch.py)."""
        spot = spot_of(conversation)
        bot = await self.workspaces.bot(spot.team)
        if clip.get("file_access") == "check_file_info" or not clip.get("url"):
            client = await self.workspaces.client(spot.team)
            file = (await call(client.files_info, reads=True, file=str(clip["id"])))["file"]
            clip = {**file, "url": file.get("url_private_download") or file.get("url_private")}
        await fetch(clip, bot.token, self.workspaces.url, out)

    def spot(self, conversation: str) -> Spot:
        """The thread of a conversation; `thread_ts` is "" until it has its first message."""
        spot = spot_of(conversation)
        if spot.thread_ts:
            return spot
        with self.store.read() as connection:
            root = slack.root_of(connection, conversation, spot.refs)
        return Spot(spot.team, spot.channel, ts_of(root))

    def _asked_at(self, key: str) -> str:
        with self.store.read() as connection:
            row = outbox.row(connection, key)
        return f"{row['created_at'] - CLOCKS_S if row is not None else 0:.6f}"

    async def _page(self, client: AsyncWebClient, spot: Spot, oldest: str, cursor: str) -> dict[str, Any]:
        asked: dict[str, Any] = {"channel": spot.channel, "limit": PAGE, "include_all_metadata": True}
        asked["oldest"] = oldest
        if cursor:
            asked["cursor"] = cursor
        try:
            if spot.thread_ts:
                return await call(client.conversations_replies, reads=True, ts=spot.thread_ts, **asked)
            return await call(client.conversations_history, reads=True, **asked)
        except (Misconfigured, Unreachable, Refused) as trouble:
            raise OutcomeUnknown(
                f"Slack does not let me look whether this was said: {trouble.say}"
            ) from trouble

    async def _show_video(self, client: AsyncWebClient, spot: Spot, message: Outgoing) -> None:
        body = message.body
        path = await asyncio.to_thread(self.media.fetch, str(body["sha256"]))
        ending = "mp4" if media_type(path) == "video/mp4" else "bin"
        title = f"Preview {body['version']}"
        name = f"preview-{body['version']}-{str(body['sha256'])[:8]}.{ending}"
        await self.uploads.show(client, spot, message, path, title, name)

    async def _hand_over(self, client: AsyncWebClient, spot: Spot, message: Outgoing) -> str:
        """The approved file itself in the thread; its address there."""
        path = await asyncio.to_thread(self.media.fetch, str(message.body["sha256"]))
        name = str(message.body["name"])
        return await self.uploads.show(client, spot, message, path, name.removesuffix(".mp4"), name)

    async def _whisper(self, client: AsyncWebClient, spot: Spot, user: str, message: Outgoing) -> str:
        text, blocks = cards.card_of(message)
        async with last_look(client, message.still_mine):
            await call(
                client.chat_postEphemeral,
                channel=spot.channel,
                user=user,
                text=text,
                blocks=blocks,
                thread_ts=spot.thread_ts or None,
            )
        return EPHEMERAL

    def _link(self, message: Outgoing) -> str:
        """Where the delivered video can be watched: the file of the preview that was approved."""
        parts = message.key.split(":")
        with self.store.read() as connection:
            row = slack.upload(connection, f"preview:{parts[1]}:{parts[2]}") if len(parts) == 3 else None
        return str(row["permalink"]) if row is not None else ""


def payload_of(message: Outgoing) -> dict[str, str]:
    """What a message carries so that it is found again, and its thread's replies find their conversation."""
    return {"key": message.key, "conversation": message.conversation}


def _key(message: dict[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return str(payload.get("key", "")) if metadata.get("event_type") == METADATA else ""
