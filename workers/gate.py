"""Which attempt a media worker starts next, of those it holds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Lets attempts start: one of an engine at a time, `slots` in all, by rank and then as they came."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.busy: set[str] = set()
        self.held: list[tuple[int, int, str, asyncio.Future[None]]] = []
        self.numbers = itertools.count()

    @asynccontextmanager
    async def turn(self, engine: str, rank: int) -> AsyncIterator[None]:
        """Wait for a slot and the engine; both are free again at the end."""
        entry = (rank, next(self.numbers), engine, asyncio.get_running_loop().create_future())
        self.held.append(entry)
        self._admit()
        try:
            await entry[3]
            yield
        finally:
            if entry in self.held:  # cancelled before its turn
                self.held.remove(entry)
            else:
                self.busy.discard(engine)
                self._admit()

    def _admit(self) -> None:
        for entry in sorted(self.held, key=lambda entry: entry[:2]):
            if len(self.busy) >= self.slots:
                return
            if entry[2] not in self.busy and not entry[3].done():
                self.busy.add(entry[2])
                self.held.remove(entry)
                entry[3].set_result(None)
