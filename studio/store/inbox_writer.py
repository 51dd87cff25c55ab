"""One writer for everything that comes in at the same time: one commit, and nobody is answered before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection

from studio.store import Store, inbox
from studio.store.inbox import Inbound

MOST = 100

Found = TypeVar("Found")
Work = Callable[[Connection], Any]
Batch = Sequence[tuple[Work, asyncio.Future[Any]]]


class InboxWriter:
    """Writes from one event loop; those that wait for the commit under way share the next one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, event: Inbound) -> bool:
        """Return after the commit; False when the event was here already."""
        return await self.do(partial(inbox.append, event=event))

    async def do(self, work: Callable[[Connection], Found]) -> Found:
        """Return after the commit what `work` returned in it; it may be called again when others fail."""
        written: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        found: Found = await written
        return found

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._try(batch)

    async def _try(self, batch: Batch) -> None:
        """Commit together; when that fails one of them may be at fault: each by itself, with its own answer."""
        try:
            await self._commit(batch)
        except Exception as trouble:  # noqa: BLE001 - passed on to whoever waits, who would wait for ever
            for one in batch if len(batch) > 1 else ():
                await self._try([one])
            if len(batch) == 1 and not batch[0][1].done():
                batch[0][1].set_exception(trouble)

    async def _commit(self, batch: Batch) -> None:
        found = await asyncio.to_thread(self._all, [work for work, _ in batch])
        for (_, written), said in zip(batch, found, strict=True):
            if not written.done():  # whoever sent it may have hung up
                written.set_result(said)

    def _all(self, works: Sequence[Work]) -> list[Any]:
        with self.store.write() as connection:
            return [work(connection) for work in works]
