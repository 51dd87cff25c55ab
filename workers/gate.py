"""Which attempt a media worker starts next, of those it holds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from studio.schedule import turn


@dataclass(eq=False, slots=True)
class _Held:
    rank: int
    number: int
    engine: str
    since: float
    turn: asyncio.Future[None]


class Gate:
    """Lets attempts start: one of an engine at a time, `slots` in all, by rank and then as they came."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.busy: set[str] = set()
        self.held: list[_Held] = []
        self.numbers = itertools.count()

    @asynccontextmanager
    async def turn(self, engine: str, rank: int) -> AsyncIterator[None]:
        """Wait for a slot and the engine; both are free again at the end."""
        loop = asyncio.get_running_loop()
        entry = _Held(rank, next(self.numbers), engine, loop.time(), loop.create_future())
        self.held.append(entry)
        self._admit()
        try:
            await entry.turn
            yield
        finally:
            if entry in self.held:  # cancelled before its turn
                self.held.remove(entry)
            else:
                self.busy.discard(engine)
                self._admit()

    def _admit(self) -> None:
        now = asyncio.get_running_loop().time()
        for entry in sorted(self.held, key=lambda entry: (turn(entry.rank, now - entry.since), entry.number)):
            if len(self.busy) >= self.slots:
                return
            if entry.engine not in self.busy and not entry.turn.done():
                self.busy.add(entry.engine)
                self.held.remove(entry)
                entry.turn.set_result(None)
