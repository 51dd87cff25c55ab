"""One long-running process of the stack: in its own group, its lines passed on, restarted when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

BACK_OFF_S = (0.5, 5.0)
SETTLED_S = 30.0
LOG_BYTES = 5_000_000
Say = Callable[[str, str], None]


class Supervised:
    """A process by its name in the Procfile. Not thread-safe; only its reader runs on a thread."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, say: Say
    ) -> None:
        """`say` hears (name, line) for every line it prints and for what happens to it."""
        self.name, self.command, self.environment = name, list(command), dict(environment)
        self.log, self.say = log, say
        self.last_line, self.deaths = "", 0
        self.popen: subprocess.Popen[bytes] | None = None
        self._wait, self._started, self._next = BACK_OFF_S[0], 0.0, 0.0

    @property
    def pid(self) -> int | None:
        """Its process id and process group while it runs."""
        return self.popen.pid if self.popen else None

    def step(self) -> None:
        """Start it when it is time to; notice its death."""
        now = time.monotonic()
        if self.popen is None and now >= self._next:
            self._start(now)
        elif self.popen is not None and self.popen.poll() is not None:
            self._bury(now, self.popen.returncode)

    def send(self, what: signal.Signals) -> None:
        """Signal the whole process group, if there is one."""
        if self.popen:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, what)

    def runs(self) -> bool:
        """Whether the process itself is alive."""
        return self.popen is not None and self.popen.poll() is None

    def end(self) -> None:
        """Kill what is left of it."""
        self.send(signal.SIGKILL)
        if self.popen:
            self.popen.wait()

    def _start(self, now: float) -> None:
        self.popen = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started = now
        assert self.popen.stdout
        threading.Thread(target=self._read, args=(self.popen.stdout,), daemon=True).start()

    def _bury(self, now: float, status: int) -> None:
        self.send(signal.SIGKILL)
        self.popen = None
        self.deaths += 1
        if now - self._started > SETTLED_S:
            self._wait = BACK_OFF_S[0]
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        said = f"stopped ({how}); starting again in {self._wait:g} s"
        self.say(self.name, said)
        with self.log.open("a") as log:
            log.write(said + "\n")
        self._next = now + self._wait
        self._wait = min(BACK_OFF_S[1], self._wait * 2)

    def _read(self, lines: IO[bytes]) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with lines, self.log.open("ab", buffering=0) as log:
            for line in lines:
                log.write(line)
                self.last_line = line.decode(errors="replace").rstrip()
                self.say(self.name, self.last_line)
