"""`aiclone weights`: fetch model weights and say which are here."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from studio.errors import WeightsMissing
from studio.settings import Settings
from studio.weights import State, Weights

app = typer.Typer(help="Model weights: fetch them, list them.", no_args_is_help=True)


def _weights() -> Weights:
    settings = Settings()
    return Weights(settings.cache, settings.weights_folder)


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="weight sets; without any: the default ones")
    ] = None,
) -> None:
    """Fetch weights into the shared cache; what is already there is left alone."""
    console, weights = Console(), _weights()
    try:
        wanted = weights.wanted(names or [])
        plan = weights.plan(wanted)
        console.print(f"{', '.join(wanted)}: {sum(plan.values()) / 1e6:.0f} MB to download.")
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=console) as bars:
            tasks = {key: bars.add_task(key, total=size) for key, size in plan.items()}
            weights.pull(wanted, lambda key, grown: bars.advance(tasks[key], grown) if key in tasks else None)
    except WeightsMissing as error:
        console.print(error.say, style="red", markup=False)
        raise typer.Exit(1) from error
    console.print("All of them are here and verified.")


@app.command("list")
def list_() -> None:
    """List every weight set with its licence, size and whether it is here."""
    weights = _weights()
    table = Table("name", "state", "MB", "licence", "what")
    for one in weights.sets.values():
        state = weights.state(one.name)
        size = sum(file.size for file in one.files) / 1e6
        colour = {State.READY: "green", State.PARTIAL: "yellow", State.MISSING: "red"}[state]
        table.add_row(one.name, f"[{colour}]{state}[/]", f"{size:.1f}", one.licence, one.summary)
    Console().print(table)
