"""What the web desk's handlers hold: the store to read, the inbox to write, the bell to ring."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.desk import OWNER, DeskChannel, TerminalChannel
from bot.doorbell import Doorbell
from bot.talk import Talk, read
from bot.web.door import COOKIE, Door
from studio.domain import Status
from studio.media import MediaStore
from studio.progress import Progress, measure
from studio.store import Store, inbox
from studio.store.inbox_writer import InboxWriter

log = logging.getLogger(__name__)

CONVERSATION = re.compile(f"({DeskChannel.prefix}|{TerminalChannel.prefix})[0-9a-f]{{1,64}}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a handler may touch."""

    store: Store
    media: MediaStore
    doorbell: Doorbell
    door: Door
    writer: InboxWriter

    async def talk(self, conversation: str) -> Talk:
        """A conversation; raises a 404 when nobody said anything in it."""
        found = await run_in_threadpool(self._read, conversation)
        if not found.messages:
            raise HTTPException(404)
        return found

    async def progress(self, shown: Talk) -> Progress:
        """How far the newest production's takes are."""
        under_way = [take["id"] for take in shown.takes if take["state"] == "ordered"]
        asks = shown.status == Status.RENDERING
        fractions = await self.doorbell.fractions(under_way) if asks else {}
        return measure(shown.takes, fractions)

    async def receive(self, event_id: str, conversation: str, kind: str, body: dict[str, object]) -> bool:
        """Commit what a person sent; False when it was here already."""
        event = inbox.Inbound(DeskChannel.prefix[:-1], event_id, conversation, OWNER, kind, body)
        new = await self.writer.append(event)
        log.info("received a %s%s", kind, "" if new else ", again")
        return new

    def _read(self, conversation: str) -> Talk:
        with self.store.read() as connection:
            return read(connection, conversation)


def desk_of(request: Request) -> Desk:
    """The desk a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def session_of(request: Request) -> str:
    """The request's session; raises a redirect to the login page when it has none."""
    session = request.cookies.get(COOKIE, "")
    if not desk_of(request).door.admits(session):
        raise HTTPException(303, headers={"location": "/login"})
    return session


def conversation_of(request: Request) -> str:
    """The conversation in the address; raises a 404 for one that is not shown here."""
    conversation: str = request.path_params["conversation"]
    if not CONVERSATION.fullmatch(conversation):
        raise HTTPException(404)
    return conversation


def address_of(conversation: str) -> str:
    """The page of a conversation, "" for one of another channel."""
    return f"/c/{quote(conversation, safe=':')}" if CONVERSATION.fullmatch(conversation) else ""
