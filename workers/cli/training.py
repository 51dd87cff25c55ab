"""aiclone voice train, stop, versions, compare, revert: a voice of one's own, trained, and its versions."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from studio.domain import TakeId
from studio.engine import Json, Train
from studio.errors import NeedsFounder
from studio.health import Health
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas, takes, voices
from studio.store.voices import Version
from workers.cli.voice import NAME, app
from workers.comparing import best_of
from workers.comparing import compare as compared
from workers.corpus import Corpus
from workers.supervisor import Stack, stack_is_up
from workers.training import ENGINE, ON_CPU, ON_GPU, Training, made_on

console = Console(highlight=False)


class Device(StrEnum):
    """Where to train."""

    GPU = "gpu"
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
    device: Annotated[Device, typer.Option(help="a CPU takes days for the real weights")] = Device.GPU,
) -> None:
    """Train a persona's own voice (XTTSv2) on its samples; needs its consent and the licence accepted.

    A media worker does it. Ctrl-C leaves it running; the same command watches it again, and goes on with one that
    was stopped.
    """
    settings = Settings()
    store, media = _open(settings)
    training = Training(settings, store, media, Corpus(media))
    trainer = ON_CPU if device is Device.CPU else ON_GPU
    take_id = asyncio.run(training.order(name, language, Train(steps=steps), trainer, _print))
    with ExitStack() as stack:
        if ours := not (_is_over(store, take_id) or stack_is_up(settings) or _agent_lives(settings, store)):
            console.print(
                "Nothing runs on this home, so everything is started for as long as this command lives."
            )
            stack.enter_context(Stack(settings, quiet=True))
        try:
            version = _watched(training, take_id, steps)
        except KeyboardInterrupt:
            runs = "It rests until `aiclone run`" if ours else "It goes on without this command"
            console.print(
                f"\n{runs}. `aiclone voice train {name}` with the same options watches it, "
                f"`aiclone voice stop {name}` ends it.",
                soft_wrap=True,
            )
            raise typer.Exit(130) from None
    _tell_version(store, name, version)


def _is_over(store: Store, take_id: TakeId) -> bool:
    with store.read() as connection:
        take = takes.find(connection, take_id)
    return take is not None and take["state"] != "ordered"


def _agent_lives(settings: Settings, store: Store) -> bool:
    health = Health(settings, store)
    try:
        return health.process("agent").ok
    finally:
        health.close()


def _watched(training: Training, take_id: TakeId, steps: int) -> Version:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("waits for its turn", total=steps)
        return training.watch(
            take_id, _print, lambda at: bar.update(task, completed=at["step"], description=_told(at))
        )


def _tell_version(store: Store, name: str, version: Version) -> None:
    facts = version.facts
    with store.read() as connection:
        in_use = personas.named(connection, name).voices.get(ENGINE) == version.sha256
    other = version.number - 1 if in_use else version.number
    why = "the held-out lines had stopped improving" if facts["early"] else "all steps are done"
    console.print(
        f"[green]✓[/] Version {version.number} of {name}'s voice is {'in use' if in_use else 'there'}: "
        f"{facts['steps']} steps ({why}), held-out loss {facts['before']:.3f} → {facts['best']:.3f} at step "
        f"{facts['best_step']}. `aiclone voice revert {name} {other}` {'goes back' if in_use else 'uses it'}.",
        soft_wrap=True,
    )


def _told(at: Json) -> str:
    minutes = at["seconds_left"] / 60
    return (
        f"step {at['step']}/{at['steps']}, loss {at['loss']:.3f}, held out {at['held_out']:.3f} "
        f"(best {at['best']:.3f}), {minutes:.0f} min left"
    )


def _print(sentence: str) -> None:
    if sentence:
        console.print(sentence, markup=False, soft_wrap=True)


@app.command()
def stop(name: Annotated[str, NAME]) -> None:
    """Stop the training of a persona's voice; `train` with the same options goes on at its last checkpoint."""
    settings = Settings()
    store, media = _open(settings)
    if not Training(settings, store, media, Corpus(media)).stop(name):
        raise NeedsFounder(f"No training of {name}'s voice is under way.")
    console.print(
        f"The training of {name}'s voice is stopped; the same `aiclone voice train` goes on with it."
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
