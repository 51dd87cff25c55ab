"""CPU seconds a minute of a stack that has nothing to do."""

from __future__ import annotations

import time
from pathlib import Path

from bench.control.processes import Running, settings_in

NAMES = ("redis", "web", "agent", "media")


def measure(folder: Path, seconds: float = 20.0) -> dict[str, float]:
    """CPU seconds a minute by process, after they have settled."""
    with Running(settings_in(folder), *NAMES) as running:
        time.sleep(10.0)
        before = {name: running.cpu_s(name) for name in NAMES}
        time.sleep(seconds)
        return {name: (running.cpu_s(name) - before[name]) * 60 / seconds for name in NAMES}
