"""The media worker: renders takes; sees Redis and the media store, never the database.

One of three files that know arq. A thread outside the event loop keeps the leases of running attempts alive;
when this process dies they run out and the agent worker orders the next attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arq import func
from redis import Redis
from redis.exceptions import RedisError

from studio.about import about
from studio.failpoints import failpoint
from studio.media import LONGEST_S, MediaStore
from studio.presence import Presence
from studio.queue import (
    KEEP_S,
    LEASE_TTL_S,
    RUN_TAKE,
    TAKE_FINISHED,
    Bell,
    Order,
    deserialize,
    lease_key,
    media_queue,
    progress_key,
    redis_settings,
    serialize,
    started_key,
    take_of,
)
from studio.settings import Settings
from workers import heeding
from workers.arq_loop import Worker, run, serve
from workers.logs import set_up_logs
from workers.rendering import Renderer
from workers.vendor_voices import keep_forgetting

log = logging.getLogger(__name__)
WAITING_JOBS = 32
GIVE_BACK_S = 1.0
HAND_BACKS = 1000  # a take's own attempts are counted in the database
IDLE_S = 300.0
ADOPT_S = 0.5


class Heartbeat:
    """Renews leases and publishes progress from a thread, so that a busy event loop cannot lose a take."""

    def __init__(self, url: str, ttl_s: int = LEASE_TTL_S) -> None:
        self.redis = Redis.from_url(url, socket_timeout=2.0)
        self.ttl_s, self.every_s = ttl_s, ttl_s / 5
        self.running: dict[str, tuple[str, float]] = {}
        self.handed_back: list[Order] = []
        self.stopped = threading.Event()
        threading.Thread(target=self._beat, daemon=True, name="heartbeat").start()

    def add(self, order: Order) -> None:
        """This attempt is alive from now on."""
        self.running[lease_key(order.take_id, order.attempt)] = (progress_key(order.take_id), 0.0)
        self.once()

    def progress(self, order: Order, fraction: float) -> None:
        """How far this attempt is; published with the next beat."""
        self.running[lease_key(order.take_id, order.attempt)] = (progress_key(order.take_id), fraction)

    def remove(self, order: Order) -> None:
        """This attempt is over."""
        self.running.pop(lease_key(order.take_id, order.attempt), None)

    def hand_back(self, order: Order) -> None:
        """This attempt was not made: whoever gets its job next may start it as the same attempt."""
        self.remove(order)
        self.handed_back.append(order)
        with contextlib.suppress(RedisError):
            this = order.take_id, order.attempt
            self.redis.delete(lease_key(*this), started_key(*this), progress_key(order.take_id))
        log.info("handed back")

    def once(self) -> None:
        """Write all leases and fractions; Redis may be away."""
        if not self.running:
            return
        try:
            with self.redis.pipeline(transaction=False) as pipe:
                for lease, (progress, fraction) in list(self.running.items()):
                    pipe.set(lease, "1", ex=self.ttl_s)
                    pipe.set(progress, f"{fraction:.3f}", ex=self.ttl_s)
                pipe.execute()
        except RedisError:
            log.warning("redis is away; leases are renewed when it is back")

    def stop(self) -> None:
        """End the thread."""
        self.stopped.set()

    def _beat(self) -> None:
        while True:
            self.once()
            if self.stopped.wait(1.0 if self.running else self.every_s):
                return


async def run_take(ctx: dict[str, Any], payload: dict[str, Any]) -> None:
    """Render one attempt and report it; a second start of the same attempt does nothing."""
    order = Order(**payload)
    with about(
        production=order.production_id, take=order.take_id, attempt=order.attempt, engine=order.engine
    ):
        await _run_take(ctx, order)


async def _run_take(ctx: dict[str, Any], order: Order) -> None:
    beat = ctx["beat"]
    first = await ctx["redis"].set(started_key(order.take_id, order.attempt), "1", nx=True, ex=KEEP_S)
    if not first:
        return
    beat.add(order)
    failpoint("take begun")
    try:
        outcome = await heeding.attempt(
            ctx["renderer"],
            order,
            lambda fraction: beat.progress(order, fraction),
            lambda: Bell(ctx["redis"]),
        )
    except asyncio.CancelledError:  # this worker stops
        beat.hand_back(order)
        raise
    finally:
        beat.remove(order)
    said = "called off" if outcome is None else "done" if outcome["ok"] else outcome["reason"]
    log.info("take %s", said)
    failpoint("take over")
    bell = Bell(ctx["redis"])  # read late: Redis may have come back under another worker meanwhile
    try:
        await bell.redis.delete(lease_key(order.take_id, order.attempt), progress_key(order.take_id))
        if outcome is not None:
            await bell.poke(TAKE_FINISHED, outcome)
    except (RedisError, OSError):
        log.warning("redis is away; the agent finds the receipt")


async def give_back(url: str, orders: list[Order], queue: str) -> None:
    """Tell the agent what was not made; when it cannot be told, it finds out when it starts or sweeps."""
    if not orders:
        return
    with contextlib.suppress(RedisError, OSError):  # a timeout is an OSError
        async with asyncio.timeout(GIVE_BACK_S):
            bell = await Bell.connect(url)
            await bell.hand_back(orders, queue)
            await bell.close()


async def adopt(ctx: dict[str, Any], renderer: Renderer, gpu: bool, name: str) -> None:
    """Take what was rung while no worker was known, as long as there is room in front of the slots."""
    while True:
        await asyncio.sleep(ADOPT_S)
        room = 2 * renderer.gate.slots - len(renderer.gate.busy) - len(renderer.gate.held)
        if room <= 0 or "redis" not in ctx:
            continue
        with contextlib.suppress(RedisError, OSError):
            if found := await ctx["redis"].zpopmin(media_queue(gpu), room):
                await ctx["redis"].zadd(media_queue(gpu, name), dict(found))


async def close_idle(renderer: Renderer) -> None:
    """End engines that nobody used for a while, to give their memory back."""
    while True:
        await asyncio.sleep(30)
        for child in list(renderer.children.values()):
            await child.idle_close(IDLE_S)


def worker(settings: Settings, ctx: dict[str, Any], gpu: bool = False, name: str = "") -> Worker:
    """The arq worker for its own queue; `ctx` holds the renderer and the heartbeat."""
    return Worker(
        functions=[func(run_take, name=RUN_TAKE, timeout=LONGEST_S, max_tries=HAND_BACKS, keep_result=0)],
        queue_name=media_queue(gpu, name),
        redis_settings=redis_settings(settings.redis_url),
        ctx=ctx,
        max_jobs=WAITING_JOBS,
        poll_delay=0.1,
        keep_result=0,
        job_serializer=serialize,
        job_deserializer=deserialize,
    )


@contextlib.contextmanager
def worker_name(home: Path) -> Iterator[str]:
    """This host and the first number free on it: who comes back after a crash finds its own queue again."""
    home.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        name = f"{socket.gethostname()}-{number}"
        with (home / f"media-{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield name
            return


async def work(settings: Settings, name: str, gpu: bool = False, lease_ttl_s: int = LEASE_TTL_S) -> None:
    """Serve this worker's queue until stopped; engines and leases outlive Redis."""
    media = MediaStore(settings.home / "media")
    media.tidy()
    renderer = Renderer(settings, media)

    def announcement() -> dict[str, Any]:
        return {"gpu": gpu, "slots": renderer.gate.slots, "warm": renderer.warm()}

    beat = Heartbeat(settings.redis_url, lease_ttl_s)
    presence = Presence(settings.redis_url, "media", name, announcement)
    ctx = {"renderer": renderer, "beat": beat}
    beside = [
        asyncio.create_task(close_idle(renderer)),
        asyncio.create_task(keep_forgetting(settings, media)),
        asyncio.create_task(adopt(ctx, renderer, gpu, name)),
    ]
    try:
        await serve(
            lambda: worker(settings, ctx, gpu, name), lambda job: take_of(job) not in renderer.at_work
        )
        await give_back(settings.redis_url, beat.handed_back, media_queue(gpu, name))
    finally:
        for task in beside:
            task.cancel()
        beat.stop()
        presence.stop()
        await renderer.close()


def main(settings: Settings, gpu: bool = False) -> None:
    """Serve the media queue until stopped."""
    set_up_logs(settings, "media")
    with worker_name(settings.home) as name:
        run(work(settings, name, gpu))
