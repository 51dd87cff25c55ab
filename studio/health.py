"""Whether this installation can do its work now: one check a line, each with the sentence that mends it."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from studio.errors import StudioError
from studio.presence import alive
from studio.queue import AGENT_QUEUE, media_queue
from studio.settings import Settings
from studio.store import Store, watch
from studio.store.revisions import NEWEST, revision_of

LAG_S = 60.0
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One line; `mend` is the next step, "" when it is well."""

    name: str
    ok: bool
    says: str
    mend: str = ""


class Health:
    """Looks at the database, Redis, the processes, the disk and the inbox; safe to share between threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings, self.store = settings, store
        self.redis = Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)

    def checks(self) -> list[Check]:
        """Every check, in the order in which they should be mended."""
        processes = [self.process(role) for role in ("agent", "media")]
        return [self.disk(), self.database(), self.queue(), *processes, self.inbox()]

    def disk(self) -> Check:
        """Free space where the facts and the media lie."""
        folder = self.settings.home.resolve()
        there = next(each for each in (folder, *folder.parents) if each.exists())
        free, floor = shutil.disk_usage(there).free // MB, self.settings.disk_floor_mb
        says = f"{free:,} MB are free in {there}"
        if free >= floor:
            return Check("disk", True, says)
        return Check(
            "disk", False, f"{says}; {floor:,} MB are the floor", f"make room on the disk of {there}"
        )

    def database(self) -> Check:
        """Whether the facts can be written, in this program's schema."""
        try:
            with self.store.read() as connection:
                has, wants = revision_of(connection), NEWEST
            if has != wants:
                says = f"the schema is {has or 'empty'}, this program wants {wants}"
                return Check("database", False, says, "restart `aiclone run` of the newest version")
            with self.store.write() as connection:
                watch.try_writing(connection)
        except (SQLAlchemyError, StudioError) as error:
            says = f"it cannot be written ({type(error).__name__})"
            return Check("database", False, says, "check AICLONE_DATABASE_URL, its disk and permissions")
        return Check("database", True, f"writable, schema {has}")

    def queue(self) -> Check:
        """Whether Redis answers."""
        try:
            self.redis.ping()
        except (RedisError, OSError) as error:
            at = self.place()
            says = f"Redis does not answer at {at} ({type(error).__name__})"
            return Check("redis", False, says, f"start the Redis at {at}, or `aiclone run`")
        return Check("redis", True, f"Redis answers at {self.place()}")

    def process(self, role: str) -> Check:
        """Whether a process of that role was heard of lately."""
        mend = f"start `aiclone run`, or `aiclone {role}` on a host that reaches Redis"
        try:
            count = sum(each["role"] == role for each in self.processes())
        except (RedisError, OSError):
            return Check(role, False, "unknown while Redis is away", mend)
        return Check(role, count > 0, f"{count} alive" if count else "none is alive", "" if count else mend)

    def inbox(self) -> Check:
        """How long the oldest message waits for the agent."""
        try:
            with self.store.read() as connection:
                count, oldest = watch.inbox_waiting(connection)
        except (SQLAlchemyError, StudioError):
            return Check("inbox", False, "unknown while the database is away", "see database")
        lag = max(0.0, time.time() - oldest) if oldest is not None else 0.0
        says = f"{count} waiting, the oldest for {lag:.0f} s" if count else "nothing is waiting"
        mend = "see whether `aiclone agent` is alive, and its log agent.jsonl"
        return Check("inbox", lag < LAG_S, says, "" if lag < LAG_S else mend)

    def processes(self) -> list[dict[str, Any]]:
        """Living processes, see studio/presence.py; raises RedisError."""
        return alive(self.redis)

    def no_worker(self, gpu: bool) -> tuple[str, str]:
        """Why takes that need a GPU, or none, are not begun, and the command that mends it; "" when they may be.

        Raises RedisError.
        """
        if any(each["role"] == "media" and each["gpu"] == gpu for each in self.processes()):
            return "", ""
        missing = f"no media worker{' with a GPU' if gpu else ''} is there"
        return missing, "aiclone media --gpu" if gpu else "aiclone media"

    def free_bytes(self) -> int:
        """Free space of the home folder's disk, for us."""
        folder = self.settings.home.resolve()
        return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists())).free

    def jobs(self) -> dict[str, int]:
        """agent, cpu, gpu → jobs in the queues of that kind, media workers' own included; raises RedisError."""
        media = [each for each in self.processes() if each["role"] == "media"]
        queues = [("agent", AGENT_QUEUE), ("cpu", media_queue(False)), ("gpu", media_queue(True))]
        queues += [
            ("gpu" if each["gpu"] else "cpu", media_queue(each["gpu"], each["name"])) for each in media
        ]
        with self.redis.pipeline(transaction=False) as pipe:
            for _, key in queues:
                pipe.zcard(key)
            found = Counter[str]()
            for (name, _), length in zip(queues, pipe.execute(), strict=True):
                found[name] += length
        return dict(found)

    def place(self) -> str:
        """Where Redis is, without its password."""
        options = self.redis.connection_pool.connection_kwargs
        return str(Path(options["path"])) if "path" in options else f"{options['host']}:{options['port']}"

    def close(self) -> None:
        """Give back the connection to Redis."""
        self.redis.close()
