"""A media worker that is asked to stop: what ends soon ends, the rest goes back and is begun again at once."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from studio.media import MediaStore
from studio.queue import AGENT_QUEUE, Bell, Order, job_of, lease_key, media_queue, started_key
from studio.settings import Settings
from tests.fakes.media_worker import media_worker, until
from workers.child import ROOT

pytestmark = pytest.mark.service


def ring(url: str, *orders: Order) -> None:
    async def play() -> None:
        bell = await Bell.connect(url)
        for order in orders:
            await bell.ring_take(order, gpu=False)
        await bell.close()

    asyncio.run(play())


def order(log: Path, take_id: str, sleep: float, engine: str = "hum") -> Order:
    return Order(take_id, 1, engine, {"log": str(log), "sleep": sleep}, {}, 0, "p1", "grace")


def test_a_stopped_worker_ends_what_is_short_and_hands_back_the_rest(
    settings: Settings, media: MediaStore, redis: str, tmp_path: Path
) -> None:
    logs = {name: tmp_path / name for name in ("long", "short", "waits")}
    with media_worker(settings) as first, Redis.from_url(redis) as queue:
        ring(redis, order(logs["long"], "long", 60.0), order(logs["short"], "short", 4.0, "other"))
        until(lambda: logs["long"].exists() and logs["short"].exists())
        ring(redis, order(logs["waits"], "waits", 0.0))
        until(lambda: queue.exists(started_key("waits", 1)))
        begun = time.monotonic()
        first.send_signal(signal.SIGTERM)
        until(lambda: not queue.exists(started_key("waits", 1)))
        assert first.poll() is None  # at once, not when all is over
        assert first.wait(50) == 0
        assert time.monotonic() - begun < 50.0  # it waited for the short one, not for the long one
        assert media.receipt("short") is not None
        assert queue.zcard(AGENT_QUEUE) == 2  # one is done, the others are handed back
        for take in ("long", "waits"):
            assert not queue.exists(started_key(take, 1), lease_key(take, 1))
            assert queue.zscore(media_queue(False), job_of(take, 1)) is None
        assert not logs["waits"].exists()
        assert not list((media.root / "tmp").iterdir())
        with media_worker(settings) as second:
            ring(redis, order(logs["long"], "long", 60.0))  # as the agent does; nothing is in the way
            until(lambda: len(logs["long"].read_text().splitlines()) == 2, 14.0)  # no lease to wait for
            second.send_signal(signal.SIGTERM)
            second.send_signal(signal.SIGINT)  # the second one does not wait
            assert second.wait(30) == 0
    lines = [json.loads(line) for line in (settings.home / "logs" / "media.jsonl").read_text().splitlines()]
    assert {each["take"] for each in lines if each["message"] == "handed back"} == {"long", "waits"}
    mine = [each for each in lines if each["message"].startswith(("take ", "handed back"))]
    assert len(mine) == 4
    assert all(each["production"] == "p1" and each["take"] and each["attempt"] == 1 for each in mine)


def test_a_worker_without_redis_stops_as_well(settings: Settings) -> None:
    with media_worker(settings) as process:
        log = settings.home / "logs" / "media.jsonl"
        until(lambda: log.exists() and "redis" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_worker_whose_thread_is_deep_in_a_call_leaves_as_well() -> None:
    stuck = (
        "import asyncio, time; from workers.arq_loop import run\n"
        "async def work():\n"
        "    task = asyncio.create_task(asyncio.to_thread(time.sleep, 60))\n"
        "    await asyncio.sleep(0.1)\n"
        "    task.cancel()\n"
        "run(work())"
    )
    done = subprocess.run([sys.executable, "-c", stuck], cwd=ROOT, timeout=20, check=True)
    assert done.returncode == 0
