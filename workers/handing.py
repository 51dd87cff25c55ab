"""Handing out: asks studio/schedule.py what runs next and tells the media workers."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from redis.exceptions import RedisError
from sqlalchemy import select

from studio.catalogue import Catalogue
from studio.domain import TakeId
from studio.estimate import Floor
from studio.queue import Bell, Order
from studio.schedule import Handout, Past, Worker, pick
from studio.store import Store, queueing, unwanted
from studio.store.schema import takes
from studio.store.takes import unring, users_of

log = logging.getLogger(__name__)
BLIND_SLOTS = 32
PAST_S = 5.0


@dataclass(slots=True)
class Dispatcher:
    """Hands takes to workers; two of them over one database never hand out the same attempt."""

    store: Store
    catalogue: Catalogue
    past: Past = field(default_factory=Past)
    means: queueing.Means | None = None
    past_at: float = 0.0
    floor: Floor = field(default_factory=Floor)

    async def hand_out(self, bell: Bell) -> None:
        """Fill free slots; a take whose worker cannot be told waits on, and RedisError is raised."""
        with self.store.read() as connection:
            if not queueing.any_waiting(connection, time.time()):
                return
        told = await bell.workers()
        if told:
            self.floor = Floor(len(told), sum(worker.slots for worker in told))
        workers = [*told, *_blind(told)]
        chosen = self.choose(workers)
        await self._tell(bell, chosen)
        while len(chosen) >= queueing.SHOWN:  # rows beyond those shown may fit too
            chosen = self.choose(workers)
            await self._tell(bell, chosen)

    async def call_off(self, bell: Bell | None) -> None:
        """Takes that only ended productions want are cancelled, and their workers told, now or next time."""
        with self.store.read() as connection:
            found, rows = unwanted.find(connection, self.catalogue.paid()), unwanted.untold(connection)
        if found:
            with self.store.write() as connection:
                for row in unwanted.cancel(connection, found, self.catalogue.paid()):
                    users = " ".join(users_of(connection, TakeId(row["id"])))
                    log.info(
                        "cancelled", extra={"production": users, "take": row["id"], "attempt": row["attempt"]}
                    )
                rows = unwanted.untold(connection)
        if bell is None:
            return
        for row in rows:
            try:
                await bell.cancel(row["id"], row["attempt"], self._needs_gpu(row["engine"]), row["worker"])
            except (RedisError, OSError):
                log.warning("redis is away; cancelled takes are rendered until it is back")
                return
            with self.store.write() as connection:
                unwanted.told(connection, row["id"], row["attempt"])

    async def _tell(self, bell: Bell, chosen: list[tuple[Handout, Order]]) -> None:
        for at, (handout, order) in enumerate(chosen):
            try:
                await bell.ring_take(order, handout.take.gpu, handout.worker)
                this = {"production": order.production_id, "take": order.take_id, "attempt": order.attempt}
                log.info("handed to %s", handout.worker or "whoever comes", extra=this)
            except (RedisError, OSError):
                with self.store.write() as connection:
                    for _, lost in chosen[at:]:
                        unring(connection, TakeId(lost.take_id), lost.attempt)
                raise

    def choose(self, workers: list[Worker]) -> list[tuple[Handout, Order]]:
        """What to hand out to these workers now, claimed in the same transaction."""
        now = time.time()
        with self.store.write() as connection:
            if now - self.past_at > PAST_S or self.means is None:
                self.past, self.means = queueing.past(connection, now)
                self.past_at = now
            waiting = queueing.waiting(connection, self._needs_gpu, now, self.means)
            running = queueing.handed(connection, self._needs_gpu, self.means)
            picked = [
                handout
                for handout in pick(waiting, running, workers, now, self.past)
                if queueing.claim(connection, handout, now)
            ]
            found = connection.execute(
                select(takes.c.id, takes.c.order).where(
                    takes.c.id.in_([each.take.take_id for each in picked])
                )
            )
            orders = {row.id: row.order for row in found}
        return [(each, _order(orders[each.take.take_id], each)) for each in picked]

    def _needs_gpu(self, engine: str) -> bool:
        return self.catalogue.spec(engine).needs_gpu


def _order(body: dict[str, object], handout: Handout) -> Order:
    return Order(**{**body, "attempt": handout.take.attempt, "rank": handout.rank})  # type: ignore[arg-type]


def _blind(told: list[Worker]) -> list[Worker]:
    """Stand-ins for kinds of workers of which none announced itself."""
    kinds = {worker.gpu for worker in told}
    return [Worker("", gpu, BLIND_SLOTS, blind=True) for gpu in (False, True) if gpu not in kinds]
