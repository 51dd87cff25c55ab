"""`aiclone doctor`: what this machine has, what it lacks, and the next step for each."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from studio.settings import Settings
from workers.doctor import State, examine

app = typer.Typer()
COLOURS = {State.OK: "green", State.WARN: "yellow", State.MISSING: "red"}


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False) -> None:
    """Examine this machine; exit status 1 when something that is needed is missing."""
    found = examine(Settings())
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2))
    else:
        console = Console(highlight=False)
        for one in found:
            step = f" [bold]→ {escape(one.mend)}[/]" if one.mend else ""
            mark = f"[{COLOURS[one.state]}]{one.state:>7}[/]"
            console.print(f"{mark}  {one.name:<10} {escape(one.says)}{step}", soft_wrap=True)
    if any(one.state is State.MISSING for one in found):
        raise typer.Exit(1)
