"""An attempt under way ends when nobody wants it any more, another one made it, or its persona was revoked.

Within two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from redis.exceptions import RedisError

from studio.queue import Bell, Order
from workers.rendering import Outcome, Renderer

log = logging.getLogger(__name__)
HEED_S = 1.0


async def attempt(
    renderer: Renderer, order: Order, progress: Callable[[float], None], bell: Callable[[], Bell]
) -> Outcome | None:
    """Renderer.attempt, asking once a second whether it is still wanted; None when it was called off.

    `bell` is asked for anew each time: Redis may come back under another worker. Its engine is ended with it.
    """
    task = asyncio.create_task(renderer.attempt(order, progress))
    try:
        while not (await asyncio.wait({task}, timeout=HEED_S))[0]:
            if renderer.is_refused(order) or renderer.media.receipt(order.take_id):
                await _end(task)
                return await renderer.attempt(order, progress)  # which says why, or finds it
            if await _is_called_off(bell(), order):
                await _end(task)
                return None
        return task.result()
    except asyncio.CancelledError:  # this worker stops
        await _end(task)
        raise


async def _end(task: asyncio.Task[Outcome]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _is_called_off(bell: Bell, order: Order) -> bool:
    with contextlib.suppress(RedisError, OSError):  # a timeout is an OSError
        async with asyncio.timeout(HEED_S):
            return await bell.is_called_off(order.take_id, order.attempt)
    return False
