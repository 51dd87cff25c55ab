"""A cut as a phone takes it: ordered as a take like any other, awaited by the channel that shows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import RowMapping

from studio.catalogue import Catalogue
from studio.domain import TakeId
from studio.engine import ForPhone, Kind
from studio.errors import MediaUnusable, NotNow
from studio.media import MediaStore
from studio.queue import Order
from studio.schedule import Rank
from studio.store import Store, takes

ENGINE = "phone"
LOOK_EVERY_S, PATIENCE_S = 0.2, 20.0


@dataclass(slots=True)
class CutsForPhones:
    """Renditions (bot/whatsapp/files.py); `ring` hands ordered takes to the media workers."""

    store: Store
    media: MediaStore
    catalogue: Catalogue
    ring: Callable[[], Awaitable[None]]

    async def of(self, sha256: str) -> Path:
        """Order the take unless it is there, and wait for it; raises NotNow, MediaUnusable."""
        take_id = await asyncio.to_thread(self._order, sha256)
        await self.ring()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            take = await asyncio.to_thread(self._find, take_id)
            if take is not None and take["state"] == "failed":
                raise MediaUnusable(str(take["say"]))  # for good: attempts are made by the media workers
            if take is not None and take["artifact"]:
                return self.media.fetch(str(take["artifact"]))
            await asyncio.sleep(LOOK_EVERY_S)
        raise NotNow("The video is still being made smaller.", retry_after=2.0)

    def _order(self, sha256: str) -> TakeId:
        request, inputs = asdict(ForPhone()), {"cut": sha256}
        take_id = self.catalogue.identify(ENGINE, request, inputs, 0)
        said = asdict(Order(take_id, 1, ENGINE, request, inputs, 0, "", ""))
        with self.store.write() as connection:
            takes.order(
                connection, take_id, str(Kind.CUT), ENGINE, said, rank=int(Rank.REVISION), born=time.time()
            )
        return take_id

    def _find(self, take_id: TakeId) -> RowMapping | None:
        with self.store.read() as connection:
            return takes.find(connection, take_id)
