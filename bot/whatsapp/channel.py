"""WhatsApp as a channel: an outbox row becomes one message or a few, each once as far as anybody can know.

WhatsApp has no search and no idempotency key, but its statuses bring back a word that was sent along. Before a
message is sent its word is written down; a word without an answer is in doubt until a status names it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from bot.whatsapp.api import Graph
from bot.whatsapp.drafts import Draft, drafts_of, template
from bot.whatsapp.errors import WINDOW, MediaRefused, Refused, WindowClosed, error_of
from bot.whatsapp.fetch import fetch
from bot.whatsapp.files import Files
from bot.whatsapp.names import PREFIX, contact_in
from studio.errors import NeedsFounder, NotNow, OutcomeUnknown, StudioError
from studio.failpoints import failpoint
from studio.messages import PROGRESS, Outgoing
from studio.store import Store, whatsapp, whatsapp_marks

log = logging.getLogger(__name__)
OPEN_S = 24 * 3600.0 - 30.0
WAIT_S = 60.0
MOST_ATTEMPTS = 5
DOUBT_S = 30.0
UNSEEN = "unseen"
Found = TypeVar("Found")


class WhatsAppChannel:
    """A channel (studio/messages.py) whose references are wamids."""

    prefix = PREFIX
    lands_within_s = 0.0  # a word that was sent stays in doubt; nothing is concluded from silence

    def __init__(self, store: Store, graph: Graph, files: Files, template: tuple[str, str]) -> None:
        """`template` is (name, language) of the approved one that asks somebody back."""
        self.store, self.graph, self.files, self.template = store, graph, files, template

    async def send(self, message: Outgoing) -> str:
        """Send every part that was not sent yet, in order; the reference of the one with the buttons."""
        contact = await self._contact(message.conversation)
        if not _is_open(contact):
            if message.kind == PROGRESS:
                return UNSEEN
            await self._ask_back(contact)
            answered = _is_open(await self._contact(message.conversation))  # while it was asked
            raise WindowClosed(retry_after=0.5 if answered else WAIT_S)
        sent = await self._look(whatsapp.parts, message.key)
        for part, draft in enumerate(drafts_of(message)):
            before = sent.get(part)
            if draft.reacts:
                target = await self._look(whatsapp_marks.asked_in, message.key)
                await self._react(message, target, draft.reacts, contact)
            elif before is None:
                await self._part(message, draft, (part, 0), contact)
            elif before["state"] in ("sending", "failed"):
                await self._before_another(message, draft, before)
                await self._part(message, draft, (part, before["attempt"] + 1), contact)
        for over in await self._look(whatsapp_marks.left_waiting, message.key):
            await self._react(message, over, "", contact)
        return await self._reference(message)

    async def find(self, message: Outgoing) -> str | None:
        """What the statuses say; raises OutcomeUnknown while one word has no answer."""
        sent = await self._look(whatsapp.parts, message.key)
        wanted = [part for part, draft in enumerate(drafts_of(message)) if not draft.reacts]
        states = [sent[part]["state"] if part in sent else "" for part in wanted]
        if "sending" in states:
            raise OutcomeUnknown("WhatsApp did not say what became of a message.")
        return None if "" in states or "failed" in states else await self._reference(message)

    async def fetch(self, conversation: str, clip: Mapping[str, Any], out: Path) -> None:
        """Write somebody's recording to `out`; raises NotNow and MediaUnusable (bot/whatsapp/fetch.py)."""
        await fetch(self.graph, clip, out)

    async def _part(
        self, message: Outgoing, draft: Draft, number: tuple[int, int], contact: RowMapping
    ) -> None:
        """Send one part for the `number`[1]-th time."""
        content, fresh = draft.content, True
        if draft.media:
            content, fresh = await self.files.put_in(message, draft)
        quoted = await self._look(whatsapp.shown_as, draft.about, message.conversation) if draft.about else ""
        about = {"context": {"message_id": quoted}} if quoted else {}
        data = f"{message.key}#{number[0]}.{number[1]}"
        message.still_mine()
        if not await self._write(whatsapp.begin, message.key, *number, data):
            raise NotNow("Another one has begun this while I stood still.", retry_after=0.0)
        try:
            await self._post(data, {**_address(contact), **content, **about})
        except WindowClosed:
            await self._write(whatsapp.close, contact["id"], time.time())
            await self._ask_back(await self._contact(message.conversation))
            raise
        except (MediaRefused, Refused) as trouble:
            if fresh:
                raise
            await self.files.forget(message, draft)
            raise NotNow("WhatsApp has lost a file; it gets it again.", retry_after=0.5) from trouble

    async def _react(self, message: Outgoing, target: str, emoji: str, contact: RowMapping) -> None:
        """Put an emoji on somebody's message, "" for none; a nicety, so whatever fails is let be."""
        if not target:
            return
        message.still_mine()
        reaction = {"message_id": target, "emoji": emoji}
        try:
            await self.graph.send({**_address(contact), "type": "reaction", "reaction": reaction})
        except StudioError as trouble:
            log.info("WhatsApp shows no %s: %s", emoji or "end of a wait", trouble.say)

    async def _post(self, data: str, body: dict[str, Any]) -> None:
        """One request; what it certainly did not do is forgotten, what it did is noted."""
        try:
            failpoint("before whatsapp")
            wamid = await self.graph.send({**body, "biz_opaque_callback_data": data})
            failpoint("after whatsapp")
        except OutcomeUnknown:
            raise
        except StudioError:
            await self._write(whatsapp.refused, data)
            raise
        await self._write(whatsapp.note, data, wamid, "accepted")

    async def _before_another(self, message: Outgoing, draft: Draft, before: RowMapping) -> None:
        """Whether a part may be sent once more; raises what its failure means when not.

        In doubt is repeated only after a while, for then somebody asked for it (outbox.reopen).
        """
        if before["state"] == "sending":
            if time.time() - before["at"] < DOUBT_S:
                raise OutcomeUnknown("WhatsApp did not say what became of a message.")
            return
        trouble, again = error_of(before["code"]), before["attempt"] + 1
        if before["code"] == WINDOW:  # they have answered since
            return
        if isinstance(trouble, MediaRefused) and draft.media and again == 1:
            await self.files.forget(message, draft)
            return
        if isinstance(trouble, NotNow) and again < MOST_ATTEMPTS:
            return
        if isinstance(trouble, NotNow):
            raise NeedsFounder(f"WhatsApp did not bring it in {MOST_ATTEMPTS} attempts.")
        raise trouble

    async def _ask_back(self, contact: RowMapping) -> None:
        """The approved template, once for every time that the window closed."""
        key = f"window:{contact['id']}:{contact['heard_at']:.0f}"
        before = (await self._look(whatsapp.parts, key)).get(0)
        if before is not None:
            may_again = before["state"] == "failed" and isinstance(error_of(before["code"]), NotNow)
            if not may_again or before["attempt"] + 1 >= MOST_ATTEMPTS:
                return
        attempt = before["attempt"] + 1 if before is not None else 0
        data = f"{key}#0.{attempt}"
        if not await self._write(whatsapp.begin, key, 0, attempt, data):
            return
        asked = template(*self.template)
        try:
            await self._post(data, {**_address(contact), **asked})
        except NotNow:
            raise
        except OutcomeUnknown:
            return  # perhaps it is there; a second one would be worse than none
        except StudioError as trouble:
            log.warning("Nobody can be asked back in WhatsApp: %s", trouble.say)

    async def _reference(self, message: Outgoing) -> str:
        sent = await self._look(whatsapp.parts, message.key)
        return str(sent[max(sent)]["wamid"]) if sent else UNSEEN

    async def _contact(self, conversation: str) -> RowMapping:
        found = await self._look(whatsapp.contact, contact_in(conversation))
        if found is None or not (found["phone"] or found["bsuid"]):
            raise NeedsFounder("I do not know that number any more.")
        return found

    async def _look(self, question: Callable[..., Found], *args: Any) -> Found:
        def ask() -> Found:
            with self.store.read() as connection:
                return question(connection, *args)

        return await asyncio.to_thread(ask)

    async def _write(self, statement: Callable[..., Found], *args: Any) -> Found:
        def write() -> Found:
            with self.store.write() as connection:
                return statement(connection, *args)

        return await asyncio.to_thread(write)


def _address(contact: RowMapping) -> dict[str, str]:
    whom = {"to": str(contact["phone"])} if contact["phone"] else {"recipient": str(contact["bsuid"])}
    return {"recipient_type": "individual", **whom}


def _is_open(contact: RowMapping) -> bool:
    return not contact["is_closed"] and time.time() - contact["heard_at"] < OPEN_S
