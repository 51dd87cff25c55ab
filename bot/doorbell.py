"""Ringing the agent from a request: quick, and silent while Redis is away, because the sweep heals it."""

from __future__ import annotations

import asyncio
import logging
import time

from redis.exceptions import RedisError

from studio.queue import LOOK, Bell

PATIENCE_S = 1.5
PAUSE_S = 5.0

log = logging.getLogger(__name__)


class Doorbell:
    """One connection to Redis, opened when first needed; never raises for a lost ring."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._bell: Bell | None = None
        self._deaf_until = 0.0
        self._ringing: asyncio.Task[bool] | None = None
        self._again: asyncio.Task[bool] | None = None

    async def ring(self) -> bool:
        """Tell the agent to look at the inbox; False when it could not be told.

        One ring is enough for all who ring while another one is under way.
        """
        if self._again is None or self._again.done():
            self._again = asyncio.create_task(self._ring_after(self._ringing))
        return await asyncio.shield(self._again)

    async def _ring_after(self, before: asyncio.Task[bool] | None) -> bool:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._ringing, self._again = asyncio.current_task(), None
        return await self._ring_once()

    async def _ring_once(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await (await self._connected()).poke(LOOK)
        except (RedisError, OSError) as error:
            self._missed(error)
            return False
        return True

    async def fractions(self, take_ids: list[str]) -> dict[str, float]:
        """take id → 0..1 of takes being rendered; empty while Redis is away."""
        if not take_ids or time.monotonic() < self._deaf_until:
            return {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await (await self._connected()).progress(take_ids)
        except (RedisError, OSError) as error:
            self._missed(error)
            return {}

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._bell is not None:
            await self._bell.close()

    async def _connected(self) -> Bell:
        if self._bell is None:
            self._bell = await Bell.connect(self.url)
        return self._bell

    def _missed(self, error: Exception) -> None:
        self._deaf_until = time.monotonic() + PAUSE_S
        log.warning("Redis does not answer (%s); the sweep will find what came in.", type(error).__name__)
