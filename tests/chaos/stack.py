"""The real processes of a chaos run, started again whenever they end; and a home they work on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from imageio_ffmpeg import get_ffmpeg_exe

from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from tests.chaos.process import WORLD
from tests.fakes.studio import GRACE
from tests.journeys.house import settings_of
from workers.child import ROOT
from workers.redis_server import redis_command
from workers.supervisor import environment_of, is_ready, port_answers

NAMES = ("web", "agent1", "agent2", "media1", "media2", "redis")


def furnish(folder: Path) -> Settings:
    """A migrated home with Grace in it, whose portrait is a little film (tests/chaos/engines.py)."""
    settings = settings_of(folder / "home", folder / "deliveries")
    settings.home.mkdir(parents=True)
    film = folder / "film.mp4"
    source = ["-f", "lavfi", "-i", "color=gray:s=64x64:r=25:d=0.2"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *source, *coding, str(film)], check=True)
    portrait = MediaStore(settings.home / "media").put(film)
    store = Store(settings.database)
    store.migrate()
    consent = {"sha256": "c" * 64, "statement": "yes", "exemption": "", "expires_at": None}
    with store.write() as connection:
        personas.add(connection, replace(GRACE, portraits={"navy": portrait}), consent)
    store.close()
    return settings


class Stack:
    """Processes by name; `deaths` counts how they ended, `plan` gives their next start's fail point."""

    def __init__(self, settings: Settings, world: str) -> None:
        self.settings, self.dice = settings, random.Random(0)
        self.environment = {**environment_of(settings), "PYTHONPATH": str(ROOT), WORLD: world}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: Counter[str] = Counter()
        self.started: dict[str, float] = {}
        self.plan: dict[str, list[str]] = {}
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        for name in NAMES:
            self._start(name)
        self.thread.start()
        until = time.monotonic() + 60
        while not is_ready(self.settings):
            assert time.monotonic() < until, "the stack was not ready within a minute"
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self.thread.join()
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process."""
        self.processes[name].send_signal(number)

    def _watch(self) -> None:
        while not self.stopped.wait(0.05):
            for name, process in list(self.processes.items()):
                if process.poll() is not None:
                    how = "killed" if process.returncode == -signal.SIGKILL else f"ended {process.returncode}"
                    self.deaths[f"{name} {how}"] += 1
                    time.sleep(self.dice.uniform(0.0, 0.2))
                    self._start(name)

    def _start(self, name: str) -> None:
        command = {
            "redis": lambda: redis_command(self.settings),
            "web": lambda: [sys.executable, "-m", "workers.cli", "web"],
        }.get(name, lambda: [sys.executable, "-m", "tests.chaos.process", name.rstrip("12")])()
        if name == "redis" and port_answers("127.0.0.1", int(self.settings.redis_url.split(":")[2][:-2])):
            time.sleep(0.2)
        self.started[name] = time.monotonic()
        planned = self.plan.get(name)
        extra = {"AICLONE_FAILPOINTS": planned.pop(0)} if planned else {}
        log = self.settings.home / "logs" / f"{name}.out"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env={**self.environment, **extra}, stdout=out, stderr=out
            )
