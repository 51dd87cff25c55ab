"""aiclone whatsapp: is the number set up, and what is the next step; who may write to it."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

import typer
from rich.console import Console

from bot.whatsapp.names import Namer, person_of
from studio.errors import NeedsFounder
from studio.settings import Settings
from studio.store import Store, personas, whatsapp
from workers.steps import show
from workers.whatsapp_setup import examine, hand_in_template

app = typer.Typer(help="WhatsApp: set it up, see what is missing, let people in.", no_args_is_help=True)
console = Console(highlight=False)
Number = Annotated[str, typer.Argument(help="a phone number with its country, or a WhatsApp user id (US.…)")]
Name = Annotated[
    str, typer.Option("--persona", help="whose videos; may be left out when there is one persona")
]


@app.command()
def setup(
    template: Annotated[bool, typer.Option("--template", help="hand in the template for review")] = False,
) -> None:
    """Check token, number, webhook, templates and who may approve; say the next step. Status 1 when one is left."""
    settings = Settings()
    if template:
        console.print(asyncio.run(hand_in_template(settings)))
    if show(asyncio.run(examine(settings))):
        raise typer.Exit(1)


@app.command()
def allow(number: Number, persona: Name = "") -> None:
    """Let a number write to the studio and approve videos of a persona."""
    person, name, new = _change(number, persona, allowed=True)
    console.print(f"{person} may approve videos of {name}{'' if new else ' (as before)'}.")


@app.command()
def disallow(number: Number, persona: Name = "") -> None:
    """Take that back."""
    person, name, gone = _change(number, persona, allowed=False)
    if not gone:
        raise NeedsFounder(f"That number was not named for {name}.")
    console.print(f"{person} may no longer approve videos of {name}.")


def _change(number: str, name: str, allowed: bool) -> tuple[str, str, bool]:
    settings = Settings()
    phone, bsuid = known_by(number)
    store, namer = Store(settings.database), Namer(settings.home)
    store.migrate()
    with store.write() as connection:
        persona = personas.named(connection, name)
        person = person_of(str(whatsapp.contact_of(connection, phone, bsuid, namer)["id"]))
        change = personas.allow if allowed else personas.disallow
        changed = change(connection, persona, person)
    store.close()
    return person, persona.name, changed


def known_by(number: str) -> tuple[str, str]:
    """(phone in digits, business-scoped user id), one of them empty; raises NeedsFounder."""
    if re.fullmatch(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", number):
        return "", number
    digits = re.sub(r"[\s().-]", "", number).removeprefix("+").removeprefix("00")
    if not re.fullmatch(r"[1-9][0-9]{6,14}", digits):
        raise NeedsFounder("Write the number with its country, for example +49 151 1234567.")
    return digits, ""
