"""`aiclone engines`: what can render here, under which licences, and what is still missing for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from studio.errors import Misconfigured
from studio.settings import Settings
from workers.child import ROOT
from workers.engine_process import engine_python
from workers.engines import engine_class, engine_spec
from workers.readiness import Readiness, readiness
from workers.setup import pull_weights

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
        Console().print(_table(found))
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
    return {**asdict(row.spec), **state, "mend": row.mend, "ready": row.ready}


def _table(found: list[Readiness]) -> Table:
    table = Table("engine", "kind", "what", "code / weights licence", "commercial", "GPU", "state")
    for row in found:
        spec = row.spec
        licence = f"{spec.code_licence} / {spec.weights_licence}"
        state = f"[yellow]{row.mend}[/]" if row.mend else "[green]ready[/]"
        commercial = "yes" if spec.commercial else "[red]no[/]"
        gpu = f"{spec.vram_gib:g} GiB" if spec.needs_gpu else "no"
        table.add_row(spec.name, spec.kind, spec.summary, licence, commercial, gpu, state)
    return table


@app.command()
def install(name: Annotated[str, typer.Argument(help="an engine with its own environment")]) -> None:
    """Create an engine's own virtual environment in the cache and install its packages there."""
    settings = Settings()
    spec = engine_spec(name)
    python = engine_python(spec, settings)
    if python is None:
        print(f"“{name}” runs in this environment; there is nothing to install.")
        return
    if not python.exists():
        _make_environment(name, python)
    pull_weights(settings, Console(), spec.weights)
    print(f"“{name}” is installed in {python.parent.parent}.")


def _make_environment(name: str, python: Path) -> None:
    module = engine_class(name).__module__
    listed = (ROOT / module.replace(".", "/")).with_suffix(".txt")
    if not listed.is_file():
        raise Misconfigured(f"The list of packages of “{name}” is missing: {listed}.")
    folder = python.parent.parent
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(listed)], check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Misconfigured(
            f"The packages of “{name}” could not be installed; see the lines above."
        ) from error
