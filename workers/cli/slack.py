"""aiclone slack: is the app set up, and what is the next step?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from bot.slack.installing import reseal
from studio.settings import Settings
from workers.cli.production import open_facts
from workers.slack import vault_of
from workers.slack_setup import Step, examine

app = typer.Typer(help="Slack: set it up, see what is missing.", no_args_is_help=True)
MANIFEST = Path(__file__).resolve().parents[2] / "slack-manifest.yaml"


@app.callback()
def slack() -> None:
    """Slack: set it up, see what is missing."""


@app.command()
def setup() -> None:
    """Check tokens, scopes and who may approve against Slack; say the next step. Exit status 1 when one is left."""
    steps = asyncio.run(examine(Settings()))
    _print(steps)
    if any(step.mend for step in steps):
        raise typer.Exit(1)


@app.command("rotate-key")
def rotate_key() -> None:
    """Seal the tokens of all workspaces under a new key; running processes follow by themselves."""
    settings = Settings()
    store = open_facts(settings)
    store.migrate()
    count = reseal(store, vault_of(settings))
    store.close()
    print(
        f"{count} workspace(s) sealed under a new key in {vault_of(settings).path}; keep a copy beside your backups."
    )


def _print(steps: Sequence[Step]) -> None:
    console = Console(highlight=False)
    for step in steps:
        mark = "[yellow]→[/]" if step.mend else "[green]✓[/]"
        console.print(f"{mark} {step.name}: {escape(step.says)}", soft_wrap=True)
        if step.mend:
            console.print(f"    {escape(step.mend.format(manifest=MANIFEST))}", soft_wrap=True, style="bold")
