"""`aiclone`: the command line. A file of commands is one line in COMMANDS; it offers a typer `app`."""

from __future__ import annotations

import json
import secrets
import sys
import time
import traceback
from collections.abc import Iterable
from importlib import import_module

import typer
from rich.console import Console

from studio.errors import StudioError
from studio.settings import Settings
from workers.logs import moment

# module in this folder → name of its group of commands; "" puts its commands at the top
COMMANDS = {
    "run": "",
    "make": "",
    "chat": "",
    "persona": "persona",
    "person": "person",
    "training": "voice",
    "db": "db",
    "weights": "weights",
    "engines": "engines",
    "slack": "slack",
    "whatsapp": "whatsapp",
    "doctor": "",
    "status": "",
    "production": "production",
    "mending": "",
}
PROCESSES = ("redis", "web", "agent", "media")
FAILED, TOLD = 1, 2


def build(modules: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """The command line with the commands of those modules."""
    app = typer.Typer(
        name="aiclone",
        help="Your AI founder clone: a sentence in the chat, an approved talking-head video out.",
        epilog="Start with `aiclone doctor`, then `aiclone run`.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    app.callback()(lambda: None)  # also one command alone keeps its name
    for module in modules:
        app.add_typer(import_module(f"workers.cli.{module}").app, name=COMMANDS[module] or None)
    return app


def main() -> None:
    """Run a command. Exit status 2: it said what has to be mended; 1: it failed, or a bug was logged."""
    try:
        build(_needed(*sys.argv[1:2]))(prog_name="aiclone")
    except StudioError as error:
        _complain(error.say)
        sys.exit(TOLD)
    except Exception:  # noqa: BLE001 the process edge
        _complain(_logged())
        sys.exit(FAILED)


def _needed(word: str = "") -> list[str]:
    """The modules to import for a command that begins with `word`: all of them take two seconds."""
    if word in PROCESSES:
        return ["run"]
    return [module for module, group in COMMANDS.items() if word in (module, group) and word] or [*COMMANDS]


def _complain(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)


def _logged() -> str:
    reference = secrets.token_hex(3)
    log = Settings().home / "logs" / "bugs.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = " ".join(word for word in sys.argv[1:2])  # the rest may hold a brief
    line = {"at": moment(time.time()), "level": "ERROR", "process": "cli", "message": command}
    with log.open("a") as out:
        out.write(json.dumps({**line, "reference": reference, "trace": traceback.format_exc()}) + "\n")
    return f"Something broke that should not (reference {reference}); the details are in {log}."
