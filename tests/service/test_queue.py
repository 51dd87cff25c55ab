"""The queue over a real Redis that comes and goes: rings may be lost, work that runs may not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from arq import Worker, func

from studio.queue import (
    AGENT_QUEUE,
    Bell,
    Order,
    deserialize,
    lease_key,
    media_queue,
    redis_settings,
    serialize,
    started_key,
)
from studio.settings import Settings
from workers.arq_loop import serve
from workers.redis_server import redis_answers, redis_command

pytestmark = pytest.mark.service
ORDER = Order("t", 1, "hum", {}, {}, 0, "p", "grace")


class Server:
    """A redis-server that is killed and started again under the same address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.home.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(redis_command(self.settings), stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while not redis_answers(self.settings, 0.2):
            assert time.monotonic() < until
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(5)


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    made = Server(settings)
    yield made
    made.kill()


async def slow(ctx: dict[str, Any]) -> None:
    ctx["started"].set()
    await asyncio.wait_for(ctx["go"].wait(), 30)
    ctx["finished"].append("slow")


async def quick(ctx: dict[str, Any]) -> None:
    ctx["finished"].append("quick")


@pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # arq closes its pool so
def test_a_job_outlives_redis_and_the_next_worker_takes_new_ones(server: Server, settings: Settings) -> None:
    workers: list[Worker] = []

    async def play() -> list[str]:
        ctx: dict[str, Any] = {"started": asyncio.Event(), "go": asyncio.Event(), "finished": []}

        def make() -> Worker:
            worker = Worker(
                functions=[func(slow, name="slow"), func(quick, name="quick")],
                redis_settings=redis_settings(settings.redis_url),
                queue_name="aiclone:agent",
                ctx=ctx,
                poll_delay=0.02,
                job_serializer=serialize,
                job_deserializer=deserialize,
            )
            workers.append(worker)
            return worker

        serving = asyncio.create_task(serve(make))
        bell = await Bell.connect(settings.redis_url)
        await bell.poke("slow")
        await bell.close()
        await asyncio.wait_for(ctx["started"].wait(), 10)
        server.kill()
        while len(workers) < 2:
            await asyncio.sleep(0.02)
        server.start()
        bell = await Bell.connect(settings.redis_url)
        await bell.poke("quick")
        await bell.close()
        for wanted in (["quick"], ["quick", "slow"]):
            async with asyncio.timeout(20):
                while ctx["finished"] != wanted:
                    await asyncio.sleep(0.02)
            ctx["go"].set()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 10)
        return list(ctx["finished"])

    assert asyncio.run(play()) == ["quick", "slow"]


def test_a_job_that_a_killed_worker_had_only_taken_is_not_waited_for(
    server: Server, settings: Settings
) -> None:
    async def play() -> list[bool]:
        bell = await Bell.connect(settings.redis_url)
        await bell.ring_take(ORDER, gpu=False)
        waiting = [await bell.is_waiting("t", 1, gpu=False)]
        await bell.redis.set("arq:in-progress:t-a1", "1")
        waiting.append(await bell.is_waiting("t", 1, gpu=False))
        await bell.redis.delete("arq:in-progress:t-a1")
        await bell.redis.set(started_key("t", 1), "1")
        waiting.append(await bell.is_waiting("t", 1, gpu=False))
        waiting.append(await bell.is_leased("t", 1))
        await bell.redis.set(lease_key("t", 1), "1")
        waiting.append(await bell.is_leased("t", 1))
        await bell.close()
        return waiting

    assert asyncio.run(play()) == [True, False, False, False, True]


def test_a_handed_back_attempt_is_forgotten_and_can_be_rung_again(server: Server, settings: Settings) -> None:
    async def play() -> list[bool]:
        bell = await Bell.connect(settings.redis_url)
        heard = [await bell.has_heard_of("t", 1)]
        await bell.ring_take(ORDER, gpu=False)
        heard.append(await bell.has_heard_of("t", 1))
        await bell.hand_back([ORDER], media_queue(False))
        heard.append(await bell.has_heard_of("t", 1))
        await bell.ring_take(ORDER, gpu=False)
        heard.append(await bell.is_waiting("t", 1, gpu=False))
        heard.append(await bell.redis.zcard(AGENT_QUEUE) == 1)
        await bell.close()
        return heard

    assert asyncio.run(play()) == [False, True, False, True, True]
