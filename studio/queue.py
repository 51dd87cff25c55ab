"""Doorbells: Redis through arq. Everything here may be lost at any time; the sweep heals it from SQL.

One of three files that know arq. Job names and key names of the whole system are the constants below.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, cast

from arq import ArqRedis, create_pool
from arq.connections import RedisSettings
from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix

from studio.failpoints import failpoint
from studio.presence import ALIVE, heard_of
from studio.schedule import Worker

AGENT_QUEUE = "aiclone:agent"
LOOK, ADVANCE, TAKE_FINISHED, RUN_TAKE = "look", "advance", "take_finished", "run_take"
HANDED_BACK = "handed_back"
LEASE_TTL_S = 15
KEEP_S = 7 * 24 * 3600
CALLED_OFF = b"called off"
JOB_PREFIXES = (job_key_prefix, retry_key_prefix, in_progress_key_prefix)


def serialize(job: dict[str, Any]) -> bytes:
    """JSON instead of arq's pickle: bytes in Redis must not be able to run code."""
    return json.dumps(job, default=str).encode()


def deserialize(raw: bytes) -> dict[str, Any]:
    """The inverse of `serialize`."""
    return cast(dict[str, Any], json.loads(raw))


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for a URL, patient while Redis comes back."""
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 30
    settings.conn_retry_delay = 1
    return settings


def media_queue(gpu: bool, worker: str = "") -> str:
    """The queue of one media worker, or the one that all of a kind empty into their own."""
    return ("aiclone:gpu" if gpu else "aiclone:cpu") + (f":{worker}" if worker else "")


def job_of(take_id: str, attempt: int) -> str:
    """The job id of an attempt."""
    return f"{take_id}-a{attempt}"


def take_of(job_id: str) -> str:
    """The take whose attempt has that job id."""
    return job_id.rpartition("-a")[0]


def lease_key(take_id: str, attempt: int) -> str:
    """Held by the worker that renders this attempt, renewed by its heartbeat."""
    return f"aiclone:lease:{take_id}:{attempt}"


def started_key(take_id: str, attempt: int) -> str:
    """Set once when an attempt starts or is called off, so that a second start of it is refused."""
    return f"aiclone:started:{take_id}:{attempt}"


def progress_key(take_id: str) -> str:
    """How far a take is, 0..1."""
    return f"aiclone:progress:{take_id}"


@dataclass(frozen=True, slots=True)
class Order:
    """One attempt at a take, as a media worker gets it: everything it may know.

    `inputs` maps an input's name to its SHA-256 in the media store; `persona` is checked against revocations;
    `rank` is its class in studio/schedule.py.
    """

    take_id: str
    attempt: int
    engine: str
    request: dict[str, Any]
    inputs: dict[str, str]
    seed: int
    production_id: str
    persona: str
    rank: int = 1


class Bell:
    """Rings agent and media workers; losing a ring costs time only."""

    def __init__(self, redis: ArqRedis) -> None:
        self.redis = redis

    @classmethod
    async def connect(cls, url: str) -> Bell:
        """Open a pool; waits up to half a minute for Redis."""
        return cls(
            await create_pool(redis_settings(url), job_serializer=serialize, job_deserializer=deserialize)
        )

    async def poke(self, name: str, *args: Any) -> None:
        """Tell the agent worker to look again; no job id, so that no poke is swallowed by another."""
        failpoint("before poke")
        await self.redis.enqueue_job(name, *args, _queue_name=AGENT_QUEUE, _expires=KEEP_S)
        failpoint("after poke")

    async def ring_take(self, order: Order, gpu: bool, worker: str = "") -> None:
        """Hand one attempt to a media worker; the job id names the attempt, never the take."""
        payload = {name: getattr(order, name) for name in Order.__slots__}
        failpoint("before ring")
        await self.redis.enqueue_job(
            RUN_TAKE,
            payload,
            _job_id=job_of(order.take_id, order.attempt),
            _queue_name=media_queue(gpu, worker),
            _expires=KEEP_S,
        )
        failpoint("after ring")

    async def workers(self) -> list[Worker]:
        """The media workers that are alive (studio/presence.py)."""
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.hgetall(ALIVE)
            now, said = await pipe.execute()
        return [
            Worker(each["name"], each["gpu"], each["slots"], frozenset(each["warm"]))
            for each in heard_of(said, now)
            if each["role"] == "media"
        ]

    async def cancel(self, take_id: str, attempt: int, gpu: bool, worker: str = "") -> None:
        """Nobody wants this attempt: it is never begun, and a worker that renders it ends it (`is_called_off`)."""
        job_id = job_of(take_id, attempt)
        failpoint("before cancel")
        await self.redis.set(started_key(take_id, attempt), CALLED_OFF, ex=KEEP_S)
        if await self.redis.zrem(media_queue(gpu, worker), job_id):
            await self.redis.delete(*(prefix + job_id for prefix in JOB_PREFIXES))
        failpoint("after cancel")

    async def is_called_off(self, take_id: str, attempt: int) -> bool:
        """Whether this attempt was cancelled."""
        found: bytes | None = await self.redis.get(started_key(take_id, attempt))
        return found == CALLED_OFF

    async def hand_back(self, orders: list[Order], queue: str) -> None:
        """Take attempts that were not made out of a worker's queue, and tell the agent to hand them out again."""
        for order in orders:
            job_id = job_of(order.take_id, order.attempt)
            await self.redis.zrem(queue, job_id)
            await self.redis.delete(*(prefix + job_id for prefix in JOB_PREFIXES))
        await self.poke(HANDED_BACK, [[order.take_id, order.attempt] for order in orders])

    async def is_waiting(self, take_id: str, attempt: int, gpu: bool, worker: str = "") -> bool:
        """Whether an attempt is in the queue of a worker that lives, and nobody has taken it."""
        job_id = job_of(take_id, attempt)
        if await self.redis.exists(started_key(take_id, attempt), in_progress_key_prefix + job_id):
            return False
        alive = [each.name for each in await self.workers() if worker in ("", each.name)]
        queues = [media_queue(gpu, name) for name in (alive if worker else ["", *alive])]
        due_ms = [await self.redis.zscore(queue, job_id) for queue in queues]
        # arq leaves a job alone until it is due; one that is due far ahead is of before the clock went back
        soon_ms = (time.time() + LEASE_TTL_S) * 1000
        return any(due is not None and float(due) < soon_ms for due in due_ms)

    async def has_heard_of(self, take_id: str, attempt: int) -> bool:
        """Whether Redis knows anything of an attempt; it forgets everything when it is restarted."""
        job_id = job_of(take_id, attempt)
        keys = (job_key_prefix + job_id, in_progress_key_prefix + job_id)
        return bool(
            await self.redis.exists(started_key(take_id, attempt), lease_key(take_id, attempt), *keys)
        )

    async def is_leased(self, take_id: str, attempt: int) -> bool:
        """Whether a living worker renders this attempt."""
        return bool(await self.redis.exists(lease_key(take_id, attempt)))

    async def progress(self, take_ids: list[str]) -> dict[str, float]:
        """take id → 0..1 of the takes that are being rendered."""
        if not take_ids:
            return {}
        found = await self.redis.mget([progress_key(take_id) for take_id in take_ids])
        return {take_id: float(value) for take_id, value in zip(take_ids, found, strict=True) if value}

    async def close(self) -> None:
        """Close the pool."""
        await self.redis.aclose()
