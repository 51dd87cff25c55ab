"""The agent worker: the one writer of facts. Records what came in, walks productions, rings, relays, sweeps.

One of three files that know arq.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from arq import Worker, cron, func

from studio.domain import ProductionId
from studio.errors import NotNow
from studio.queue import (
    ADVANCE,
    AGENT_QUEUE,
    LOOK,
    TAKE_FINISHED,
    Bell,
    deserialize,
    redis_settings,
    serialize,
)
from studio.settings import Settings
from workers.arq_loop import serve
from workers.desk import Desk, open_desk
from workers.logs import set_up_logs

log = logging.getLogger(__name__)
SWEEP_SECONDS = set(range(0, 60, 5))


async def _patiently(work: Awaitable[None]) -> None:
    """A database that is full, busy or away is waited out: the next sweep tries again."""
    try:
        await work
    except NotNow as trouble:
        log.warning("%s: %s", trouble.reason, trouble.say)


async def look(ctx: dict[str, Any]) -> None:
    """Something came in."""
    await _patiently(ctx["desk"].look())


async def advance(ctx: dict[str, Any], production_id: str) -> None:
    """Look at one production again."""
    await _patiently(ctx["desk"].visit(ProductionId(production_id)))


async def take_finished(ctx: dict[str, Any], outcome: dict[str, Any]) -> None:
    """A media worker reports an attempt."""
    await _patiently(ctx["desk"].take_finished(outcome))


async def sweep(ctx: dict[str, Any]) -> None:
    """Poke what is stuck; what Redis lost costs a few seconds."""
    await _patiently(ctx["desk"].sweep())


async def _start(ctx: dict[str, Any]) -> None:
    ctx["desk"].bell = Bell(ctx["redis"])
    await sweep(ctx)


def worker(settings: Settings, ctx: dict[str, Any]) -> Worker:
    """The arq worker of the agent queue; `ctx` holds the desk."""
    jobs = ((look, LOOK), (advance, ADVANCE), (take_finished, TAKE_FINISHED))
    return Worker(
        functions=[func(job, name=name, timeout=600, max_tries=2, keep_result=0) for job, name in jobs],
        cron_jobs=[cron(sweep, second=SWEEP_SECONDS, unique=False, keep_result=0)],
        queue_name=AGENT_QUEUE,
        redis_settings=redis_settings(settings.redis_url),
        on_startup=_start,
        ctx=ctx,
        max_jobs=20,
        poll_delay=0.1,
        keep_result=0,
        job_serializer=serialize,
        job_deserializer=deserialize,
    )


async def work(settings: Settings, opened: Callable[[Settings], Desk] = open_desk) -> None:
    """Serve the agent queue until stopped; the desk outlives Redis."""
    desk: Desk = await asyncio.to_thread(opened, settings)
    ctx = {"desk": desk}
    try:
        await serve(lambda: worker(settings, ctx))
    finally:
        await asyncio.to_thread(desk.close)


def main(settings: Settings) -> None:
    """Serve the agent queue until stopped."""
    set_up_logs(settings, "agent")
    asyncio.run(work(settings))
