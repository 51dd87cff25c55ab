"""aiclone voice: clone a persona's voice at a service, name one that is there, take it away."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from studio.errors import StudioError
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from workers import vendor_voices
from workers.cloning import Cloning

app = typer.Typer(help="Voices: cloned by a service, or trained here, in versions.", no_args_is_help=True)
console = Console(highlight=False)


class Service(StrEnum):
    """Engines that clone by a service."""

    ELEVENLABS = "elevenlabs"


NAME = typer.Argument(help="the persona")
ENGINE = typer.Option(help="the service")


def _open(settings: Settings) -> Cloning:
    store = Store(settings.database)
    store.migrate()
    return Cloning(settings, store, MediaStore(settings.home / "media"))


@app.command()
def clone(name: Annotated[str, NAME], engine: Annotated[Service, ENGINE] = Service.ELEVENLABS) -> None:
    """Send a persona's voice samples to the service and have its voice cloned; needs its consent."""
    with console.status("cloning…"):
        voice = _open(Settings()).clone(name)
    console.print(f"[green]✓[/] {name} has a voice at {engine}: {voice}. Use it with the recipe “{engine}”.")


@app.command()
def use(
    name: Annotated[str, NAME],
    voice_id: Annotated[str, typer.Argument(help="the voice's id at the service")],
    engine: Annotated[Service, ENGINE] = Service.ELEVENLABS,
) -> None:
    """Name a voice that is at the service already, such as a professional clone; it is never deleted there."""
    persona = _open(Settings()).use(name, voice_id)
    console.print(f"{persona.name} speaks with the voice {voice_id} of {engine}.")


@app.command()
def forget(
    name: Annotated[str, NAME],
    engine: Annotated[Service, ENGINE] = Service.ELEVENLABS,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Take a persona's voice away, and delete it at the service with everything it spoke."""
    if not yes:
        typer.confirm(f"Delete {name}'s voice at {engine} for good?", abort=True)
    settings = Settings()
    cloning = _open(settings)
    asked = cloning.forget(name)
    console.print(f"{name} has no voice at {engine} any more.")
    if asked:
        delete_now(settings, cloning.media)


def delete_now(settings: Settings, media: MediaStore) -> None:
    """Delete at the service what is to be forgotten, and say how that went."""
    try:
        vendor_voices.forget_waiting(settings, media)
    except StudioError as trouble:
        console.print(
            f"[yellow]The voice at ElevenLabs is still there:[/] {trouble.say} "
            "A media worker with the key tries again until it is deleted."
        )
        return
    console.print("The voice at ElevenLabs is deleted, with everything it spoke.")
