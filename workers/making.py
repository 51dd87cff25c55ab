"""One production from brief to delivery with nobody asked: what `aiclone make` and the benches drive."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection, RowMapping

from studio.domain import ProductionId, Status
from studio.errors import StudioError
from studio.messages import DELIVERED, PREVIEW, SCRIPT
from studio.progress import measure
from studio.queue import LOOK, Bell
from studio.settings import Settings
from studio.store import Store, inbox, outbox, productions, takes
from studio.store.inbox import Inbound

PERSON = "cli:make"
LOOK_EVERY_S, PROGRESS_EVERY_S = 0.1, 0.5
REFUSALS = ("inbox:", "trouble:", "failed:", "consent:", "cap:", "bug:")


@dataclass
class Making:
    """Writes a brief, says yes to the script, sends `revisions` to the previews in turn, then says yes."""

    settings: Settings
    text: str
    options: dict[str, Any]
    console: Console
    revisions: Sequence[str] = ()
    conversation: str = field(default_factory=lambda: f"term:{uuid.uuid4().hex}")
    seen: set[str] = field(default_factory=set)
    versions: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        """The result as JSON: path, seconds, timings, CPU seconds, reuse, report; raises StudioError."""
        self.store = Store(self.settings.database)
        self.bell = await Bell.connect(self.settings.redis_url)
        self.start = self.asked = time.monotonic()
        await self._put("text", {"text": self.text, "options": self.options})
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.console, refresh_per_second=4) as bar:
            task = bar.add_task("drafting", total=1.0)
            measured = 0.0
            while not await self._step():
                if time.monotonic() - measured > PROGRESS_EVERY_S:
                    measured = time.monotonic()
                    fraction, doing = await self._progress()
                    bar.update(task, completed=fraction, description=doing or "working")
                await asyncio.sleep(LOOK_EVERY_S)
            bar.update(task, completed=1.0, description="delivered")
        await self.bell.close()
        return self._result()

    async def _put(self, kind: str, body: dict[str, Any]) -> None:
        event = Inbound("cli", uuid.uuid4().hex, self.conversation, PERSON, kind, body)
        with self.store.write() as connection:
            inbox.append(connection, event)
        await self.bell.poke(LOOK)

    async def _step(self) -> bool:
        """Answer what is asked; True once the video is delivered."""
        with self.store.read() as connection:
            rows = outbox.of_conversation(connection, self.conversation)
        for row in rows:
            if row["key"] not in self.seen:
                self.seen.add(row["key"])
                await self._answer(row)
        return any(row["kind"] == DELIVERED for row in rows)

    async def _answer(self, row: RowMapping) -> None:
        if row["kind"] == PREVIEW:
            self._note_version(row["body"])
            if len(self.versions) <= len(self.revisions):
                self.asked = time.monotonic()
                await self._put("text", {"text": self.revisions[len(self.versions) - 1]})
                return
        if row["kind"] in (SCRIPT, PREVIEW):
            self.asked = time.monotonic()
            await self._put("decision", {"subject": row["body"]["subject"], "decision": "approve"})
        elif row["key"].startswith(REFUSALS):
            await self._refuse(row)

    async def _refuse(self, row: RowMapping) -> None:
        if "next engine" in row["body"]["text"]:
            self.console.print(row["body"]["text"])
            return
        if row["production_id"]:
            await self._put("text", {"text": "cancel"})
        raise StudioError(row["body"]["text"])

    def _note_version(self, body: dict[str, Any]) -> None:
        with self.store.read() as connection:
            production = self._production(connection)
            rows = takes.of_production(connection, ProductionId(production["id"])) if production else []
        before = {take for version in self.versions for take in version["take_ids"]}
        fresh = [row for row in rows if row["id"] not in before and not row["reused"]]
        self.versions.append(
            {
                "wall_s": round(time.monotonic() - self.asked, 2),
                "seconds": body["seconds"],
                "cpu_s": cpu_by_engine(fresh),
                "rendered": len(fresh),
                "reused": body["reused"],
                "report": body["report"],
                "take_ids": [row["id"] for row in rows],
            }
        )

    def _production(self, connection: Connection) -> RowMapping | None:
        found = productions.of_conversation(connection, self.conversation)
        return found[-1] if found else None

    async def _progress(self) -> tuple[float, str]:
        with self.store.read() as connection:
            production = self._production(connection)
            rows = takes.of_production(connection, ProductionId(production["id"])) if production else []
        running = [row["id"] for row in rows if row["state"] == "ordered"]
        measured = measure(rows, await self.bell.progress(running))
        return measured.fraction, measured.doing

    def _result(self) -> dict[str, Any]:
        with self.store.read() as connection:
            production = self._production(connection)
            assert production is not None
            usd = productions.spent(connection, ProductionId(production["id"]))
            rows = outbox.of_conversation(connection, self.conversation)
        delivered = next(row["body"] for row in rows if row["kind"] == DELIVERED)
        last = self.versions[-1]
        for version in self.versions:
            del version["take_ids"]
        return {
            "production": production["id"],
            "status": str(Status(production["status"])),
            "delivered": delivered["path"],
            "sha256": delivered["sha256"],
            "seconds": last["seconds"],
            "wall_s": round(time.monotonic() - self.start, 2),
            "usd": usd,
            "versions": self.versions,
            "report": last["report"],
        }


def cpu_by_engine(rows: Sequence[RowMapping]) -> dict[str, float]:
    """CPU seconds of takes by engine."""
    spent: dict[str, float] = defaultdict(float)
    for row in rows:
        if row["cost"]:
            spent[row["engine"]] += row["cost"]["cpu_s"]
    return {engine: round(seconds, 2) for engine, seconds in spent.items()}
