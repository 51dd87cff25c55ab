"""`aiclone retry` and `aiclone cancel`: an operator's wishes, facts like a founder's and read by the agent."""

from __future__ import annotations

import asyncio
import getpass
import time
import uuid
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy import select

from bot.doorbell import Doorbell
from studio.domain import ProductionId, Status
from studio.errors import NeedsFounder
from studio.settings import Settings
from studio.store import Store, inbox, productions, watch
from studio.store.schema import inbox as inbox_table
from workers.cli.production import IDENTITY, identify, open_facts

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)
SOURCE, WAIT_S = "cli", 8.0


@app.command()
def retry(
    identity: Annotated[str, IDENTITY],
    yes: Annotated[
        bool, typer.Option("--yes", help="do not ask before sending again what may have arrived")
    ] = False,
) -> None:
    """Order a production's failed takes again, and send again what failed or may not have arrived."""
    settings = Settings()
    store = open_facts(settings)
    with store.read() as connection:
        production_id = identify(connection, identity)
        failed, parked = (
            each(connection, production_id) for each in (watch.failed_takes, watch.parked_messages)
        )
    if not failed and not parked:
        console.print(
            f"{production_id}: nothing failed and nothing is unknown; there is nothing to try again."
        )
        return
    for take in failed:
        console.print(
            f"orders {take['role']} by {take['engine']} again ({escape(take['say'] or take['reason'])})"
        )
    for row in parked:
        console.print(
            f"sends again: {row['kind']} {row['key']}, {row['state']} ({escape(row['ref'] or '?')})"
        )
    if any(row["state"] == "unknown" for row in parked):
        say = "What is unknown may have arrived already; then it arrives twice. Look there first. Send it again?"
        _agree(say, yes)
    _tell(settings, store, production_id, "retry")


@app.command()
def cancel(
    identity: Annotated[str, IDENTITY],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Cancel a production, as its founder could; one whose cut is approved is not stopped any more."""
    settings = Settings()
    store = open_facts(settings)
    with store.read() as connection:
        production_id = identify(connection, identity)
        row = productions.get(connection, production_id)
    if row["status"] in productions.ENDED:
        raise NeedsFounder(f"{production_id} is {row['status']} already.")
    _agree(f"{production_id} is at {row['status']}. Nothing of it will be delivered. Cancel it?", yes)
    _tell(settings, store, production_id, "cancel")


def _agree(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question):
        raise NeedsFounder("Nothing was changed.")


def _tell(settings: Settings, store: Store, production_id: ProductionId, do: str) -> None:
    event_id = uuid.uuid4().hex
    body = {"do": do, "production": production_id}
    event = inbox.Inbound(SOURCE, event_id, "operator", f"cli:{getpass.getuser()}", "operator", body)
    with store.write() as connection:
        inbox.append(connection, event)
    asyncio.run(_ring(settings))
    wanted = productions.ENDED if do == "cancel" else tuple(Status)
    until = time.monotonic() + WAIT_S
    while (seen := _look(store, event_id, production_id))[1] not in wanted or not seen[0]:
        if time.monotonic() >= until:
            break
        time.sleep(0.1)
    handled, status = seen
    store.close()
    if handled:
        console.print(f"[green]✓[/] {do}: the agent took it; {production_id} is at {status}.")
    else:
        console.print(f"{do} is recorded; it happens as soon as the agent runs (`aiclone run`).")


def _look(store: Store, event_id: str, production_id: ProductionId) -> tuple[bool, Status]:
    handled = select(inbox_table.c.handled_at).where(
        inbox_table.c.source == SOURCE, inbox_table.c.event_id == event_id
    )
    with store.read() as connection:
        status = Status(productions.get(connection, production_id)["status"])
        return connection.execute(handled).scalar() is not None, status


async def _ring(settings: Settings) -> None:
    doorbell = Doorbell(settings.redis_url)
    await doorbell.ring()
    await doorbell.close()
