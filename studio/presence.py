"""Who is alive: every process of ours says so in Redis every few seconds, wherever it runs.

One Redis hash, a field a process, with Redis' own time, so that the clocks of hosts need not agree. Readiness,
`aiclone status`, the metrics and the handing out of takes all read it. Losing it loses nothing: it is written
again with the next beat.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

ALIVE = "aiclone:alive"
EVERY_S, DEAD_S, FORGET_S = 3.0, 12.0, 3600.0

log = logging.getLogger(__name__)


class Presence:
    """Says that this process is alive until stopped; `notes` are numbers it tells about itself."""

    def __init__(
        self, url: str, role: str, name: str = "", tell: Callable[[], Mapping[str, Any]] = dict
    ) -> None:
        """`role`: web, agent, media. Whoever comes back under a `name` takes its own place again.

        `tell` is asked with every beat, in a thread; a media worker tells `gpu`, `slots` and `warm`.
        """
        self.redis = Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0)
        self.me = {"role": role, "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
        self.me["name"] = name or f"{self.me['host']}:{self.me['pid']}"
        self.field, self.tell = f"{role}:{self.me['name']}", tell
        self.notes: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="presence")
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye."""
        self._stopped.set()
        self._thread.join(3.0)
        try:
            self.redis.hdel(ALIVE, self.field)
        except RedisError:
            log.debug("redis is away; this process is forgotten there by itself")
        self.redis.close()

    def _beat(self) -> None:
        while True:
            try:
                at = _seconds(self.redis.time())
                said = json.dumps({**self.me, **self.notes, **self.tell(), "at": at})
                self.redis.hset(ALIVE, self.field, said)
            except RedisError:
                log.debug("redis is away; nobody can see that this process is alive")
            if self._stopped.wait(EVERY_S):
                return


def alive(redis: Redis) -> list[dict[str, Any]]:
    """Processes heard of lately, by role: {"role", "name", "host", "pid", "since", …what they tell}.

    Raises RedisError.
    """
    now: Any = redis.time()
    said: Any = redis.hgetall(ALIVE)
    for field, body in said.items():
        if _silent_s(json.loads(body), _seconds(now)) > FORGET_S:
            redis.hdel(ALIVE, field)
    return heard_of(said, now)


def heard_of(said: Mapping[bytes, bytes], now: tuple[int, int]) -> list[dict[str, Any]]:
    """`alive` from the hash ALIVE and the answer to Redis' TIME."""
    processes = [json.loads(body) for body in said.values()]
    found = [each for each in processes if _silent_s(each, _seconds(now)) < DEAD_S]
    return sorted(found, key=lambda each: (each["role"], each["name"]))


def _silent_s(process: Mapping[str, Any], now: float) -> float:
    return now - float(process["at"])


def _seconds(time_: Any) -> float:
    return float(time_[0]) + float(time_[1]) / 1e6
