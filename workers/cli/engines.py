"""`aiclone engines`: what can render here, under which licences, and what is still missing for it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from studio.settings import Settings
from workers.engines import engine_spec
from workers.environments import engine_python, make_environment
from workers.readiness import Readiness, readiness
from workers.setup import pull_weights

ROOMY = 120
app = typer.Typer(help="Engines: list them, install one that has its own environment.")


@app.callback(invoke_without_command=True)
def list_engines(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    online: Annotated[bool, typer.Option("--online", help="ask paid services what is left")] = False,
) -> None:
    """List every engine with its licences and what is missing for it."""
    if context.invoked_subcommand:
        return
    found, quota = readiness(Settings()), quota_left(Settings()) if online else ""
    if as_json:
        print(json.dumps([_as_json(row) for row in found], indent=2))
    else:
        console = Console()
        console.print(_table(found, console.width))
        if console.width < ROOMY:
            print(f"{ROOMY} columns or --json show what each is for, and its licences.")
    if quota:
        print(quota, file=sys.stderr if as_json else sys.stdout)


def quota_left(settings: Settings) -> str:
    """What the account of ElevenLabs has left; raises KeyMissing or what the vendor's client raises."""
    from workers.vendor_voices import account

    api = account(settings)
    said = api.subscription()
    api.close()
    left = said["character_limit"] - said["character_count"]
    usd = left * settings.elevenlabs_price / 1000
    voices = f"{said['voice_slots_used']} of {said['voice_limit']} voices"
    return f"ElevenLabs ({said['tier']}): {left:,} characters left, worth about ${usd:.2f}; {voices} used."


def _as_json(row: Readiness) -> dict[str, object]:
    state = {"weights_state": row.weights, "venv_state": row.venv, "sources": row.sources}
    return {**asdict(row.spec), **state, "mend": row.mend, "licence": row.licence, "ready": row.ready}


def _table(found: list[Readiness], width: int) -> Table:
    """What fits into so many columns: licences and what an engine is for only where there is room to read them."""
    roomy = width >= ROOMY
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("engine", "kind"):
        table.add_column(name, no_wrap=True)
    if roomy:
        table.add_column("what", ratio=1)
        table.add_column("code / weights licence", max_width=40)
    for name in ("commercial", "GPU"):
        table.add_column(name, no_wrap=True)
    table.add_column("state", overflow="fold")
    for row in found:
        spec = row.spec
        licence = f"{spec.code_licence} / {spec.weights_licence}"
        state = f"[yellow]{row.mend}[/]" if row.mend else "[green]ready[/]"
        state = f"[red]{row.licence}[/]" if row.licence else state
        commercial = "yes" if spec.commercial else "[red]no[/]"
        gpu = f"{spec.vram_gib:g} GiB" if spec.needs_gpu else "no"
        about = (spec.summary, licence) if roomy else ()
        table.add_row(spec.name, spec.kind, *about, commercial, gpu, state)
    return table


@app.command()
def install(
    name: Annotated[str, typer.Argument(help="an engine with its own environment")],
    weights: Annotated[bool, typer.Option(help="fetch its weights too")] = True,
) -> None:
    """Create an engine's own virtual environment in the cache and install its packages there."""
    settings = Settings()
    spec = engine_spec(name)
    python = engine_python(spec, settings)
    if python is None:
        print(f"“{name}” runs in this environment; there is nothing to install.")
        return
    if make_environment(spec.venv, python):
        print(f"The environment “{spec.venv}” is in {python.parent.parent}.")
    if not weights:
        return
    pull_weights(settings, Console(), spec.weights)
    print(f"“{name}” is installed.")
