"""The agent worker's desk: everything it does when a doorbell rings, free of arq."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sqlite3
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping

from agent.advance import Graph, advance
from agent.brain import Brain, brain_for
from agent.facts import Stage
from agent.graph import build_graph
from agent.inbound import record
from agent.visit import Visit
from bot.desk import DeskChannel, TerminalChannel
from studio.about import about
from studio.catalogue import Catalogue
from studio.domain import ProductionId, TakeId
from studio.errors import EngineDied, NotNow, StudioError
from studio.media import MediaStore
from studio.messages import SAY, Channel
from studio.queue import Bell
from studio.settings import Settings
from studio.store import Held, Store, inbox, outbox, productions, takes
from studio.weights import Weights
from workers import attempts
from workers.catalogue import catalogue_of
from workers.destinations import destinations_of
from workers.handing import Dispatcher
from workers.hearing import Ear
from workers.positions import open_positions
from workers.relay import Relay

log = logging.getLogger(__name__)
SILENT_S = 20.0
CALM_S = 30.0


@dataclass(slots=True)
class Desk:
    """One agent worker's tools; `busy` maps a production being visited to whether it has news since."""

    settings: Settings
    store: Store
    media: MediaStore
    brain: Brain
    catalogue: Catalogue
    graph: Graph
    channels: tuple[Channel, ...]
    dispatcher: Dispatcher
    bell: Bell | None = None
    busy: dict[str, bool] = field(default_factory=dict)
    calm_until: dict[str, float] = field(default_factory=dict)
    silent_s: float = SILENT_S
    outgoing: Relay = field(init=False)
    ear: Ear = field(init=False)

    def __post_init__(self) -> None:
        places = destinations_of(self.settings, self.media, self.channels)
        self.ear = Ear(self.store, self.media, self.catalogue, self.channels, self.listen)
        self.outgoing = Relay(self.store, self.channels, places)

    async def look(self) -> None:
        """Make facts of everything in the inbox, then visit the productions concerned."""
        touched: list[ProductionId] = []
        with self.store.read() as connection:
            rows = inbox.pending(connection)
        replaces = False
        for row in self.ear.ready(rows):
            production_id = self._record(row)
            replaces |= "instead_of" in row["body"]
            log.info("looked at a %s of %s", row["kind"], row["source"], extra={"production": production_id})
            if production_id is not None and production_id not in touched:
                touched.append(production_id)
        if replaces:  # the one that is started over has news as well
            with self.store.read() as connection:
                touched += [each for each in productions.to_visit(connection) if each not in touched]
        await asyncio.gather(*(self.visit(each) for each in touched))
        await self.relay()

    async def listen(self) -> None:
        """A voice clip got further: ring for its take, record it when it is heard."""
        await self.ring()
        await self.look()

    async def visit(self, production_id: ProductionId) -> None:
        """Advance one production; news that come while it is visited make it be visited again."""
        if production_id in self.busy:
            self.busy[production_id] = True
            return
        self.busy[production_id] = True
        try:
            while self.busy[production_id]:
                self.busy[production_id] = False
                with about(production=production_id):
                    await self._visit_once(production_id)
        finally:
            del self.busy[production_id]

    async def take_finished(self, outcome: dict[str, Any]) -> None:
        """Record an attempt's outcome; an outdated attempt changes nothing."""
        heard = attempts.record(self.store, self.catalogue, self.media, outcome)
        await self.ring()
        await asyncio.gather(*(self.visit(each) for each in heard.news))
        if not heard.users:  # a voice clip was heard
            await self.look()

    async def relay(self) -> None:
        """Send what is due in the outbox; productions whose deliveries were settled are visited."""
        settled = await self.outgoing.run()
        await asyncio.gather(*(self.visit(each) for each in settled))

    async def sweep(self) -> None:
        """Heal what rings lost: inbox rows, silent takes, unrung takes, unsent messages, unvisited news."""
        await self.look()
        with self.store.read() as connection:
            silent = takes.rung_before(connection, time.time() - self.silent_s)
            unvisited = productions.to_visit(connection)
        for row in silent:
            await self._look_after(row)
        await asyncio.gather(*(self.visit(each) for each in unvisited))
        await self.dispatcher.call_off(self.bell)
        await self.ring()

    async def take_back(self, attempts: list[tuple[str, int]]) -> None:
        """Attempts that a stopped worker did not make are handed out again, as they are."""
        with self.store.write() as connection:
            for take_id, attempt in attempts:
                takes.unring(connection, TakeId(take_id), attempt)
        await self.ring()

    async def resume(self) -> None:
        """At the start: what a stopped or lost queue forgot is found, or handed out again, without waiting."""
        if self.bell is None:
            return
        with self.store.read() as connection:
            rows = takes.rung_before(connection, math.inf)
        for row in rows:
            if self.media.receipt(row["id"]) or not await self.bell.has_heard_of(row["id"], row["attempt"]):
                await self._look_after(row)

    async def ring(self) -> None:
        """Hand ordered takes to workers that have room (studio/schedule.py)."""
        if self.bell is None:
            return
        await self.dispatcher.hand_out(self.bell)

    def speak(self, channel: Channel) -> None:
        """One more channel, which needs this desk itself."""
        self.channels = (*self.channels, channel)
        self.ear.channels = self.outgoing.channels = self.channels

    def close(self) -> None:
        """Give back the database."""
        self.store.close()

    async def _visit_once(self, production_id: ProductionId) -> None:
        if self.calm_until.get(production_id, 0.0) > time.monotonic():
            return
        try:
            stage = await asyncio.to_thread(self._advance, production_id)
        except Held:
            await asyncio.sleep(0.3)
            self.busy[production_id] = True
            return
        except NotNow as trouble:
            log.warning("%s", trouble.reason)
            self._pause(production_id, trouble.retry_after)
            return
        except sqlite3.Error as trouble:  # positions only: the facts' database speaks through SQLAlchemy
            log.warning("positions: %s", trouble, extra={"production": production_id})
            self.graph = build_graph(open_positions(self.settings.home))
            self._pause(production_id, 1.0)
            return
        except Exception as bug:  # noqa: BLE001 - the edge where an unknown failure becomes a reference
            self._report_bug(production_id, bug)
            return
        log.info("rests at %s", stage)
        await self.ring()
        await self.relay()
        if stage is Stage.DONE:
            await self.dispatcher.call_off(self.bell)
            with contextlib.suppress(sqlite3.Error):
                await asyncio.to_thread(self.graph.checkpointer.delete_thread, production_id)  # type: ignore[union-attr]

    def _advance(self, production_id: ProductionId) -> Stage:
        with self.store.hold(production_id) as hold:
            visit = Visit(
                hold,
                self.store,
                self.brain,
                self.catalogue,
                self.settings,
                self.media.read_json,
                self.dispatcher.floor,
            )
            return advance(self.graph, visit)

    def _pause(self, production_id: ProductionId, seconds: float) -> None:
        self.calm_until[production_id] = time.monotonic() + seconds
        with self.store.write() as connection:
            productions.wake(connection, [production_id])

    def _report_bug(self, production_id: ProductionId, bug: Exception) -> None:
        reference = uuid.uuid4().hex[:8]
        log.error("bug", exc_info=bug, extra={"reference": reference})
        self._pause(production_id, CALM_S)
        with self.store.write() as connection:
            row = productions.get(connection, production_id)
            text = f"Something broke on my side (reference {reference}). Nothing is lost; I will try again."
            key = f"bug:{production_id}:{type(bug).__name__}"
            outbox.put(connection, key, row["conversation"], SAY, {"text": text}, production_id)

    async def _look_after(self, row: RowMapping) -> None:
        take_id, attempt = row["id"], row["attempt"]
        receipt = self.media.receipt(take_id)
        if receipt is not None:
            await self.take_finished({"take_id": take_id, "attempt": attempt, "ok": True, **receipt})
            return
        gpu = self.catalogue.spec(row["engine"]).needs_gpu
        alive = self.bell is not None and (
            await self.bell.is_leased(take_id, attempt)
            or await self.bell.is_waiting(take_id, attempt, gpu, row["worker"])
        )
        if self.bell is not None and not await self.bell.has_heard_of(take_id, attempt):
            with self.store.write() as connection:
                takes.unring(connection, take_id, attempt)
        elif not alive:
            lost = EngineDied("The worker that rendered this is gone.", retry_after=0.0)
            outcome = {
                "take_id": take_id,
                "attempt": attempt,
                "ok": False,
                "reason": lost.reason,
                "lost": True,
            }
            await self.take_finished({**outcome, "say": lost.say, "retry_after": 0.0})

    def _record(self, row: Mapping[Any, Any]) -> ProductionId | None:
        try:
            with self.store.write() as connection:
                return record(connection, row) if inbox.claim(connection, row) else None
        except StudioError:
            raise
        except Exception as bug:
            log.error(
                "bug", exc_info=bug, extra={"event": row["event_id"], "reference": uuid.uuid4().hex[:8]}
            )
            return None


def open_desk(settings: Settings) -> Desk:
    """Everything an agent worker needs; migrates the database first."""
    store = Store(settings.database)
    store.migrate()
    catalogue = catalogue_of(Weights(settings.cache, settings.weights_folder), settings)
    media = MediaStore(settings.home / "media")
    channels: list[Channel] = [DeskChannel(), TerminalChannel()]
    if settings.speaks_slack:
        from workers.slack import channel_of

        channels.append(channel_of(settings, store, media))
    desk = Desk(
        settings,
        store,
        media,
        brain_for(settings),
        catalogue,
        build_graph(open_positions(settings.home)),
        tuple(channels),
        Dispatcher(store, catalogue),
    )
    if settings.speaks_whatsapp:
        from workers import whatsapp

        desk.speak(whatsapp.channel_of(settings, store, media, catalogue, desk.ring))
    return desk
