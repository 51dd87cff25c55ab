"""One writer for everything that comes in at the same time: one commit, and nobody is answered before it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from studio.store import Store, inbox
from studio.store.inbox import Inbound

MOST = 100


class InboxWriter:
    """Appends events from one event loop; those that wait for the commit under way share the next one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: list[tuple[Inbound, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, event: Inbound) -> bool:
        """Return after the commit; False when the event was here already."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await written

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self._commit(batch)
            except SQLAlchemyError:  # one of them may be at fault: each by itself, with its own answer
                for one in batch:
                    await self._alone(one)

    async def _alone(self, one: tuple[Inbound, asyncio.Future[bool]]) -> None:
        try:
            await self._commit([one])
        except SQLAlchemyError as trouble:
            if not one[1].done():
                one[1].set_exception(trouble)

    async def _commit(self, batch: Sequence[tuple[Inbound, asyncio.Future[bool]]]) -> None:
        found = await asyncio.to_thread(self._append, [event for event, _ in batch])
        for (_, written), new in zip(batch, found, strict=True):
            if not written.done():  # whoever sent it may have hung up
                written.set_result(new)

    def _append(self, events: Sequence[Inbound]) -> list[bool]:
        with self.store.write() as connection:
            return [inbox.append(connection, event) for event in events]
