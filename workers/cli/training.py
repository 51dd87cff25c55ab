"""aiclone voice train, versions, compare, revert: a voice of one's own, trained, and its versions."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from studio.engine import Json, Train
from studio.errors import NeedsFounder
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas, voices
from workers.cli.voice import NAME, app
from workers.comparing import best_of
from workers.comparing import compare as compared
from workers.corpus import Corpus
from workers.training import ENGINE, Training, made_on

console = Console(highlight=False)


class Device(StrEnum):
    """Where to train."""

    AUTO = "auto"
    CUDA = "cuda"
    CPU = "cpu"


LANGUAGE = typer.Option(help="of the recordings: en, de, ar, …")


def _open(settings: Settings) -> tuple[Store, MediaStore]:
    store = Store(settings.database)
    store.migrate()
    return store, MediaStore(settings.home / "media")


@app.command()
def train(
    name: Annotated[str, NAME],
    steps: Annotated[int, typer.Option(min=1, help="at most so many steps")] = Train().steps,
    language: Annotated[str, LANGUAGE] = "en",
    device: Annotated[Device, typer.Option(help="a CPU takes days for the real weights")] = Device.AUTO,
    resume: Annotated[bool, typer.Option(help="go on where an unfinished training stopped")] = True,
) -> None:
    """Train a persona's own voice (XTTSv2) on its samples; needs its consent and the licence accepted.

    Ctrl-C or a crash loses nothing but the last few steps: the same command goes on.
    """
    settings = Settings()
    store, media = _open(settings)
    asked = Train(steps=steps, device="" if device is Device.AUTO else str(device))
    training = Training(settings, store, media, Corpus(media))
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("preparing clips", total=steps)

        def now(at: Json) -> None:
            bar.update(task, completed=at["step"], description=_told(at))

        version = asyncio.run(training.train(name, language, asked, resume, bar.console.print, now))
    facts = version.facts
    why = "the held-out lines had stopped improving" if facts["early"] else "all steps are done"
    console.print(
        f"[green]✓[/] Version {version.number} of {name}'s voice is in use: {facts['steps']} steps ({why}), held-out "
        f"loss {facts['before']:.3f} → {facts['best']:.3f} at step {facts['best_step']}. "
        f"`aiclone voice revert {name} {version.number - 1}` goes back."
    )


def _told(at: Json) -> str:
    minutes = at["seconds_left"] / 60
    return (
        f"step {at['step']}/{at['steps']}, loss {at['loss']:.3f}, held out {at['held_out']:.3f} "
        f"(best {at['best']:.3f}), {minutes:.0f} min left"
    )


@app.command()
def versions(name: Annotated[str, NAME]) -> None:
    """Every trained version of a persona's voice, and which is in use."""
    store, _ = _open(Settings())
    with store.read() as connection:
        persona = personas.named(connection, name)
        found = voices.of(connection, persona.id, ENGINE)
    used = persona.voices.get(ENGINE, "")
    table = Table("version", "in use", "made", "speech", "steps", "held-out loss", "weights")
    table.add_row("0", "" if used else "yes", "", "", "", "", "the base, untrained")
    for each in found:
        facts = each.facts
        loss = f"{facts['before']:.3f} → {facts['best']:.3f}"
        speech = f"{facts['speech_s']:.0f} s, {len(facts['samples'])} recording(s)"
        in_use = "yes" if each.sha256 == used else ""
        table.add_row(
            str(each.number), in_use, made_on(each), speech, str(facts["steps"]), loss, each.sha256[:12]
        )
    console.print(table)


@app.command()
def compare(
    name: Annotated[str, NAME],
    one: Annotated[int, typer.Argument(help="a version; 0 is the base")],
    other: Annotated[int, typer.Argument(help="another")],
    text: Annotated[list[str], typer.Option(help="a line; may be given several times")],
    language: Annotated[str, LANGUAGE] = "en",
) -> None:
    """The same lines by two versions, as files to listen to, with what was measured."""
    if one == other:
        raise NeedsFounder("Name two different versions.")
    settings = Settings()
    store, media = _open(settings)
    with console.status("speaking…"):
        found = asyncio.run(compared(settings, store, media, name, (one, other), text, language))
    with store.read() as connection:
        persona = personas.named(connection, name)
    for each in found:
        console.print(
            f"version {each.version}: WER {each.wer:.0%}, likeness {each.likeness:.3f} "
            f"(their own: {each.usual:.3f} ± {each.spread:.3f}); {'; '.join(each.faults) or 'no fault measured'}\n"
            f"  {each.path}",
            markup=False,
            soft_wrap=True,
        )
    console.print(best_of(persona, found))


@app.command()
def revert(
    name: Annotated[str, NAME],
    number: Annotated[int, typer.Argument(help="the version to use; 0 is the base")],
) -> None:
    """Use another version from the next render on; videos that were shown or approved do not change."""
    store, _ = _open(Settings())
    with store.write() as connection:
        persona = personas.named(connection, name)
        voices.use(connection, persona, ENGINE, number)
    said = f"version {number} of the trained voice" if number else "XTTSv2's own weights"
    console.print(f"{persona.name} speaks with {said} from the next render with xtts on.")
