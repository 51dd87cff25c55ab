"""Signed POST → durable inbox row → answer: the real web app in its own process, on SQLite with synchronous=full."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path
from urllib.parse import urlencode

from bench.control.load import Latencies, Posting, drive
from bench.control.processes import Running, settings_in
from bot.web.door import COOKIE, Door, home_token
from studio.store import Store

RATE, SECONDS = 200.0, 60.0


def signer(home: Path) -> Posting:
    """A session of the desk and the stamp that its forms carry."""
    door = Door(home_token(home))
    session = door.session()
    headers = {"cookie": f"{COOKIE}={session}", "content-type": "application/x-www-form-urlencoded"}
    return Posting("/new", headers, door.stamp(session).encode())


def measure(folder: Path, seconds: float = SECONDS) -> tuple[Latencies, float]:
    """Latencies at RATE, and CPU seconds of the web process for a request."""
    settings = settings_in(folder)
    with Running(settings, "redis", "web") as running:
        basis = signer(settings.home)

        def sign(number: int) -> Posting:
            fields = {"stamp": basis.body.decode(), "nonce": uuid.uuid4().hex, "text": f"brief {number}"}
            return Posting(basis.path, basis.headers, urlencode(fields).encode())

        asyncio.run(drive("127.0.0.1", settings.web_port, sign, 50.0, 1.0))  # imports and pools
        before = running.cpu_s("web")
        found = asyncio.run(drive("127.0.0.1", settings.web_port, sign, RATE, seconds))
        cpu = (running.cpu_s("web") - before) / len(found.seconds)
    store = Store(settings.database)
    with store.read() as connection:
        rows = connection.exec_driver_sql("select count(*) from inbox").scalar_one()
    store.close()
    if found.refused or rows != len(found.seconds) + 50:
        raise RuntimeError(f"{found.refused} refused, {rows} rows of {len(found.seconds) + 50}")
    return found, cpu


def fsync_ms(folder: Path, times: int = 200) -> float:
    """Mean milliseconds of writing and syncing 4 kB here, the floor of any commit."""
    import time

    with (folder / "fsync").open("wb") as file:
        start = time.perf_counter()
        for _ in range(times):
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return 1000 * (time.perf_counter() - start) / times
