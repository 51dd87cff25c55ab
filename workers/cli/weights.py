"""`aiclone weights`: fetch model weights and say which are here."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from studio.settings import Settings
from studio.weights import State, Weights
from workers.setup import pull_weights

app = typer.Typer(help="Model weights: fetch them, list them.", no_args_is_help=True)


def _weights() -> Weights:
    settings = Settings()
    return Weights(settings.cache, settings.weights_folder)


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="weight sets; without any: the default ones")
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="trust what arrives of sets whose SHA-256 is not known, for good")
    ] = False,
) -> None:
    """Fetch weights into the shared cache; what is already there is left alone."""
    console = Console()
    pull_weights(Settings(), console, names or (), pin)
    console.print("All of them are here and verified.")


@app.command("list")
def list_() -> None:
    """List every weight set with its licence, size and whether it is here."""
    weights = _weights()
    table = Table("name", "state", "MB", "licence", "what")
    for one in weights.sets.values():
        state = weights.state(one.name)
        size = sum(file.size for file in one.files) / 1e6
        colour = {State.READY: "green", State.PARTIAL: "yellow"}.get(state, "red")
        table.add_row(one.name, f"[{colour}]{state}[/]", f"{size:.1f}", one.licence, one.summary)
    Console().print(table)
