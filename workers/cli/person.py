"""`aiclone person`: addresses that are one person, and erasing one on request."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.words import ago
from studio.domain import ProductionId
from studio.errors import NeedsFounder
from studio.settings import Settings
from studio.store import Store, erasing, people, productions, whatsapp
from workers.cli.mending import agree, tell
from workers.cli.production import open_facts
from workers.cli.whatsapp import known_by

app = typer.Typer(help="People: which addresses are one person, and erasing one.", no_args_is_help=True)
console = Console(highlight=False)


@app.command("list")
def list_() -> None:
    """Every linked address; those of one person stand beside each other."""
    store = open_facts(Settings())
    with store.read() as connection:
        rows = people.links(connection)
    store.close()
    if not rows:
        console.print("Nobody has linked anything. Writing “link” to AIClone in a channel gives a code.")
        return
    table = Table("person", "address", "linked", "copies", box=None, pad_edge=False)
    for row in rows:
        linked = ago(time.time() - row["linked_at"])
        table.add_row(row["person_id"][:8], row["address"], linked, "muted" if row["muted"] else "on")
    console.print(table)


@app.command()
def erase(
    address: Annotated[str, typer.Argument(help="such as “+49 151 2345678” or slack:T012ABC:U345DEF")],
    cancel: Annotated[bool, typer.Option("--cancel", help="cancel their open videos first")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Erase an address: links and codes go, records of ended videos keep a made-up name. Prints a receipt."""
    settings = Settings()
    store = open_facts(settings)
    address = _address(store, address)
    agree(f"{address} is erased for good, and may no longer approve anything. Erase it?", yes)
    with store.read() as connection:
        still_open = productions.open_of(connection, [address] if cancel else [])
    for row in still_open:
        tell(settings, store, ProductionId(row["id"]), "cancel")
    with store.write() as connection:
        receipt = erasing.erase(connection, address)
    store.close()
    if not any((*receipt.removed.values(), *receipt.changed.values(), receipt.linked, receipt.kept)):
        raise NeedsFounder(f"Nothing is known of {address}.")
    console.print(f"[green]✓[/] {address} is erased; records of it are now of {receipt.pseudonym}.")
    if receipt.linked:
        console.print(f"  was linked with {', '.join(receipt.linked)}, which stay as they are")
    for what, rows in (("removed", receipt.removed), ("renamed", receipt.changed)):
        for name, count in rows.items():
            if count:
                console.print(f"  {what}: {count} in {name}")
    if receipt.kept:
        console.print(
            f"  {receipt.kept} rows belong to open videos of others: erase once more when they ended"
        )


def _address(store: Store, given: str) -> str:
    """A phone number is known by its contact; every other address is as it is given."""
    number = given.removeprefix(whatsapp.PREFIX)
    if not re.fullmatch(r"\+?[0-9 ().-]{7,}|[A-Z]{2}\..+", number):
        return given
    with store.read() as connection:
        contact = whatsapp.known(connection, *known_by(number))
    if not contact and given != number:
        return given
    if not contact:
        raise NeedsFounder("Nobody with that number has written to this studio.")
    return f"{whatsapp.PREFIX}{contact}"
