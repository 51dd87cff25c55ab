"""A media worker in a process of its own that knows the engines of tests/fakes/takes.py: `hum` and `other`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studio.settings import Settings
from workers.child import ROOT
from workers.supervisor import environment_of

WORKER = (
    "from workers.engines import ENGINES; from workers.media import main; from studio.settings import Settings;"
    "ENGINES.update({'hum': 'tests.fakes.takes:Hum', 'other': 'tests.fakes.takes:PersonalHum'}); main(Settings())"
)


@contextmanager
def media_worker(settings: Settings, program: str = WORKER) -> Iterator[subprocess.Popen[bytes]]:
    """Killed on exit if it is still there; another `program` may be any process."""
    environment = environment_of(settings) | {"AICLONE_USE": "personal"}
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], object], within_s: float = 60.0) -> None:
    """Wait until it holds; an AssertionError when it does not in time."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
