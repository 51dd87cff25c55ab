"""One production from brief to delivery in this process, with a founder who answers what was shown.

The founder is exact and stubborn: an event has a name, is sent until it was acknowledged, and sometimes once
more. So a trial that was killed anywhere goes on in another process over the same home.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver
from sqlalchemy import Dialect, create_engine, update

from agent.brain import brain_for
from agent.graph import build_graph
from studio.catalogue import Catalogue
from studio.domain import Status
from studio.media import MediaStore
from studio.messages import PREVIEW, SCRIPT
from studio.settings import Settings
from studio.store import Store, inbox, productions, schema
from studio.store.inbox import Inbound
from studio.weights import Weights
from tests.chaos.ledger import Ledger, LedgerChannel, LedgerDestination, Mood
from tests.chaos.promises import broken_promises
from tests.databases import migrated
from tests.fakes.studio import Floor, furnish
from workers.catalogue import catalogue_of
from workers.desk import Desk
from workers.handing import Dispatcher
from workers.relay import Relay

TALK = "desk:trial"
BRIEF = "Script: We build compilers."
PATIENCE_S = 8.0
LANDS_WITHIN_S = 0.3
IDLE_STEPS = 20
STATEMENTS: dict[Any, Any] = {}


def accept(store: Store, ledger: Ledger, event: Inbound) -> None:
    """As every way in does: commit, then answer."""
    with store.write() as connection:
        inbox.append(connection, event)
    ledger.write("ack", event.event_id, subject=event.body.get("subject", ""))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a trial is made of, and how its chat fares first (Mood); a mutant replaces one."""

    store: Callable[..., Store] = Store
    desk: Callable[..., Desk] = Desk
    relay: Callable[..., Relay] = Relay
    accept: Callable[[Store, Ledger, Inbound], None] = accept
    words: tuple[str, ...] = ()


@cache
def dialect() -> Dialect:
    """SQLite's, as one engine of this process met it."""
    engine = create_engine("sqlite://")
    engine.connect().close()
    return engine.dialect


def knowing(store: Store) -> Store:
    """A store that shares the compiled statements of this process's trials: they open hundreds, the product one."""
    store.engine.dialect = dialect()
    store.engine.update_execution_options(compiled_cache=STATEMENTS)
    return store


def settings_of(home: Path) -> Settings:
    """Settings of a trial's home."""
    return Settings(home=home, deliveries=home / "deliveries", _env_file=None)  # type: ignore[call-arg]


def template(home: Path) -> Catalogue:
    """Make the home that trials are copied from; the catalogue they share."""
    settings = settings_of(home)
    store = migrated(settings.database)
    furnish(store)
    store.close()
    with sqlite3.connect(home / "checkpoints.db") as checkpoints:
        SqliteSaver(checkpoints).setup()
    return catalogue_of(Weights(settings.cache, settings.weights_folder))


@dataclass
class Trial:
    """A home under way; made anew in each process that goes on with it."""

    home: Path
    catalogue: Catalogue
    parts: Parts = Parts()
    mood: Mood = field(default_factory=Mood)
    arrival: Mood = field(default_factory=Mood)

    def __post_init__(self) -> None:
        settings = settings_of(self.home)
        self.ledger = Ledger(self.home / "ledger")
        self.store = knowing(self.parts.store(settings.database))
        saver = SqliteSaver(sqlite3.connect(self.home / "checkpoints.db", check_same_thread=False))
        self.mood.words += self.parts.words
        channels = tuple(
            LedgerChannel(self.ledger, prefix, self.mood, LANDS_WITHIN_S) for prefix in ("desk:", "whatsapp:")
        )
        places = {"folder": LedgerDestination(self.ledger, mood=self.arrival)}
        media, brain = MediaStore(self.home / "media"), brain_for(settings)
        graph = build_graph(saver)
        dispatcher = Dispatcher(self.store, self.catalogue)
        self.desk = self.parts.desk(
            settings, self.store, media, brain, self.catalogue, graph, channels, dispatcher
        )
        self.desk.outgoing = self.parts.relay(self.store, channels, places, pause_s=0.05)
        self.floor = Floor(settings, TALK, furnished=self.desk)

    def drive(self, patience_s: float = PATIENCE_S) -> list[str]:
        """Go on until the video is delivered or nothing moves any more; the promises that are broken then."""
        self.let_leases_run_out()
        self.repeat()
        idle, seen, moved = 0, 0, time.monotonic()
        while not self.is_delivered() and (idle < IDLE_STEPS or time.monotonic() < moved + patience_s):
            self.step()
            if (size := self.ledger.size()) > seen:
                idle, seen, moved = 0, size, time.monotonic()
            else:
                idle += 1
                time.sleep(0.02)
        for _ in range(2):  # what would leave twice would leave now
            asyncio.run(self.desk.sweep())
        return broken_promises(self.store, self.ledger)

    def step(self) -> None:
        """The founder answers, the agent works, takes are rendered."""
        for answer in self.answers():
            self.say(*answer)
        asyncio.run(self.desk.sweep())
        asyncio.run(self.render())

    async def render(self) -> None:
        """Finish what is ordered, all at once, until nothing is."""
        while rows := self.floor.ordered():
            outcomes = [self.floor.outcome(row) for row in rows]
            await asyncio.gather(*(self.desk.take_finished(outcome) for outcome in outcomes))

    def answers(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What the founder has to say to what was shown so far: (event id, kind, body)."""
        found: list[tuple[str, str, dict[str, Any]]] = [("brief", "text", {"text": BRIEF, "options": {}})]
        for post in self.ledger.read("post"):
            subject, version = post["body"].get("subject", ""), post["body"].get("version", 0)
            yes = {"subject": subject, "decision": "approve"}
            if post["kind"] == SCRIPT and version == 1:
                found.append(("yes-script", "decision", yes))
            elif post["kind"] == PREVIEW and version == 1:
                found.append(("softer", "text", {"text": "line 1 softer"}))
            elif post["kind"] == PREVIEW and version == 2:
                old = {"subject": subject[:-1] + "1", "decision": "approve"}
                found.append(("old-yes", "decision", old))
                found.append(("yes", "decision", yes))
                found.append(("late-no", "decision", {"subject": subject, "decision": "cancel"}))
        return found

    def say(self, event_id: str, kind: str, body: dict[str, Any]) -> None:
        """Send an event unless it was acknowledged."""
        if not self.ledger.has("ack", event_id):
            self.parts.accept(self.store, self.ledger, Inbound("desk", event_id, TALK, "ann", kind, body))

    def let_leases_run_out(self) -> None:
        """As if time passed: whoever was killed here held the production, or was sending."""
        with self.store.write() as connection:
            for table in (schema.productions, schema.outbox):
                held = table.c.lease_until > 0.0
                connection.execute(update(table).where(held).values(lease_until=1.0))

    def repeat(self) -> None:
        """Send once more what was acknowledged before, as chat services do; the last answer may have come."""
        newest = [line["key"] for line in self.ledger.read("ack")][-1:]
        for event_id, kind, body in self.answers():
            if self.ledger.has("ack", event_id) and event_id not in newest:
                self.parts.accept(self.store, self.ledger, Inbound("desk", event_id, TALK, "ann", kind, body))

    def is_delivered(self) -> bool:
        """Whether the production ended well and everybody was heard."""
        with self.store.read() as connection:
            rows = productions.of_conversation(connection, TALK)
            waiting = inbox.pending(connection)
        heard = self.ledger.has("ack", "late-no") and not waiting
        return heard and bool(rows) and rows[-1]["status"] == Status.DELIVERED


def copy_of(home: Path, to: Path) -> Path:
    """A fresh home."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    return to
