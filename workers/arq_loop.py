"""Run an arq worker for ever: arq ends when Redis stays away; a new one starts when it is back.

Asked to stop, it takes no more jobs and lets those under way end for `DRAIN_S`; what is left is cancelled and goes
back into the queue. A second signal does not wait.

When Redis goes, what was under way is neither cancelled nor forgotten: one event loop outlives all workers, so
that jobs finish, and whatever they hold (engines, leases, the database) stays in one piece.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import arq
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
AWAY = (RedisError, ConnectionError, TimeoutError, OSError)
PAUSE_S = 1.0
DRAIN_S = 6.0
LEAVE_S = 2.0


class Worker(arq.Worker):
    """arq's worker, which asks Redis ten times a second about each of its own running jobs, without that."""

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start those that are not under way here."""
        if new := [each for each in job_ids if each.decode() not in self.tasks]:
            await super().start_jobs(new)


async def serve(make_worker: Callable[[], Worker], waits: Callable[[str], bool] = lambda _: False) -> None:
    """Return when a signal asked the worker to stop; `waits` tells of a job id whether it has not begun to work."""
    stopped = asyncio.Event()
    left: list[asyncio.Task[Any]] = []
    old: list[Worker] = []
    while True:
        worker = make_worker()
        worker.on_stop = lambda _: stopped.set()
        _on_signals(_Stop(worker, waits, old))
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
    worker.tasks.clear()  # close() would raise what they ended with
    with contextlib.suppress(*AWAY):
        await worker.close()
    log.info("stopped")
    for each in old:  # kept open for the jobs that outlived them
        if each._pool is not None:
            await each.pool.aclose(close_connection_pool=True)


class _Stop:
    """What happens on SIGTERM and SIGINT."""

    def __init__(self, worker: Worker, waits: Callable[[str], bool], old: list[Worker]) -> None:
        self.worker, self.waits, self.old = worker, waits, old
        self.drain: asyncio.Task[None] | None = None

    def asked(self, signal_: signal.Signals) -> None:
        """The first signal drains, the second one does not wait."""
        if self.drain is not None:
            self.worker.handle_sig(signal_)
            return
        log.info("stopping on %s", signal_.name)
        self.worker.allow_pick_jobs = False
        self.drain = asyncio.create_task(self._drain(signal_))

    async def _drain(self, signal_: signal.Signals) -> None:
        await asyncio.sleep(0.1)  # what was just picked up has begun then, and can be cancelled cleanly
        jobs = {name: task for each in (*self.old, self.worker) for name, task in each.tasks.items()}
        for name, task in jobs.items():
            if self.waits(name):
                task.cancel()
        if under_way := [task for task in jobs.values() if not task.done()]:
            await asyncio.wait(under_way, timeout=DRAIN_S)
        self.worker.handle_sig(signal_)


def _on_signals(stop: _Stop) -> None:
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.asked, each)  # instead of arq's own, which cancels at once


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a worker's whole life; a thread still deep in a call in the end does not keep the process.

    What such a thread has not committed is done again by the next process, as after a crash.
    """

    async def life() -> None:
        await work
        threading.Thread(target=_leave, daemon=True, name="leave").start()

    asyncio.run(life())


def _leave() -> None:
    time.sleep(LEAVE_S)
    logging.shutdown()
    os._exit(0)
