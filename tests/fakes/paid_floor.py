"""A studio's floor where paid takes are bought from a loopback vendor, by one warm engine child."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import RowMapping, select, update

from studio.media import MediaStore
from studio.queue import Order
from studio.settings import Settings
from studio.store import schema
from tests.fakes.elevenlabs.world import STOCK_VOICE
from tests.fakes.studio import Floor
from workers.engine_process import EngineProcess
from workers.rendering import Outcome, Renderer


@dataclass
class Worker:
    """One media worker's engine child for all tests of this module: loading it takes seconds."""

    loop: asyncio.AbstractEventLoop
    children: dict[str, EngineProcess]

    def attempts(self, settings: Settings, media: MediaStore, *orders: Order) -> list[Outcome]:
        """Outcomes of attempts, one after the other."""
        renderer = Renderer(settings, media)
        renderer.children = self.children

        async def play() -> list[Outcome]:
            return [await renderer.attempt(each, lambda _: None) for each in orders]

        return self.loop.run_until_complete(play())

    def close(self) -> None:
        """End the child; the next attempt starts another."""
        for child in self.children.values():
            self.loop.run_until_complete(child.close())


class PaidFloor(Floor):
    """A floor whose ElevenLabs takes are bought for real; the others are finished at once."""

    worker: Worker
    waits: ClassVar[list[float]] = []

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.store.write() as connection:
            connection.execute(update(schema.personas).values(voices={"elevenlabs": STOCK_VOICE}))

    def outcome(self, row: RowMapping) -> dict[str, Any]:
        """What a media worker reports."""
        if row["engine"] != "elevenlabs":
            return super().outcome(row)
        order = Order(**{**row["order"], "attempt": row["attempt"]})
        return self.worker.attempts(self.settings, self.media, order)[0]

    def ordered(self) -> list[RowMapping]:
        """Takes to render; nobody waits for `not_before` here."""
        with self.store.write() as connection:
            waits = connection.execute(select(schema.takes.c.not_before).where(schema.takes.c.attempt > 1))
            self.waits.extend(moment - time.time() for (moment,) in waits if moment)
            connection.execute(update(schema.takes).values(not_before=0.0))
        return super().ordered()

    def voices(self) -> list[RowMapping]:
        """The paid takes of the newest production."""
        return [row for row in self.takes() if row["engine"] == "elevenlabs"]

    def said(self, words: str) -> list[str]:
        """What the studio said with these words in it."""
        return [row["body"]["text"] for row in self.messages("say") if words in row["body"]["text"]]
