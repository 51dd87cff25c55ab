"""Random chaos: processes are killed and frozen while founders work; then calm, then the promises."""

from __future__ import annotations

import random
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from studio.store import Store, inbox, productions
from studio.store.schema import outbox as outbox_table
from studio.store.schema import productions as production_table
from tests.chaos.founders import Founders
from tests.chaos.ledger import Ledger
from tests.chaos.promises import broken_promises
from tests.chaos.stack import NAMES, Stack, furnish
from tests.chaos.world import World, world

WARM_S = 6.0
FROZEN_S = (5.5, 8.0)
CALM_S = 120.0


@dataclass
class Storm:
    """What was done and what came of it."""

    done: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    moods: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    retried: int = 0
    calm_s: float = 0.0
    broken: list[str] = field(default_factory=list)


def monkey(stack: Stack, seconds: float, seed: int, done: Counter[str], stop: threading.Event) -> None:
    """Kill or freeze a process every second or so; a frozen one thaws after every lease is over."""
    dice, until = random.Random(seed), time.monotonic() + seconds
    thaws: list[threading.Timer] = []
    while time.monotonic() < until and not stop.wait(dice.uniform(0.4, 1.6)):
        name = dice.choice(NAMES)
        if time.monotonic() - stack.started[name] < WARM_S and dice.random() < 0.8:
            continue  # most die at work, some while they start
        if name not in ("redis", "web") and dice.random() < 0.25:
            process = stack.processes[name]
            process.send_signal(signal.SIGSTOP)
            done[f"{name} frozen"] += 1
            thaws.append(threading.Timer(dice.uniform(*FROZEN_S), process.send_signal, (signal.SIGCONT,)))
            thaws[-1].start()
        else:
            stack.signal(name, signal.SIGKILL)
            done[f"{name} killed"] += 1
    for thaw in thaws:
        thaw.join()


def storm(seed: int, seconds: float, talks: int, say: object = print) -> Storm:
    """Run it; every promise that is broken is in the result."""
    with tempfile.TemporaryDirectory(prefix="aiclone-chaos-") as folder:
        settings = furnish(Path(folder))
        ledger, result, stop = Ledger(settings.home / "ledger"), Storm(), threading.Event()
        with world(ledger, seed) as outside, Stack(settings, outside.url) as stack:
            store = Store(settings.database)
            founders = Founders(settings, ledger, seed)
            chaos = threading.Thread(target=monkey, args=(stack, seconds, seed, result.done, stop))
            chaos.start()
            begun, opened = time.monotonic(), 0
            while chaos.is_alive():
                if opened < talks and time.monotonic() - begun > opened * seconds * 0.6 / talks:
                    opened += 1
                    founders.pool.submit(founders.brief, f"Script: We build compilers, number {opened}.")
                founders.look()
                time.sleep(0.2)
            finish(store, founders, result)
            result.broken = broken_promises(store, ledger)
            summarize(store, founders, outside, stack, result)
            founders.close()
            store.close()
        return result


def finish(store: Store, founders: Founders, result: Storm) -> None:
    """Calm: nobody is killed any more; until everything ended, in spite of the outside world."""
    calm, quiet = time.monotonic(), 0
    while quiet < 5 and time.monotonic() < calm + CALM_S:
        founders.look()
        quiet = quiet + 1 if is_over(store, founders) else 0
        time.sleep(0.3)
    result.calm_s = time.monotonic() - calm


def is_over(store: Store, founders: Founders) -> bool:
    """Whether nothing is under way any more."""
    with store.read() as connection:
        rows = productions.latest(connection, 10_000)
        left = connection.execute(
            select(outbox_table.c.key).where(outbox_table.c.state.in_(("new", "sending")))
        ).first()
        unread = inbox.pending(connection)
    ended = all(row["status"] in productions.ENDED for row in rows)
    return ended and len(rows) >= len(founders.talks) and not left and not unread


def summarize(store: Store, founders: Founders, outside: World, stack: Stack, result: Storm) -> None:
    """Count."""
    result.deaths, result.moods = stack.deaths, outside.moods
    result.answers, result.retried = founders.sent, founders.retried
    with store.read() as connection:
        result.endings = Counter(connection.execute(select(production_table.c.status)).scalars())
