"""Voice clips: fetched, heard by a take of the listen engine, then recorded as the words they are.

An inbox row of kind "voice" stays pending until its words are known, and so does what came after it in its
conversation: a yes that follows a clip must not outrun it. A take's identity is made of the clip's bytes, so a
killed worker fetches once more and hears nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import RowMapping

from studio.catalogue import Catalogue
from studio.domain import TakeId
from studio.engine import Kind, Listen
from studio.errors import MediaUnusable, NotNow, StudioError
from studio.media import MediaStore
from studio.messages import SAY
from studio.queue import Order
from studio.schedule import Rank
from studio.store import Store, inbox, outbox, takes

log = logging.getLogger(__name__)
LISTENER = "whisper"
CALM_S = 30.0
DEAF = "I could not understand that voice clip: {why} Please say it again or write it."
SILENT = "there are no words in it."


class Clips(Protocol):
    """A channel that people can send recordings through."""

    prefix: str

    async def fetch(self, conversation: str, clip: Mapping[str, Any], out: Path) -> None:
        """Write a recording to `out`; raises NotNow, or another StudioError when trying again is useless."""


@dataclass(slots=True)
class Ear:
    """Turns voice rows into their words, as takes finish; `news` is awaited when a row got further."""

    store: Store
    media: MediaStore
    catalogue: Catalogue
    channels: Sequence[object]
    news: Callable[[], Awaitable[None]]
    known: dict[str, TakeId] = field(default_factory=dict)
    calm_until: dict[str, float] = field(default_factory=dict)
    fetching: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def ready(self, rows: Sequence[RowMapping]) -> list[Mapping[Any, Any]]:
        """The rows that can be recorded now, voice rows with their words; the others stay pending."""
        deaf: set[str] = set()
        found: list[Mapping[Any, Any]] = []
        for row in rows:
            if row["conversation"] in deaf:
                continue
            heard = self._heard(row) if row["kind"] == "voice" else row
            if heard is None:
                deaf.add(row["conversation"])
            else:
                found.append(heard)
        return found

    def _heard(self, row: RowMapping) -> Mapping[Any, Any] | None:
        """The row with its words, None while they are not known."""
        event_id = str(row["event_id"])
        if self.calm_until.get(event_id, 0.0) > time.monotonic():
            return None
        try:
            if event_id in self.known:
                return self._words(row, self.known[event_id])
        except StudioError as trouble:
            self._say(row, trouble.say)
            return None
        if event_id not in self.fetching:  # a slow download holds up its own conversation only
            self.fetching[event_id] = asyncio.create_task(self._fetch(row))
        return None

    async def _fetch(self, row: RowMapping) -> None:
        event_id = str(row["event_id"])
        try:
            self.known[event_id] = await self._order(row)
        except NotNow as trouble:
            self.calm_until[event_id] = time.monotonic() + trouble.retry_after
        except StudioError as trouble:
            self._say(row, trouble.say)
        except Exception as bug:  # the edge: the next sweep tries again
            log.error("bug", exc_info=bug, extra={"event": event_id})
            self.calm_until[event_id] = time.monotonic() + CALM_S
        finally:
            del self.fetching[event_id]
        await self.news()

    async def _order(self, row: RowMapping) -> TakeId:
        """Fetch the clip and order the take that hears it."""
        channel: Any = next(
            (each for each in self.channels if row["conversation"].startswith(each.prefix)),  # type: ignore[attr-defined]
            None,
        )
        if channel is None or not hasattr(channel, "fetch"):
            raise MediaUnusable("I cannot take recordings from here.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip"
            await channel.fetch(row["conversation"], row["body"]["clip"], path)
            sha = await asyncio.to_thread(self.media.put, path)
        request, inputs = asdict(Listen()), {"audio": str(sha)}
        take_id = self.catalogue.identify(LISTENER, request, inputs, 0)
        order = Order(take_id, 1, LISTENER, request, inputs, 0, "", "")
        with self.store.write() as connection:
            said = asdict(order)
            urgent = {"rank": int(Rank.REVISION), "born": float(row["received_at"])}
            takes.order(connection, take_id, str(Kind.LISTEN), LISTENER, said, **urgent)  # type: ignore[arg-type]
        return take_id

    def _words(self, row: RowMapping, take_id: TakeId) -> Mapping[Any, Any] | None:
        with self.store.read() as connection:
            take = takes.find(connection, take_id)
        if take is None or take["state"] == "ordered":
            return None
        if take["state"] == "failed":
            raise MediaUnusable(str(take["say"] or SILENT))
        said = str(self.media.read_json(take["artifact"])["text"]).strip()
        if not any(character.isalpha() for character in said):
            raise MediaUnusable(SILENT)
        text = " ".join(filter(None, (said, str(row["body"].get("text") or ""))))
        return {**row, "body": {**row["body"], "text": text}}

    def _say(self, row: RowMapping, why: str) -> None:
        """The clip cannot be used: say so, and be done with the row."""
        with self.store.write() as connection:
            if inbox.claim(connection, row):
                inbox.mark_handled(connection, row, None)
                key = f"deaf:{row['source']}:{row['event_id']}"[:160]
                text = DEAF.format(why=why[:1].lower() + why[1:])
                outbox.put(connection, key, row["conversation"], SAY, {"text": text})
