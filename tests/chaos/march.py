"""Every place of the real processes: each process dies at its first place, then at its second, and so on."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from studio.store import Store
from tests.chaos.founders import Founders
from tests.chaos.ledger import Ledger
from tests.chaos.promises import broken_promises
from tests.chaos.stack import Stack, furnish
from tests.chaos.storm import Storm, finish, is_over, summarize
from tests.chaos.world import world

PLACES = {
    "agent1": (1, 400, 2),
    "agent2": (2, 400, 2),
    "media1": (1, 80, 2),
    "media2": (2, 80, 2),
    "web": (1, 20, 1),
}


def march(seed: int, every: int, limit_s: float) -> Storm:
    """Let videos be made until all have died everywhere (every `every`-th place) or `limit_s` seconds passed."""
    with tempfile.TemporaryDirectory(prefix="aiclone-march-") as folder:
        settings = furnish(Path(folder))
        ledger, result = Ledger(settings.home / "ledger"), Storm()
        with world(ledger, seed) as outside:
            stack = Stack(settings, outside.url)
            for name, (first, last, step) in PLACES.items():
                stack.plan[name] = [f"kill:{number}" for number in range(first, last + 1, step * every)]
            store = Store(settings.database)
            with stack:
                founders = Founders(settings, ledger, seed)
                until, opened = time.monotonic() + limit_s, 0
                while any(stack.plan.values()) and time.monotonic() < until:
                    if is_over(store, founders) or opened < 2:
                        opened += 1
                        founders.brief(f"Script: We build compilers, number {opened}.")
                    founders.look()
                    time.sleep(0.2)
                for name, left in stack.plan.items():
                    result.done[f"{name} died, place by place"] = stack.deaths[f"{name} killed"]
                    left.clear()
                for name in PLACES:  # whoever still has a place to die at starts again without
                    stack.processes[name].kill()
                finish(store, founders, result)
                result.broken = broken_promises(store, ledger)
                summarize(store, founders, outside, stack, result)
                founders.close()
            store.close()
        return result
