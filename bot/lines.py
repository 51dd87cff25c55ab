"""Where the terminal's lines come from: a person at the keyboard, or a script for demonstrations."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.text import Text

Ask = Callable[[], str | None]
PROMPT = Text("you › ", style="bold cyan")


def typed(console: Console) -> Ask:
    """Ask at the keyboard; None at the end of input."""

    def ask() -> str | None:
        try:
            return console.input(PROMPT)
        except EOFError:
            return None

    return ask


def scripted(console: Console, lines: Iterable[str]) -> Ask:
    """Answer with the next line, shown as if typed; None when there are no more."""
    rest = iter(lines)

    def ask() -> str | None:
        line = next(rest, None)
        if line is not None:
            console.print(PROMPT + Text(line))
        return line

    return ask


def in_background(ask: Ask) -> asyncio.Future[str | None]:
    """Ask in a thread that nobody waits for, so that Ctrl-C works while a line is being typed."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def settle(line: str | None) -> None:
        if not answer.done():
            answer.set_result(line)

    def work() -> None:
        line = ask()
        with contextlib.suppress(RuntimeError):  # the loop is closed: the conversation is over
            loop.call_soon_threadsafe(settle, line)

    threading.Thread(target=work, daemon=True).start()
    return answer
