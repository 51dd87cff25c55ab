"""aiclone chat: a conversation in the terminal. aiclone demo: the same, with a scripted person."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.doorbell import Doorbell
from bot.lines import Ask, scripted, typed
from bot.terminal import Conversation
from studio.errors import StudioError
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from workers.logs import set_up_logs
from workers.setup import prepare
from workers.supervisor import Stack, stack_is_up

app = typer.Typer()
BRIEF = (
    "30 seconds on why we build compilers, warm, for LinkedIn. We turn plain words into programs. "
    "In 1952 people told us that a computer could only do arithmetic. Our first compiler was running that year. "
    "Nobody believed it, and for two years nobody would touch it. Today a page of code reads almost like English, "
    "and anyone who can explain a problem can begin to solve it."
)
DEMO = (BRIEF, "approve", "line 2 softer, office background", "approve")


@app.command()
def chat(
    resume: Annotated[str, typer.Option(help="come back to this conversation")] = "",
) -> None:
    """Talk to the studio here: write a brief, approve the script, look at the preview, revise, approve."""
    console = Console()
    _talk(Settings(), console, typed(console), resume)


@app.command()
def demo(
    brief: Annotated[str, typer.Option(help="what the scripted person asks for")] = BRIEF,
) -> None:
    """From a sentence to a delivered video: set-up, brief, script, preview, a revision, approval, delivery."""
    console = Console()
    delivered = _talk(Settings(), console, scripted(console, (brief, *DEMO[1:])), "")
    if not delivered:
        raise StudioError("The demo delivered nothing; see the messages above and the logs in data/logs.")
    console.print(f"delivered {delivered[-1]}", soft_wrap=True, highlight=False, markup=False)


def _talk(settings: Settings, console: Console, ask: Ask, resume: str) -> list[Path]:
    set_up_logs(settings, "chat", terminal=False)
    prepare(settings, console)
    with ExitStack() as stack:
        if not stack_is_up(settings):
            with console.status("starting the studio…"):
                stack.enter_context(Stack(settings, quiet=True))
        store, media = Store(settings.database), MediaStore(settings.home / "media")
        talk = Conversation(
            store, Doorbell(settings.redis_url), media, console, ask, settings.home, name=resume
        )
        try:
            return asyncio.run(talk.run())
        except KeyboardInterrupt:
            return talk.delivered
