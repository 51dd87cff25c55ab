"""Run an arq worker for ever: arq ends when Redis stays away, and starts anew when it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from arq import Worker
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def run_for_ever(make_worker: Callable[[], Worker]) -> None:
    """Return when a signal asked the worker to stop."""
    while True:
        asyncio.set_event_loop(loop := asyncio.new_event_loop())
        try:
            loop.run_until_complete(_serve(make_worker))
            return
        except (RedisError, ConnectionError, TimeoutError, OSError) as trouble:
            log.warning("redis is away (%s); trying again", type(trouble).__name__)
            time.sleep(1.0)
        finally:
            loop.close()


async def _serve(make_worker: Callable[[], Worker]) -> None:
    worker = make_worker()
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        return  # arq cancels its own main task on SIGTERM and SIGINT
    finally:
        await worker.close()
