"""aiclone persona: add, list, show, remove; allow and disallow who may approve."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import select

from studio.errors import NeedsFounder
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from studio.store.personas import Persona
from studio.store.schema import consents
from workers import onboarding, vendor_voices
from workers.cli.voice import delete_now

app = typer.Typer(help="The likenesses that may speak, each with its consent.", no_args_is_help=True)
console = Console()
PERSON = r"(slack|whatsapp):\S+"


def _open(settings: Settings) -> tuple[Store, MediaStore]:
    store = Store(settings.database)
    store.migrate()
    return store, MediaStore(settings.home / "media")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="what you call the persona in briefs")],
    photo: Annotated[list[Path], typer.Option(help="a frontal photo; may be given several times")],
    voice: Annotated[list[Path], typer.Option(help="a clean recording of 3 s to 10 min; may be repeated")],
    consent: Annotated[Path, typer.Option(help="the founder's recorded or signed consent")],
    founder: Annotated[str, typer.Option(help="the founder's full name; NAME when left out")] = "",
    tone: Annotated[
        list[str] | None,
        typer.Option(metavar="TONE=FILE", help="a recording spoken in that tone, such as soft=quiet.wav"),
    ] = None,
) -> None:
    """Check photos and samples, store the consent with its hash, make the persona."""
    settings = Settings()
    store, media = _open(settings)
    onboard = onboarding.Onboarding(settings, store, media)
    tones = _tones(tone or [])
    with console.status("checking photos and recordings…"):
        told: list[str] = []
        adding = onboard.add(name, founder or name, photo, [*voice, *tones], consent, told.append, tones)
        persona = asyncio.run(adding)
    console.print(f"[green]✓[/] {persona.name}: {len(persona.portraits)} portrait(s), consent on file.")
    for sentence in told:
        console.print(f"  {sentence}", markup=False)
    console.print(
        f"  Until a cloning engine is set up, {persona.name} speaks with the stock voice "
        f"“{persona.voices['kokoro']}”, chosen by pitch; it is not a clone."
    )


def _tones(given: list[str]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for file, tone in map(_toned, given):
        if found.setdefault(file, tone) != tone:
            raise NeedsFounder(f"{file} is given as {found[file]} and as {tone}; a recording has one tone.")
    return found


def _toned(given: str) -> tuple[Path, str]:
    tone, _, file = given.partition("=")
    if not file:
        raise NeedsFounder(f"“{given}” names no tone and file; write it as soft=quiet.wav.")
    return Path(file), tone


@app.command("list")
def list_() -> None:
    """Every persona in use."""
    store, _ = _open(Settings())
    table = Table("persona", "founder", "portraits", "voice (stock)", "consent")
    with store.read() as connection:
        for persona in personas.all_of(connection):
            table.add_row(
                persona.name,
                persona.founder,
                ", ".join(persona.portraits),
                persona.voices.get("kokoro", "–"),
                _consent(store, persona),
            )
    console.print(table)


@app.command()
def show(name: str, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """One persona with its consent record."""
    store, media = _open(Settings())
    with store.read() as connection:
        persona = personas.named(connection, name)
        approvers = personas.approvers_of(connection, persona.id)
        row = (
            connection.execute(select(consents).where(consents.c.persona_id == persona.id)).mappings().first()
        )
    portraits = {each: str(media.fetch(sha)) for each, sha in persona.portraits.items()}
    facts = {
        "name": persona.name,
        "founder": persona.founder,
        "portraits": portraits,
        "voices": persona.voices,
        "samples": [{"tone": clip.label} | clip.facts for clip in persona.clips] or len(persona.samples),
        "lexicon": persona.lexicon,
        "approvers": approvers,
        "consent": dict(row) if row is not None else None,
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2, default=str))
        return
    table = Table.grid("", Column(overflow="fold"), padding=(0, 2))
    for label, value in _told(persona, portraits, approvers, _consent(store, persona)):
        table.add_row(label, value)
    console.print(table)


def _told(
    persona: Persona, portraits: dict[str, str], approvers: list[str], consent: str
) -> Iterator[tuple[str, str]]:
    """What is known of a persona, a label and a value a line."""
    yield persona.name, persona.founder
    for name, path in portraits.items():
        yield f"portrait {name}", path
    for clip in persona.clips:
        facts = clip.facts
        heard = f"{facts['speech_s']:.0f} s of speech, noise {facts['snr_db']:.0f} dB under it"
        yield f"recording {clip.label}".strip(), f"{heard}, music {facts['music']:.0%}"
    if not persona.clips:
        yield "recordings", str(len(persona.samples))
    for engine, voice in persona.voices.items():
        yield f"voice of {engine}", voice
    for word, spoken in persona.lexicon.items():
        yield f"say {word}", spoken
    yield "may approve", ", ".join(["whoever uses this machine", *approvers])
    yield "consent", consent


@app.command()
def remove(name: str, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Revoke the consent, stop renders, erase portraits and samples."""
    if not yes:
        typer.confirm(f"Erase {name}'s portraits and samples and revoke the consent?", abort=True)
    settings = Settings()
    store, media = _open(settings)
    persona = onboarding.remove(store, media, name, settings.cache / "weights")
    console.print(f"{persona.name} is removed: consent revoked, portraits and samples erased.")
    if vendor_voices.waiting(media):
        delete_now(settings, media)


@app.command()
def allow(
    name: Annotated[str, typer.Argument(help="the persona")],
    person: Annotated[str, typer.Argument(help="who may approve, such as slack:T012ABC:U345DEF")],
) -> None:
    """Name somebody who may approve this persona's videos from a chat service."""
    if not re.fullmatch(PERSON, person):
        raise NeedsFounder("Name people as slack:<team id>:<member id>, for example slack:T012ABC:U345DEF.")
    store, _ = _open(Settings())
    with store.write() as connection:
        persona = personas.named(connection, name)
        new = personas.allow(connection, persona, person)
    console.print(f"{person} may approve videos of {persona.name}{'' if new else ' (as before)'}.")


@app.command()
def say(
    name: Annotated[str, typer.Argument(help="the persona")],
    word: Annotated[str, typer.Argument(help="the word as it is written")],
    like: Annotated[str, typer.Argument(help='a respelling such as "ka-DAR"; "" forgets the word')] = "",
) -> None:
    """Teach the persona how a name or term is said, in this and all later videos."""
    store, _ = _open(Settings())
    with store.write() as connection:
        persona = personas.named(connection, name)
        personas.teach(connection, persona, word, like)
    console.print(f"{persona.name} says “{word}” {f'as {like}' if like else 'as it is written'}.")


@app.command()
def disallow(
    name: Annotated[str, typer.Argument(help="the persona")],
    person: Annotated[str, typer.Argument(help="who may no longer approve")],
) -> None:
    """Take that back."""
    store, _ = _open(Settings())
    with store.write() as connection:
        persona = personas.named(connection, name)
        gone = personas.disallow(connection, persona, person)
    if not gone:
        raise NeedsFounder(f"{person} was not named for {persona.name}.")
    console.print(f"{person} may no longer approve videos of {persona.name}.")


def _consent(store: Store, persona: Persona) -> str:
    from studio.errors import ConsentMissing

    try:
        with store.read() as connection:
            row = personas.require_consent(connection, persona)
    except ConsentMissing as missing:
        return missing.say
    return "exempt (sample)" if row["exemption"] else f"sha256 {row['sha256'][:12]}"
