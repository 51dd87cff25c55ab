"""Named places at which a process may die, for the crash harness; one comparison each while nobody watches.

AICLONE_FAILPOINTS is read once, at import: "record:FILE" appends a numbered name a hit, "kill:N" ends the
process by SIGKILL at its N-th hit. `watch` puts any other watcher in place, in this process.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

Watcher = Callable[[str], None]
_watcher: Watcher | None = None


def failpoint(name: str) -> None:
    """This process is at that place now."""
    if _watcher is not None:
        _watcher(name)


def watch(watcher: Watcher | None) -> None:
    """Call `watcher` at every place from now on; None switches it off."""
    global _watcher
    _watcher = watcher


def record(log: Path) -> Watcher:
    """A watcher that appends "number<TAB>name" lines."""
    numbers = itertools.count(1)

    def hit(name: str) -> None:
        with log.open("a") as out:
            out.write(f"{next(numbers)}\t{name}\n")

    return hit


def at(number: int, act: Callable[[str], None]) -> Watcher:
    """A watcher that calls `act` with the name of the `number`-th place, counted over all threads."""
    numbers, lock = itertools.count(1), threading.Lock()

    def hit(name: str) -> None:
        with lock:
            here = next(numbers) == number
        if here:
            act(name)

    return hit


def die(_name: str) -> None:
    """As a power cut: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


def _asked(wish: str) -> Watcher | None:
    mode, _, value = wish.partition(":")
    if not wish:
        return None
    return record(Path(value)) if mode == "record" else at(int(value), die)


watch(_asked(os.environ.get("AICLONE_FAILPOINTS", "")))
