"""The web process's side of WhatsApp: everything a webhook brings becomes facts in one commit, then 200."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.doorbell import Doorbell
from bot.whatsapp import words
from bot.whatsapp.api import Graph
from bot.whatsapp.arrived import Arrived, News, address_of, read
from bot.whatsapp.errors import PATIENCE, WINDOW
from bot.whatsapp.letters import Letter, notice
from bot.whatsapp.meaning import meaning_of
from bot.whatsapp.names import PREFIX, Namer, contact_in, conversation_of, person_of
from studio.asides import Wish, aside_of
from studio.errors import StudioError
from studio.store import Store, inbox, outbox, personas, whatsapp
from studio.store.inbox_writer import InboxWriter

log = logging.getLogger(__name__)
SOURCE = PREFIX[:-1]
DAY_S = 24 * 3600.0
MOST_A_MINUTE = 20
NO_ANSWER = ("reaction", "edit", "revoke", "system")  # as far as the vendor says, these open no window
SOON_S = 2.0


class Reception:
    """Records messages and statuses, rings, shows that a message was read."""

    def __init__(
        self, store: Store, doorbell: Doorbell, graph: Graph, namer: Namer, zone: str = "UTC"
    ) -> None:
        """`zone` is that of the moments that are offered."""
        self.store, self.doorbell, self.graph, self.namer, self.zone = store, doorbell, graph, namer, zone
        self.writer = InboxWriter(store)
        self._running: set[asyncio.Task[Any]] = set()

    async def take_in(self, payload: object) -> None:
        """Return once everything in it is committed; raises NotNow when it could not be."""
        messages, news = read(payload, self.graph.phone_number_id)
        if not messages and not news:
            return
        heard, rings = await self.writer.do(partial(self._record, messages, news))
        if rings:
            self._later(self.doorbell.ring())
        for wamid in heard:
            self._later(self.graph.read(wamid, typing=True))

    @property
    def busy(self) -> bool:
        """Whether something goes on that nobody waits for."""
        return bool(self._running)

    async def close(self) -> None:
        """Wait for what nobody waited for."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _record(
        self, messages: Sequence[Arrived], news: Sequence[News], connection: Connection
    ) -> tuple[list[str], bool]:
        """In one transaction; the messages to show as read, and whether there is work for the agent."""
        said = [self._message(connection, each) for each in messages]
        bounced = [self._status(connection, each) for each in news]
        heard = [each.wamid for each, new in zip(messages, said, strict=True) if new == "heard"]
        return heard, any(said) or any(bounced)

    def _message(self, connection: Connection, message: Arrived) -> str:
        """ "heard" when somebody who is known said something new, "told" when a stranger gets a word, or ""."""
        if message.type == "system":
            new = address_of(message.text("wa_id"), message.text("user_id"))
            whatsapp.moved(connection, (message.phone, message.bsuid), new)
            return ""
        contact = whatsapp.contact_of(connection, message.phone, message.bsuid, self.namer)
        identity = str(contact["id"])
        conversation, person = conversation_of(self.graph.phone_number_id, identity), person_of(identity)
        letter = Letter(message, connection, conversation, person, self.namer, self.zone)
        back = False
        if message.type not in NO_ANSWER:
            back = whatsapp.hear(connection, identity, min(message.at or time.time(), time.time()))
        if not personas.knows(connection, person) and not _redeems(message):
            if not whatsapp.greet(connection, identity, DAY_S):
                return ""
            return "told" * self._append(letter, *notice(words.STRANGER))
        kind, body = self._limited(letter) or self._read(letter, back)
        if back:
            outbox.release(connection, conversation)
        return "heard" * (bool(kind) and self._append(letter, kind, body))

    def _limited(self, letter: Letter) -> tuple[str, dict[str, Any]] | None:
        count = whatsapp.count_since(letter.connection, letter.conversation, time.time() - 60)
        if count < MOST_A_MINUTE:
            return None
        return notice(words.SLOW) if count == MOST_A_MINUTE else ("", {})

    def _read(self, letter: Letter, back: bool) -> tuple[str, dict[str, Any]]:
        """What a letter means; a bug of ours is no reason to be sent it for a week."""
        try:
            with letter.connection.begin_nested():
                return meaning_of(letter, back)
        except StudioError:
            raise
        except Exception as bug:
            reference = uuid.uuid4().hex[:8]
            log.error("bug", exc_info=bug, extra={"reference": reference})
            return notice(words.BROKE.format(reference=reference))

    def _append(self, letter: Letter, kind: str, body: dict[str, Any]) -> bool:
        wamid = letter.message.wamid
        body = {**body, "wamid": wamid}
        event = inbox.Inbound(SOURCE, letter.event_id(wamid), letter.conversation, letter.person, kind, body)
        return inbox.append(letter.connection, event)

    def _status(self, connection: Connection, news: News) -> bool:
        """Note it; True when something has to be done about it: it did not arrive, or did after all."""
        found = whatsapp.note(connection, news.data, news.wamid, news.state, news.code)
        row = outbox.row(connection, found["key"]) if found is not None else None
        if found is None or row is None:
            return False
        if news.state == "failed":
            if news.code == WINDOW:
                whatsapp.close(connection, contact_in(row["conversation"]), found["at"])
            wait_s = max(PATIENCE.get(news.code, 0.0), SOON_S * (4 ** found["attempt"] - 1))
            body = {"key": found["key"], "wait_s": wait_s}
            event = inbox.Inbound(SOURCE, f"failed:{self.namer(news.wamid)}", "", SOURCE, "bounce", body)
        elif row["state"] == "unknown":
            body = {"key": found["key"]}
            event = inbox.Inbound(SOURCE, f"came:{self.namer(news.wamid)}", "", SOURCE, "resend", body)
        else:
            return False
        return inbox.append(connection, event)

    def _later(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.info("WhatsApp was told nothing: %s", error)


def _redeems(message: Arrived) -> bool:
    """Whether a stranger brings a one-time code: with it they are no stranger any more."""
    aside = aside_of(message.text("body")) if message.type == "text" else None
    return aside is not None and aside.wish is Wish.REDEEM
