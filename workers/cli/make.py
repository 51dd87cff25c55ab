"""aiclone make: a script in, a delivered file out, along the same path as a conversation."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from studio.errors import NeedsFounder
from studio.settings import Settings
from workers.logs import set_up_logs
from workers.making import Making
from workers.setup import prepare
from workers.supervisor import Stack, stack_is_up

app = typer.Typer()
console = Console(stderr=True)


@app.command()
def make(
    out: Annotated[Path, typer.Option(help="where the MP4 goes")],
    script: Annotated[Path | None, typer.Option(help="a finished script, spoken verbatim")] = None,
    brief: Annotated[str, typer.Option(help="or a brief, as you would write it in the chat")] = "",
    persona: Annotated[str, typer.Option(help="whose likeness; the first one when left out")] = "",
    recipe: Annotated[str, typer.Option(help="engines: laptop (Kokoro) or quick (Piper)")] = "",
    profile: Annotated[str, typer.Option(help="social, square, wide, whatsapp or draft")] = "",
    language: Annotated[str, typer.Option(help="of the script, such as es; as it reads when left out")] = "",
    background: Annotated[str, typer.Option(help="office, studio, gradient, night, jet, villa")] = "",
    captions: Annotated[str, typer.Option(help="highlight, plain or off")] = "",
    revise: Annotated[
        list[str] | None, typer.Option(help="words to answer the preview with; may repeat")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="approve script and cut unseen")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="timings, costs and report on stdout")] = False,
) -> None:
    """Make one video without a conversation; --yes is your approval of script and cut."""
    if not yes:
        raise NeedsFounder("`aiclone make` asks nobody: say --yes to approve, or use `aiclone chat`.")
    settings = Settings()
    text = _read(script) if script is not None else brief
    options = {"persona": persona, "recipe": recipe, "profile": profile, "verbatim": script is not None}
    options |= {"background": background, "captions": captions, "language": language}
    set_up_logs(settings, "make", terminal=False)
    prepare(settings, console)
    with ExitStack() as stack:
        if not stack_is_up(settings):
            stack.enter_context(Stack(settings, quiet=True))
        result = asyncio.run(Making(settings, text, options, console, tuple(revise or ())).run())
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(result["delivered"], out)
    result["out"] = str(out)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        console.print(f"[green]✓[/] {out}: {result['seconds']:.1f} s of video in {result['wall_s']:.1f} s")


def _read(script: Path) -> str:
    if not script.is_file():
        raise NeedsFounder(f"{script}: there is no such file.")
    try:
        return script.read_text("utf-8")
    except UnicodeDecodeError:
        raise NeedsFounder(f"{script}: this is not a text file.") from None
