"""Who is alive: every process of ours says so in Redis every few seconds, wherever it runs.

One Redis hash, a field a process, with Redis' own time, so that the clocks of hosts need not agree. Losing it
loses nothing: it is written again with the next beat.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

ALIVE = "aiclone:alive"
EVERY_S, DEAD_S, FORGET_S = 3.0, 12.0, 3600.0

log = logging.getLogger(__name__)


class Presence:
    """Says that this process is alive until stopped; `notes` are numbers it tells about itself."""

    def __init__(self, url: str, role: str) -> None:
        """`role`: web, agent, media."""
        self.redis = Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0)
        self.field = f"{role}:{socket.gethostname()}:{os.getpid()}"
        self.me = {"role": role, "host": socket.gethostname(), "pid": os.getpid(), "since": time.time()}
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
                at = _now(self.redis)
                self.redis.hset(ALIVE, self.field, json.dumps({**self.me, **self.notes, "at": at}))
            except RedisError:
                log.debug("redis is away; nobody can see that this process is alive")
            if self._stopped.wait(EVERY_S):
                return


def alive(redis: Redis) -> list[dict[str, Any]]:
    """Processes heard of lately, by role: {"role", "host", "pid", "since", …notes}; raises RedisError."""
    now, found = _now(redis), []
    raw: Any = redis.hgetall(ALIVE)
    for field, body in raw.items():
        process = json.loads(body)
        silent = now - process.pop("at")
        if silent < DEAD_S:
            found.append(process)
        elif silent > FORGET_S:
            redis.hdel(ALIVE, field)
    return sorted(found, key=lambda each: (each["role"], each["host"], each["pid"]))


def _now(redis: Redis) -> float:
    found: Any = redis.time()
    return float(found[0]) + float(found[1]) / 1e6
