"""Run an arq worker for ever: arq ends when Redis stays away; a new one starts when it is back.

What was under way is neither cancelled nor forgotten then: one event loop outlives all workers, so that jobs
finish, and whatever they hold (engines, leases, the database) stays in one piece.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from arq import Worker
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
AWAY = (RedisError, ConnectionError, TimeoutError, OSError)
PAUSE_S = 1.0


async def serve(make_worker: Callable[[], Worker]) -> None:
    """Return when a signal asked the worker to stop; jobs that still run are cancelled then."""
    stopped = asyncio.Event()
    left: list[asyncio.Task[Any]] = []
    old: list[Worker] = []
    while True:
        worker = make_worker()
        worker.on_stop = lambda _: stopped.set()
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            break  # arq cancels its own main task on SIGTERM and SIGINT
        except AWAY as trouble:
            log.warning("redis is away (%s); trying again", type(trouble).__name__)
        old.append(worker)
        left = [task for task in (*left, *worker.tasks.values()) if not task.done()]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), PAUSE_S)
        if stopped.is_set():
            break
    for task in left:
        task.cancel()
    await asyncio.gather(*left, *worker.tasks.values(), return_exceptions=True)
    with contextlib.suppress(*AWAY):
        await worker.close()
    for each in old:  # kept open for the jobs that outlived them
        if each._pool is not None:
            await each.pool.aclose(close_connection_pool=True)
