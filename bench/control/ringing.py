"""What takes cost Redis: rung, leased, begun, reported, by the real code, with media workers that render nothing.

`python -m bench.control.ringing` prints it; from it bench/simulate.py says how much one Redis carries.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from rich.console import Console

from bench.control.processes import ROOT, Running, settings_in
from bench.simulation.video import Video
from studio.domain import ProductionId
from studio.media import MediaStore
from studio.presence import Presence
from studio.queue import LEASE_TTL_S, Bell, Order
from studio.settings import Settings
from workers import agent, media
from workers.arq_loop import serve
from workers.rendering import Outcome, Renderer
from workers.supervisor import environment_of

WORKERS, SLOTS = 4, 8
TAKES, ALONE_S, IDLE_S, HELD_S = 4000, 10.0, 20.0, 20.0
SPEECH_S, LINES, TAKES_A_VIDEO = 33.0, 7, 60  # revisions included
HELD_A_SLOT = 5  # under load: one that renders, four that wait in front of it


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds of Redis: for a take, a second of a worker that idles, a second of a take that is rendered.

    `commands` are those for a take, `takes_s` what this machine's workers and agent made in a second.
    """

    take: float
    idle: float
    held: float
    commands: float = 0.0
    takes_s: float = 0.0

    def of_video(self, slots: int = 2) -> float:
        """CPU seconds of Redis for one video on busy workers."""
        video = Video("", "", 1, 0.0, (SPEECH_S / LINES,) * LINES, SPEECH_S)
        return TAKES_A_VIDEO * self.take + video.work() * (HELD_A_SLOT * self.held + self.idle / slots)


MEASURED = Costs(take=474e-6, idle=644e-6, held=89e-6)  # 2026-11-22, two cores that others used as well


class Instant(Renderer):
    """Renders nothing for as long as the order says."""

    async def attempt(self, order: Order, progress: Callable[[float], None]) -> Outcome:
        """What a good attempt reports."""
        await asyncio.sleep(order.request["seconds"])
        outcome = {"take_id": order.take_id, "attempt": order.attempt, "ok": True, "artifact": "a" * 64}
        return {**outcome, "facts": {"seconds": 4.0}, "cost": {"wall_s": 1.0, "cpu_s": 1.0, "rss_mb": 300}}


@dataclass
class Ringer:
    """The agent's desk, as far as Redis sees it: every outcome makes it look at the floor and ring the next take."""

    seconds: float = 0.0
    left: int = 0
    heard: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    bell: Bell | None = None
    rung: int = 0

    async def take_finished(self, _outcome: dict[str, Any]) -> None:
        """Ring one more."""
        self.heard += 1
        await self.ring(1)
        if self.heard == self.rung:
            self.over.set()

    async def ring(self, count: int) -> None:
        """Ring the next takes, in turn over all workers."""
        assert self.bell is not None
        names = [each.name for each in await self.bell.workers()]
        for _ in range(min(count, self.left)):
            self.left, self.rung = self.left - 1, self.rung + 1
            request = {"text": "x" * 120, "seconds": self.seconds}
            order = Order(f"{self.rung:064x}", 1, "kokoro", request, {"audio": "a" * 64}, 1, "p", "grace")
            await self.bell.ring_take(order, False, names[self.rung % len(names)])

    async def look(self) -> None:
        """Nothing came in."""

    async def sweep(self) -> None:
        """Nothing is lost."""

    async def resume(self) -> None:
        """Nothing was left."""

    async def visit(self, _production: ProductionId) -> None:
        """Nothing to do."""

    async def play(self, takes: int, seconds: float, at_once: int) -> None:
        """Have so many takes made."""
        self.seconds, self.left = seconds, takes
        self.over.clear()
        await self.ring(at_once)
        await self.over.wait()


async def _work(settings: Settings, name: str) -> None:
    """As workers.media.work, with an engine that is none."""
    renderer = Instant(settings, MediaStore(settings.home / "media"), SLOTS)
    beat = media.Heartbeat(settings.redis_url, LEASE_TTL_S)
    presence = Presence(
        settings.redis_url, "media", name, lambda: {"gpu": False, "slots": SLOTS, "warm": ["kokoro"]}
    )
    ctx = {"renderer": renderer, "beat": beat}
    await serve(lambda: media.worker(settings, ctx, False, name))
    beat.stop()
    presence.stop()


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """WORKERS media workers, each a process."""
    command = [sys.executable, "-m", "bench.control.ringing", "worker"]
    environment = {**environment_of(settings), "PYTHONPATH": str(ROOT)}
    made = [subprocess.Popen([*command, f"h-{n}"], env=environment) for n in range(WORKERS)]
    try:
        yield
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.wait(15)


async def _costs(settings: Settings, redis: Redis, alone: float) -> Costs:
    """`alone` is what Redis uses in a second when nobody is there."""
    ringer = Ringer()
    ctx: dict[str, Any] = {"desk": ringer, "presence": Presence(settings.redis_url, "agent")}
    serving = asyncio.create_task(serve(lambda: agent.worker(settings, ctx)))
    while ringer.bell is None or len(await ringer.bell.workers()) < WORKERS:
        await asyncio.sleep(0.1)
    await ringer.play(200, 0.0, SLOTS * WORKERS)
    before, begun = _used(redis), time.monotonic()
    await asyncio.sleep(IDLE_S)
    idle = (_used(redis)[0] - before[0]) / (time.monotonic() - begun)
    before, begun = _used(redis), time.monotonic()
    await ringer.play(SLOTS * WORKERS, HELD_S, SLOTS * WORKERS)
    spent = _used(redis)[0] - before[0] - idle * (time.monotonic() - begun)
    held = spent / (SLOTS * WORKERS * HELD_S)
    before, begun = _used(redis), time.monotonic()
    await ringer.play(TAKES, 0.0, SLOTS * WORKERS)
    after, took = _used(redis), time.monotonic() - begun
    serving.cancel()
    await asyncio.wait({serving})
    ctx["presence"].stop()
    take = (after[0] - before[0] - idle * took) / TAKES
    return Costs(take, (idle - alone) / (WORKERS + 1), held, (after[1] - before[1]) / TAKES, TAKES / took)


def _used(redis: Redis) -> tuple[float, int]:
    """CPU seconds and commands so far."""
    info: Any = redis.info()
    return info["used_cpu_sys"] + info["used_cpu_user"], info["total_commands_processed"]


def measure(folder: Path) -> Costs:
    """A Redis of its own, WORKERS workers, the agent's queue in this process."""
    settings = settings_in(folder)
    with Running(settings, "redis"), Redis.from_url(settings.redis_url) as redis:
        before = _used(redis)[0]
        time.sleep(ALONE_S)
        alone = (_used(redis)[0] - before) / ALONE_S
        with workers(settings):
            return asyncio.run(_costs(settings, redis, alone))


def main() -> None:
    """Measure, or be one of the workers."""
    if sys.argv[1:2] == ["worker"]:
        asyncio.run(_work(Settings(), sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    console = Console(highlight=False)
    console.print(
        f"a take {1e6 * found.take:.0f} µs ({found.commands:.0f} commands), a second of an idle worker "
        f"{1e6 * found.idle:.0f} µs, of a take under way {1e6 * found.held:.0f} µs of Redis' CPU; "
        f"{found.takes_s:.0f} takes/s here, {1000 * found.of_video():.0f} ms a video",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
