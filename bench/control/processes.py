"""Processes of the stack by themselves, and the CPU seconds they use."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.settings import Settings
from workers.supervisor import environment_of

TICK = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parent.parent.parent


def settings_in(folder: Path) -> Settings:
    """Settings of an empty home with free ports."""
    return Settings(
        home=folder / "home",
        deliveries=folder / "deliveries",
        redis_url=f"redis://127.0.0.1:{_free_port()}/0",
        web_port=_free_port(),
    )


class Running:
    """As a context: `aiclone NAME` for each name, ended together."""

    def __init__(self, settings: Settings, *names: str) -> None:
        settings.home.mkdir(parents=True, exist_ok=True)
        (settings.home / "logs").mkdir(exist_ok=True)
        self.settings, self.names = settings, names
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        environment = {**environment_of(self.settings), "PYTHONPATH": str(ROOT)}
        for name in self.names:
            command = [sys.executable, "-m", "workers.cli", name]
            self.processes[name] = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
            )
        ports = [int(self.settings.redis_url.rpartition(":")[2].split("/")[0])]
        ports += [self.settings.web_port] if "web" in self.names else []
        until = time.monotonic() + 60
        while not all(map(_answers, ports)):
            if time.monotonic() > until:
                raise RuntimeError(f"not ready: {self.names}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def cpu_s(self, name: str) -> float:
        """CPU seconds of one process so far."""
        fields = Path(f"/proc/{self.processes[name].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
