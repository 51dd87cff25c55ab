"""The agent worker: the one writer of facts. Records what came in, walks productions, rings, relays, sweeps.

One of three files that know arq.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from arq import cron, func

from studio.domain import ProductionId
from studio.errors import NotNow
from studio.presence import Presence
from studio.queue import (
    ADVANCE,
    AGENT_QUEUE,
    HANDED_BACK,
    LOOK,
    TAKE_FINISHED,
    Bell,
    deserialize,
    redis_settings,
    serialize,
)
from studio.settings import Settings
from workers.arq_loop import Worker, run, serve
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


async def handed_back(ctx: dict[str, Any], attempts: list[tuple[str, int]]) -> None:
    """A media worker stopped before it made these attempts."""
    await ctx["desk"].take_back(attempts)


async def sweep(ctx: dict[str, Any]) -> None:
    """Poke what is stuck; what Redis lost costs a few seconds."""
    begun = time.perf_counter()
    await _patiently(ctx["desk"].sweep())
    ctx["presence"].notes["sweep_s"] = round(time.perf_counter() - begun, 4)


async def _start(ctx: dict[str, Any]) -> None:
    ctx["desk"].bell = Bell(ctx["redis"])
    await _patiently(ctx["desk"].resume())
    await sweep(ctx)


def worker(settings: Settings, ctx: dict[str, Any]) -> Worker:
    """The arq worker of the agent queue; `ctx` holds the desk."""
    jobs = ((look, LOOK), (advance, ADVANCE), (take_finished, TAKE_FINISHED), (handed_back, HANDED_BACK))
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
    presence = Presence(settings.redis_url, "agent")
    ctx = {"desk": desk, "presence": presence}
    try:
        async with AsyncExitStack() as also:
            if settings.speaks_slack:
                from workers.slack import live_messages

                await also.enter_async_context(live_messages(settings, desk.store))
            await serve(lambda: worker(settings, ctx))
    finally:
        presence.stop()
        await asyncio.to_thread(desk.close)


def main(settings: Settings) -> None:
    """Serve the agent queue until stopped."""
    set_up_logs(settings, "agent")
    run(work(settings))
