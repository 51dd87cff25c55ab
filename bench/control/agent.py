"""CPU seconds of the agent for one production, brief to delivered, when every take is finished at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select

from bench.control.processes import Running, settings_in
from bench.pipeline import SPEECH
from studio.domain import Status
from studio.queue import Bell
from studio.store.schema import takes
from tests.fakes.studio import Floor

PRODUCTIONS = 3


@dataclass
class Metered(Floor):
    """The tests' floor with a real Redis; only what the agent itself does is counted."""

    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    cpu_s: float = 0.0
    calls: int = 0

    def look(self) -> None:
        """The doorbell rings, then everything ordered is finished until nothing is."""
        self._count(self.desk.look())
        while rows := self._ordered():
            for row in rows:
                self._count(self.desk.take_finished(self.outcome(row)))

    def produce(self, number: int) -> None:
        """One video of seven lines, each unlike those of the videos before."""
        self.conversation = f"desk:{number}"
        lines = "\n".join(f"Number {number} says: {line}" for line in SPEECH.splitlines())
        self.write(lines, verbatim=True, profile="draft")
        self.look()
        for kind in ("script", "preview"):
            self.press(self.last(kind)["subject"])
            self.look()
        if self.production()["status"] != Status.DELIVERED:
            raise RuntimeError(f"production {number} is {self.production()['status']}")

    def _count(self, work: Coroutine[Any, Any, None]) -> None:
        before = time.process_time()
        self.runner.run(work)
        self.cpu_s += time.process_time() - before
        self.calls += 1

    def _ordered(self) -> list[RowMapping]:
        with self.store.read() as connection:
            return list(connection.execute(select(takes).where(takes.c.state == "ordered")).mappings())


def measure(folder: Path) -> tuple[float, float]:
    """CPU seconds, and takes, of one production."""
    settings = settings_in(folder)
    with Running(settings, "redis"):
        floor = Metered(settings)
        floor.desk.bell = floor.runner.run(Bell.connect(settings.redis_url))
        floor.produce(0)  # imports and caches
        floor.cpu_s, floor.calls = 0.0, 0
        for number in range(1, PRODUCTIONS + 1):
            floor.produce(number)
        floor.runner.run(floor.desk.bell.close())
        floor.desk.close()
        floor.runner.close()
    return floor.cpu_s / PRODUCTIONS, (floor.calls - 3 * PRODUCTIONS) / PRODUCTIONS
