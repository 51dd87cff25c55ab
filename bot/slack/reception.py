"""What every receiver of Slack's requests does: find the thread, commit one inbox row, ring, whisper."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot.doorbell import Doorbell
from bot.slack.api import METADATA, Unreachable, call
from bot.slack.blocks import Block
from bot.slack.names import PREFIX, Spot, places, rootless
from bot.slack.people import People, Person
from bot.slack.text import MESSAGE, clip_escaped, escape
from bot.slack.workspaces import Workspaces
from bot.talk import Message, read
from studio.destinations import FOLDER, THREAD
from studio.domain import ProductionId
from studio.errors import NeedsFounder, StudioError
from studio.store import Store, inbox, personas, productions, slack

Asked = ParamSpec("Asked")
Found = TypeVar("Found")
log = logging.getLogger(__name__)
SOURCE = PREFIX[:-1]
OPENING = (
    "I write a script first and show it here in a few seconds, with what it takes to render. "
    "Nothing is rendered before it is approved, and nothing leaves before the preview is."
)
OUTSIDER = "Sorry, only members of this workspace can work with me; guests and other workspaces cannot."
UNNAMED = (
    "Sorry, only {founder}, and whom they named, may approve videos of {persona}. "
    "To name you, the operator runs: aiclone persona allow {persona} {person}"
)


class Reception:
    """The web process's side of Slack: it writes to the inbox and nowhere else.

    `destinations` are the names that the form offers.
    """

    def __init__(
        self,
        store: Store,
        doorbell: Doorbell,
        workspaces: Workspaces,
        destinations: Sequence[str] = (FOLDER, THREAD),
    ) -> None:
        self.store, self.doorbell, self.workspaces = store, doorbell, workspaces
        self.destinations = destinations
        self.people = People(workspaces)
        self._running: set[asyncio.Task[Any]] = set()

    async def receive(
        self, event_id: str, conversation: str, person: str, kind: str, body: dict[str, Any]
    ) -> bool:
        """Commit what a person sent, then ring; False when it was here already."""
        event = inbox.Inbound(SOURCE, event_id[:200], conversation, person, kind, body)
        new = await asyncio.to_thread(self._append, event)
        self.later(self.doorbell.ring())
        return new

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._over)

    @property
    def busy(self) -> bool:
        """Whether something goes on that nobody waits for."""
        return bool(self._running)

    async def close(self) -> None:
        """Wait for what nobody waited for."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def whisper(
        self,
        client: AsyncWebClient,
        channel: str,
        user: str,
        text: str,
        thread_ts: str = "",
        blocks: list[Block] | None = None,
    ) -> None:
        """Tell one person something that nobody else sees; lost when Slack is away."""
        try:
            await call(
                client.chat_postEphemeral,
                channel=channel,
                user=user,
                text=clip_escaped(escape(text), MESSAGE),
                thread_ts=thread_ts or None,
                blocks=blocks,
            )
        except StudioError as trouble:
            log.info("Slack did not pass a word on: %s", trouble.say)

    async def member(self, team: str, user: str, own_team: str = "") -> Person:
        """The person; raises NeedsFounder for guests and other workspaces."""
        person = await self.people.who(team, user, own_team)
        if person.outsider:
            raise NeedsFounder(OUTSIDER)
        return person

    async def place(
        self, client: AsyncWebClient, team: str, channel: str, user: str, word: str, text: str
    ) -> tuple[str, str]:
        """Where a new thread begins: (conversation, what to tell the asker there, "" when that was told).

        In the channel when the bot is in it, which the asker's answer shows; in a direct message otherwise.
        """
        if channel:
            try:
                await call(client.chat_postEphemeral, channel=channel, user=user, text=escape(text))
                return rootless(team, channel, word), ""
            except Unreachable:
                pass
        opened = await call(client.conversations_open, reads=True, users=[user])
        direct = str(opened["channel"]["id"])
        said = f"{text} I am not in this channel, so we talk in our direct message." if channel else text
        return rootless(team, direct, word), said

    async def thread(self, client: AsyncWebClient, spot: Spot, ours: bool) -> str:
        """The conversation of a thread, "" when it is none of the studio's; `ours`: the bot began it."""
        known = await self.look(thread_in, spot)
        if known or not ours:
            return known
        found = await call(
            client.conversations_replies,
            reads=True,
            channel=spot.channel,
            ts=spot.thread_ts,
            limit=1,
            include_all_metadata=True,
        )
        root: dict[str, Any] = next(iter(found.get("messages") or ()), {})
        metadata = root.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        conversation = str(payload.get("conversation", "")) if metadata.get("event_type") == METADATA else ""
        return conversation if conversation.startswith(places(spot.team, spot.channel)) else ""

    async def look(
        self,
        question: Callable[Concatenate[Connection, Asked], Found],
        *args: Asked.args,
        **kwargs: Asked.kwargs,
    ) -> Found:
        """Ask the store, in a thread: `question(connection, *args)`."""

        def ask() -> Found:
            with self.store.read() as connection:
                return question(connection, *args, **kwargs)

        return await asyncio.to_thread(ask)

    def _append(self, event: inbox.Inbound) -> bool:
        with self.store.write() as connection:
            return inbox.append(connection, event)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("Slack was told nothing: %s", error)


def thread_in(connection: Connection, spot: Spot) -> str:
    """The conversation whose thread that is, as far as the store knows."""
    root = slack.message_at(connection, spot.refs + spot.thread_ts)
    if root is not None:
        return str(root["conversation"])
    return spot.conversation if slack.people_in(connection, spot.conversation) else ""


def takes_part(connection: Connection, conversation: str, person: str) -> bool:
    """Whether plain words of that person are meant for a production at hand there."""
    active = productions.active_in(connection, conversation)
    if active is None:
        unread = [row for row in inbox.of_conversation(connection, conversation) if row["handled_at"] is None]
        return any(row["person"] == person for row in unread)
    if person == active["asked_by"]:
        return True
    return personas.may_approve(connection, active["persona_id"], person)


def subject_in(connection: Connection, subject: str, team: str, channel: str) -> RowMapping | None:
    """The production that a button belongs to, if it lies in that channel."""
    parts = subject.split(":")
    if len(parts) != 3:
        return None
    row = next(iter(productions.some(connection, [ProductionId(parts[1])])), None)
    return row if row is not None and row["conversation"].startswith(places(team, channel)) else None


def card_in(connection: Connection, conversation: str, subject: str) -> tuple[Message | None, Message | None]:
    """(the card of that subject, the card that takes an answer now)."""
    talk = read(connection, conversation)
    card = next((m for m in talk.messages if m.body.get("subject") == subject and not m.mine), None)
    return card, talk.in_review()


def refusal(connection: Connection, production: RowMapping, person: str) -> str:
    """Why somebody may not approve, "" when they may."""
    if personas.may_approve(connection, production["persona_id"], person):
        return ""
    persona = personas.by_id(connection, production["persona_id"])
    return UNNAMED.format(founder=persona.founder, persona=persona.name, person=person)
