"""Handing out over a real store and a real Redis: once an attempt, to workers that are there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

import pytest
from redis.exceptions import RedisError

from studio.catalogue import Catalogue
from studio.domain import TakeId
from studio.health import Health
from studio.presence import ALIVE, DEAD_S, Presence
from studio.queue import Bell, Order, media_queue
from studio.schedule import Worker
from studio.settings import Settings
from studio.store import Store, takes
from workers.child import ROOT
from workers.engines import engine_spec
from workers.gate import Gate
from workers.handing import BLIND_SLOTS, Dispatcher
from workers.supervisor import environment_of

pytestmark = pytest.mark.service
ENGINES = ("kokoro", "meshwarp", "finish")
CATALOGUE = Catalogue({name: engine_spec(name) for name in ENGINES}, {})


def ordered(store: Store, count: int, engine: str = "kokoro") -> None:
    with store.write() as connection:
        for number in range(count):
            take = TakeId(f"{engine}{number:03d}")
            body = asdict(Order(take, 1, engine, {}, {}, 0, "p", "grace"))
            takes.order(connection, take, "voice", engine, body, founder="ann", born=float(number))


async def announced(bell: Bell, name: str, slots: int = 2, silent_s: float = 0.0) -> None:
    """As its Presence does."""
    at, _ = await bell.redis.time()
    me = {"role": "media", "name": name, "gpu": False, "slots": slots, "warm": ["kokoro"]}
    await bell.redis.hset(ALIVE, f"media:{name}", json.dumps({**me, "at": at - silent_s}))  # type: ignore[misc]


async def queued(bell: Bell, worker: str = "") -> list[str]:
    found = await bell.redis.zrange(media_queue(False, worker), 0, -1)
    return [job.decode() for job in found]


def test_a_worker_gets_what_it_has_room_for(store: Store, redis: str) -> None:
    async def play() -> tuple[list[str], list[str]]:
        bell = await Bell.connect(redis)
        await announced(bell, "host-0")
        dispatcher = Dispatcher(store, CATALOGUE)
        await dispatcher.hand_out(bell)
        mine, nobodys = await queued(bell, "host-0"), await queued(bell)
        assert dispatcher.floor.slots == 2
        assert await bell.is_waiting("kokoro000", 1, False, "host-0")
        await announced(bell, "host-0", silent_s=DEAD_S + 1)
        assert not await bell.is_waiting("kokoro000", 1, False, "host-0")
        await bell.close()
        return mine, nobodys

    ordered(store, 5)
    ordered(store, 1, "finish")
    mine, nobodys = asyncio.run(play())
    assert sorted(mine) == ["finish000-a1", "kokoro000-a1", "kokoro001-a1"]
    assert nobodys == []


def test_a_worker_is_in_the_register_under_its_own_name_until_it_leaves(
    settings: Settings, store: Store, redis: str
) -> None:
    def tell() -> dict[str, object]:
        return {"gpu": True, "slots": 3, "warm": ["kokoro"]}

    async def play() -> list[Worker]:
        bell = await Bell.connect(redis)
        found = await bell.workers()
        await bell.close()
        return found

    health = Health(settings, store)
    web, died, back = Presence(redis, "web"), *(Presence(redis, "media", "h-0", tell) for _ in range(2))
    until = time.monotonic() + 10
    while len(health.processes()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert asyncio.run(play()) == [Worker("h-0", True, 3, frozenset({"kokoro"}))]
    assert [(each["role"], each["pid"]) for each in health.processes()] == [
        ("media", os.getpid()),
        ("web", os.getpid()),
    ]
    for each in (web, died, back):
        each.stop()
    assert (asyncio.run(play()), health.processes()) == ([], [])
    health.close()


def test_a_media_worker_for_what_needs_a_gpu_says_so(settings: Settings, redis: str) -> None:
    async def play() -> list[Worker]:
        bell = await Bell.connect(redis)
        async with asyncio.timeout(60):
            while not (found := await bell.workers()):
                await asyncio.sleep(0.05)
        await bell.close()
        return found

    command = [sys.executable, "-m", "workers.cli", "media", "--gpu"]
    environment = environment_of(settings) | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as worker:
        [found] = asyncio.run(play())
        worker.terminate()
    assert found.gpu


def test_two_agents_hand_out_an_attempt_once(store: Store, redis: str) -> None:
    async def play() -> list[str]:
        bell = await Bell.connect(redis)
        for name in ("a-0", "b-0", "c-0"):
            await announced(bell, name)
        await asyncio.gather(*(Dispatcher(store, CATALOGUE).hand_out(bell) for _ in range(4)))
        found = [job for name in ("a-0", "b-0", "c-0") for job in await queued(bell, name)]
        await bell.close()
        return found

    ordered(store, 20)
    found = asyncio.run(play())
    assert len(found) == len(set(found)) == 6


def test_with_no_worker_known_a_bounded_number_is_rung(store: Store, redis: str) -> None:
    async def play() -> int:
        bell = await Bell.connect(redis)
        await Dispatcher(store, CATALOGUE).hand_out(bell)
        found = len(await queued(bell))
        assert await bell.is_waiting("kokoro000", 1, False)
        await bell.close()
        return found

    ordered(store, 40)
    assert asyncio.run(play()) == BLIND_SLOTS


def test_what_could_not_be_rung_waits_on(store: Store, settings: Settings) -> None:
    class Deaf(Bell):
        async def workers(self) -> list[object]:  # type: ignore[override]
            return []

        async def ring_take(self, order: Order, gpu: bool, worker: str = "") -> None:
            if order.take_id == "kokoro001":
                raise RedisError("away")

    ordered(store, 3)
    with pytest.raises(RedisError):
        asyncio.run(Dispatcher(store, CATALOGUE).hand_out(Deaf(None)))  # type: ignore[arg-type]
    with store.read() as connection:
        waiting = [row["id"] for row in takes.to_ring(connection)]
    assert waiting == ["kokoro001", "kokoro002"]


def test_a_gate_lets_the_urgent_through_first_and_never_two_of_an_engine() -> None:
    async def play() -> list[str]:
        gate, order, go = Gate(2), list[str](), asyncio.Event()

        async def work(name: str, engine: str, rank: int) -> None:
            async with gate.turn(engine, rank):
                order.append(name)
                await go.wait()

        jobs = [
            ("a", "kokoro", 2),
            ("b", "kokoro", 2),
            ("c", "kokoro", 1),
            ("d", "finish", 2),
            ("e", "listen", 0),
        ]
        tasks = [asyncio.create_task(work(*job)) for job in jobs]
        await asyncio.sleep(0.01)
        assert order == ["a", "d"]
        tasks[1].cancel()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (gate.busy, gate.held) == (set(), [])
        return order

    assert asyncio.run(play()) == ["a", "d", "e", "c"]


def test_the_length_of_a_queue_counts_what_workers_hold(store: Store, settings: Settings, redis: str) -> None:
    async def play() -> None:
        bell = await Bell.connect(redis)
        await announced(bell, "host-0")
        await Dispatcher(store, CATALOGUE).hand_out(bell)
        await bell.close()

    ordered(store, 5)
    asyncio.run(play())
    health = Health(settings, store)
    assert health.jobs() == {"agent": 0, "cpu": 2, "gpu": 0}
    health.close()
