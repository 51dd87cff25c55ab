"""`python -m tests.chaos`: kill and freeze real processes while founders work, then check the promises."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from tests.chaos.march import march
from tests.chaos.storm import Storm, storm

PROMISES = {
    "an acknowledged answer is never lost": ("lost answer", "unread answer"),
    "the first decision on the file shown counts": ("click", "answer", "without an approval", "another file"),
    "no render is lost": ("never ended",),
    "one message a key, one preview a version": ("shown", "previews of", "out of order"),
    "one delivery, outcomes known": ("deliver", "left "),
}


def table(title: str, rows: Counter[str]) -> Table:
    """Names and counts."""
    made = Table("what", "times", title=title)
    for name, count in sorted(rows.items()):
        made.add_row(name, str(count))
    return made


def show(console: Console, result: Storm) -> None:
    """Everything that happened, then the verdicts."""
    console.print(table("done to processes", result.done))
    console.print(table("the outside world", result.moods))
    console.print(table("productions", result.endings))
    console.print(
        f"{result.answers} answers acknowledged, {result.retried} sent again; calm after {result.calm_s:.0f} s"
    )
    for promise, words in PROMISES.items():
        broken = [each for each in result.broken if any(word in each for word in words)]
        console.print(f"{'BROKEN' if broken else 'kept  '}  {promise}")
    for each in result.broken:
        console.print(f"        {each}")


def main() -> None:
    """Exit status 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=None, help="repeat a run's dice (the machine adds its own)"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long processes are killed")
    parser.add_argument("--talks", type=int, default=12, help="how many videos are asked for")
    parser.add_argument(
        "--enumerate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="first kill one production at each of its places in turn (about three minutes)",
    )
    parser.add_argument(
        "--march",
        type=float,
        default=0.0,
        metavar="S",
        help="instead, for S seconds: each process dies place by place",
    )
    parser.add_argument(
        "--every", type=int, default=1, help="with --enumerate and --march: only every n-th place"
    )
    asked = parser.parse_args()
    console, failed = Console(), False
    if asked.enumerate and not asked.march:
        console.print("one production in one process, killed by SIGKILL at each of its places in turn …")
        failed |= bool(
            subprocess.run(
                [sys.executable, "-m", "tests.chaos.points", "kill", "--every", str(asked.every)]
            ).returncode
        )
    seed = asked.seed if asked.seed is not None else random.randrange(10**6)
    console.print(f"seed {seed}: {asked.seconds:g} s, {asked.talks} videos, 6 processes …")
    began = time.monotonic()
    walk = march(seed, asked.every, asked.march) if asked.march else None
    result = walk or storm(seed, asked.seconds, asked.talks)
    show(console, result)
    console.print(f"seed {seed}, {sum(result.done.values())} blows, {time.monotonic() - began:.0f} s")
    sys.exit(bool(result.broken) or failed)


if __name__ == "__main__":
    main()
