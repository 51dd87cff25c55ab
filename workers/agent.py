"""The agent worker: the one writer of facts. Records what came in, walks productions, rings, relays, sweeps.

One of three files that know arq.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from arq import Worker, cron, func

from studio.domain import ProductionId
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

SWEEP_SECONDS = set(range(0, 60, 5))


async def look(ctx: dict[str, Any]) -> None:
    """Something came in."""
    await ctx["desk"].look()


async def advance(ctx: dict[str, Any], production_id: str) -> None:
    """Look at one production again."""
    await ctx["desk"].visit(ProductionId(production_id))


async def take_finished(ctx: dict[str, Any], outcome: dict[str, Any]) -> None:
    """A media worker reports an attempt."""
    await ctx["desk"].take_finished(outcome)


async def sweep(ctx: dict[str, Any]) -> None:
    """Poke what is stuck; what Redis lost costs a few seconds."""
    await ctx["desk"].sweep()


async def _start(ctx: dict[str, Any]) -> None:
    ctx["desk"].bell = Bell(ctx["redis"])
    await ctx["desk"].sweep()


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


async def work(settings: Settings) -> None:
    """Serve the agent queue until stopped; the desk outlives Redis."""
    desk: Desk = await asyncio.to_thread(open_desk, settings)
    ctx = {"desk": desk}
    try:
        async with AsyncExitStack() as also:
            if settings.speaks_slack:
                from workers.slack import live_messages

                await also.enter_async_context(live_messages(settings, desk.store))
            await serve(lambda: worker(settings, ctx))
    finally:
        await asyncio.to_thread(desk.close)


def main(settings: Settings) -> None:
    """Serve the agent queue until stopped."""
    set_up_logs(settings, "agent")
    asyncio.run(work(settings))
