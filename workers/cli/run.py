"""`aiclone run` and its processes, and `aiclone version`."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Annotated

import typer

from studio.settings import Settings
from workers import supervisor

app = typer.Typer()
PROCESSES = "The processes of `aiclone run`"


@app.command()
def run() -> None:
    """Run everything on this machine: queue, web desk, agent, media worker; Ctrl-C ends it."""
    from rich.console import Console

    from workers.setup import prepare

    settings = Settings()
    prepare(settings, Console(stderr=True))
    supervisor.run(settings)


@app.command(rich_help_panel=PROCESSES)
def redis() -> None:
    """The queue: a redis-server on loopback, in memory only."""
    _process("workers.redis_server")


@app.command(rich_help_panel=PROCESSES)
def web() -> None:
    """The web desk and the hooks of chat services."""
    _process("workers.web")


@app.command(rich_help_panel=PROCESSES)
def agent() -> None:
    """The agent worker: reads replies, writes scripts, orders takes."""
    _process("workers.agent")


@app.command(rich_help_panel=PROCESSES)
def media(gpu: Annotated[bool, typer.Option("--gpu", help="take what needs a GPU")] = False) -> None:
    """The media worker: renders takes in engines; with --gpu those that need one, beside the other."""
    _process("workers.media", gpu=gpu)


@app.command()
def version() -> None:
    """Say which version this is."""
    print(metadata.version("aiclone"))


def _process(module: str, **options: bool) -> None:
    import_module(module).main(Settings(), **options)
