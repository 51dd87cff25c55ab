"""From approval to preview, one line revised, memory: the real stack on a home of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.memory import PeakMemory
from studio.settings import Settings
from workers.engines import engine_spec
from workers.environments import engine_python
from workers.making import Making
from workers.setup import prepare
from workers.supervisor import Stack

SPEECH = """We build compilers because people think in words, and machines think in numbers.
In 1952 nobody believed that a program could write another program.
They told us that computers could only do arithmetic.
So we wrote one, and it ran, and for two years nobody would touch it.
Today a page of code reads almost like English, and a beginner can follow it.
That is what a good tool does: it moves the hard part to where a machine can carry it.
If you like this kind of work, come and build the next one with us."""
WARM_UP = "This first sentence warms the engines up. The second one is for good measure."
TWELVE = """Good morning, this is the first line of twelve, and it is a calm one.
The second line says that every line is spoken and pictured on its own.
The third line is about shots, which change their framing like an editor would.
The fourth line tells you that a take is known by what went into it.
The fifth line is the one that is going to be changed in a moment.
The sixth line stays exactly as it is, to the last byte of its file.
The seventh line knows nothing of the fifth, and that is the point.
The eighth line reminds you that captions are part of a finished shot.
The ninth line is joined to the others without being encoded again.
The tenth line has its loudness measured together with all the rest.
The eleventh line is nearly the last, and it is in no hurry at all.
The twelfth line says thank you for listening, and wishes you a good day."""


@contextmanager
def stack(console: Console) -> Iterator[Settings]:
    """A started stack on an empty home, with the machine's weights cache."""
    with tempfile.TemporaryDirectory() as folder:
        ports = [_free_port(), _free_port()]
        settings = Settings(
            home=Path(folder) / "home",
            deliveries=Path(folder) / "deliveries",
            redis_url=f"redis://127.0.0.1:{ports[0]}/0",
            web_port=ports[1],
        )
        prepare(settings, console)
        with Stack(settings, quiet=True):
            yield settings


def make(settings: Settings, text: str, console: Console, **options: Any) -> dict[str, Any]:
    """One video of a finished script at 512 px; `revisions` answer its previews."""
    revisions = options.pop("revisions", ())
    given = {"verbatim": True, "profile": "draft", **options}
    return asyncio.run(Making(settings, text, given, console, revisions).run())


def install_piper(settings: Settings) -> None:
    """Piper lives in an environment of its own; make it when the machine has none."""
    python = engine_python(engine_spec("piper"), settings)
    if python is None or not python.exists():
        subprocess.run([sys.executable, "-m", "workers.cli", "engines", "install", "piper"], check=True)


def preview(settings: Settings, recipe: str, console: Console) -> float:
    """Seconds from approval to preview for a second of speech, engines warm."""
    make(settings, WARM_UP, console, recipe=recipe)
    version = make(settings, SPEECH, console, recipe=recipe)["versions"][0]
    _where(version, f"{recipe}: {version['seconds']:.1f} s of video in {version['wall_s']:.1f} s", console)
    return float(version["wall_s"] / version["seconds"])


def revise(settings: Settings, console: Console) -> float:
    """CPU seconds of one softer line of twelve, against the full render's."""
    first, second = make(settings, TWELVE, console, revisions=("line 5 softer",))["versions"]
    _where(second, f"one line of twelve: {second['rendered']} takes, {second['reused']} reused", console)
    return float(sum(second["cpu_s"].values()) / sum(first["cpu_s"].values()))


def measure(console: Console, quick: bool) -> dict[str, float]:
    """All values of this file; `quick` leaves Piper out."""
    values = {}
    with stack(console) as settings, PeakMemory(os.getpid()) as memory:
        values["preview_kokoro"] = preview(settings, "laptop", console)
        values["revise_one_of_twelve"] = revise(settings, console)
        if not quick:
            install_piper(settings)
            values["preview_piper"] = preview(settings, "quick", console)
    return values | {"peak_memory": memory.peak / 1e9}


def _where(version: dict[str, Any], title: str, console: Console) -> None:
    total = sum(version["cpu_s"].values())
    table = Table("engine", "CPU s", "share", "CPU s per s of video", title=title)
    for engine, seconds in sorted(version["cpu_s"].items(), key=lambda pair: -pair[1]):
        table.add_row(
            engine, f"{seconds:.1f}", f"{seconds / total:.0%}", f"{seconds / version['seconds']:.2f}"
        )
    cores = os.cpu_count() or 1
    limit = total / cores
    table.caption = (
        f"{total:.1f} CPU s; on {cores} cores at best {limit:.1f} s, took {version['wall_s']:.1f} s "
        f"({limit / version['wall_s']:.0%} of the limit)"
    )
    console.print(table)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
