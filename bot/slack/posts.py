"""Messages, mentions and direct messages: which of them are meant for the studio, and what they become."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot.slack import cards
from bot.slack.api import call
from bot.slack.heard import Post, changed_by, post_of
from bot.slack.names import Spot, places
from bot.slack.people import Person
from bot.slack.reception import OPENING, Reception, card_in, takes_part
from bot.slack.text import mentioned, plain
from bot.slack.words import HELP
from studio.dates import concerns_delivery
from studio.errors import NeedsFounder, StudioError
from studio.messages import PREVIEW
from studio.store import slack

log = logging.getLogger(__name__)
NOT_SOUND = "I can use words and voice clips; with other files I can do nothing here."
EDITED = "I go by what was first sent. Please write the change as a new message in the thread."
DELETED = "Deleting a message does not take it back for me. Say “cancel” in the thread to end the video."
YES, NO = (
    ("white_check_mark", "heavy_check_mark", "+1"),
    ("x", "no_entry", "-1", "negative_squared_cross_mark"),
)


class Posts:
    """Handlers of Slack's events."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    async def message(self, event: Mapping[str, Any], team: str, client: AsyncWebClient) -> None:
        """A message or mention; raises NotNow when it could not be taken in, so that Slack sends it again."""
        bot = await self.reception.workspaces.bot(team)
        if event.get("subtype") in ("message_changed", "message_deleted"):
            await self._changed(event, team, client, bot.user)
            return
        post = post_of(event, bot.user, bot.bot_id)
        if post is None:
            return
        conversation = await self._where(post, team, client, bot.user)
        if not conversation:
            return
        try:
            person = await self.reception.member(team, post.user, post.own_team)
        except NeedsFounder as trouble:
            await self.reception.whisper(
                client, post.channel, post.user, trouble.say, post.thread_ts or post.ts
            )
            return
        if not post.mention and not post.direct:
            meant = await self.reception.look(takes_part, conversation, person.key)
            if not meant:
                return
        await self._take_in(post, conversation, person, team, client, bot.user)

    async def reaction(self, event: Mapping[str, Any], team: str, client: AsyncWebClient) -> None:
        """✅ or ❌ on a preview or its video: ask, decide nothing."""
        name, item = str(event.get("reaction", "")).partition("::")[0], event.get("item") or {}
        if name not in (*YES, *NO) or item.get("type") != "message":
            return
        channel, ts, user = str(item["channel"]), str(item["ts"]), str(event["user"])
        row = await self.reception.look(_preview_at, team, channel, ts)
        if row is None:
            return
        card, _ = await self.reception.look(card_in, row["conversation"], row["body"]["subject"])
        if card is None or card.closed:
            return
        text, blocks = cards.reaction_question(row["body"], name in YES)
        thread = await self._thread_of(row["conversation"], team, channel)
        await self.reception.whisper(client, channel, user, text, thread, blocks)

    async def _take_in(
        self, post: Post, conversation: str, person: Person, team: str, client: AsyncWebClient, bot: str
    ) -> None:
        names = await self.reception.people.names(team, mentioned(post.text) - {bot})
        text = plain(post.text, names, without=bot)
        thread = post.thread_ts or post.ts
        if text.lower().strip(" .!?") == "help":
            await self.reception.whisper(client, post.channel, post.user, HELP, thread)
            return
        if post.other_files:
            await self.reception.whisper(client, post.channel, post.user, NOT_SOUND, thread)
            if not text and not post.clips:
                return
        body: dict[str, Any] = {"text": text, "opening": OPENING, "zone": person.zone}
        kind = "voice" if post.clips else "text"
        if post.clips:
            body["clip"] = post.clips[0]
        await self.reception.receive(post.event_id, conversation, person.key, kind, body)

    async def _where(self, post: Post, team: str, client: AsyncWebClient, bot: str) -> str:
        """The conversation that a post belongs to, "" when it is not for us."""
        thread = Spot(team, post.channel, post.thread_ts or post.ts)
        if post.thread_ts:
            known = await self.reception.thread(client, thread, post.parent == bot)
            return known or (thread.conversation if post.mention or post.direct else "")
        if post.direct:
            parked = concerns_delivery(post.text)  # what only waits for its date takes no other words
            at_hand = await self.reception.look(slack.open_conversation, places(team, post.channel), parked)
            return str(at_hand) or thread.conversation
        return thread.conversation if post.mention else ""

    async def _changed(self, event: Mapping[str, Any], team: str, client: AsyncWebClient, bot: str) -> None:
        """An edited or deleted post changes nothing; who wrote it is told, if it was meant for us."""
        found = changed_by(event, bot)
        if found is None:
            return
        user, ts, thread_ts = found
        channel = str(event["channel"])
        taken_in = await self.reception.look(slack.was_received, f"msg:{channel}:{ts}")
        if taken_in:
            gone = event.get("subtype") == "message_deleted"
            thread = thread_ts or ("" if gone else ts)
            await self.reception.whisper(client, channel, user, DELETED if gone else EDITED, thread)

    async def _thread_of(self, conversation: str, team: str, channel: str) -> str:
        spot = await self.reception.look(_spot, conversation, places(team, channel).removeprefix("slack:"))
        return str(spot)

    async def permalink(self, client: AsyncWebClient, channel: str, ts: str) -> str:
        """The address of a message, "" when Slack does not say."""
        try:
            found = await call(client.chat_getPermalink, reads=True, channel=channel, message_ts=ts)
        except StudioError:
            return ""
        return str(found.get("permalink", ""))


def _preview_at(connection: Connection, team: str, channel: str, ts: str) -> RowMapping | None:
    """The preview's outbox row by its card or by its video."""
    row = slack.message_at(connection, f"{team}:{channel}:{ts}")
    if row is None and (upload := slack.upload_at(connection, ts)) is not None:
        row = slack.message_of(connection, upload["key"])
    if row is None or row["kind"] != PREVIEW:
        return None
    return row if row["conversation"].startswith(places(team, channel)) else None


def _spot(connection: Connection, conversation: str, refs: str) -> str:
    thread = conversation.rpartition(":")[2]
    return slack.root_of(connection, conversation, refs).rpartition(":")[2] if thread[:1] == "+" else thread
