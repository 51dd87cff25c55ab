"""`aiclone production`: the videos asked for, and what became of each, fact by fact."""

from __future__ import annotations

import difflib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from bot.words import duration
from studio import dates
from studio.destinations import FOLDER
from studio.domain import ProductionId
from studio.errors import NeedsFounder
from studio.settings import Settings
from studio.store import Store, personas, productions, watch
from workers.chronicle import Event, chronicle, totals

app = typer.Typer(help="Productions: list them, show one from brief to delivery.", no_args_is_help=True)
IDENTITY = typer.Argument(
    metavar="ID", help="its id, or the first letters of it, as `aiclone production list` shows"
)


def open_facts(settings: Settings) -> Store:
    """The store of a home that was used before; raises NeedsFounder where there is none."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NeedsFounder(
            f"Nothing was made in {settings.home.resolve()} yet; `aiclone run` starts AIClone there."
        )
    return Store(settings.database)


def identify(connection: Connection, start: str) -> ProductionId:
    """The one production whose id begins so; raises NeedsFounder, with what may have been meant."""
    found = watch.ids_like(connection, start.strip().lower())
    if len(found) == 1 or start in found:
        return ProductionId(start if start in found else found[0])
    if found:
        raise NeedsFounder(f"“{start}” is the beginning of several productions: {', '.join(found)}.")
    known = [row["id"] for row in productions.latest(connection, 200)]
    near = difflib.get_close_matches(start, known, n=3, cutoff=0.4) or known[:3]
    hint = f" Did you mean {' or '.join(near)}?" if near else " There is none at all so far."
    raise NeedsFounder(f"There is no production “{start}”.{hint} `aiclone production list` lists them.")


@app.command("list")
def list_(
    most: Annotated[int, typer.Option("--most", "-n", help="how many, newest first")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """List productions, newest first."""
    store = open_facts(Settings())
    with store.read() as connection:
        rows = [_row(connection, ProductionId(row["id"])) for row in productions.latest(connection, most)]
    store.close()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(
        "id", "age", "status", "persona", "takes", "CPU-s", "USD", "brief", box=None, pad_edge=False
    )
    for row in rows:
        done, all_ = row["takes"]["done"], sum(row["takes"].values())
        spent = f"{done}/{all_}", f"{row['cpu_s']:.0f}", f"{row['usd']:.2f}"
        age = duration(time.time() - row["created_at"])
        table.add_row(
            row["id"], age, row["status"], escape(row["persona"]), *spent, escape(row["brief"][:60])
        )
    Console(highlight=False).print(table if rows else "No production so far.")


@app.command()
def show(
    identity: Annotated[str, IDENTITY],
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Show one production's facts in the order in which they happened; times count from its brief."""
    store = open_facts(Settings())
    with store.read() as connection:
        production_id = identify(connection, identity)
        row, events = _row(connection, production_id), chronicle(connection, production_id)
    store.close()
    if as_json:
        print(json.dumps({**row, "events": [asdict(each) for each in events]}, indent=2))
    else:
        _show(Console(highlight=False), row, events)


def _row(connection: Connection, production_id: ProductionId) -> dict[str, Any]:
    row = productions.get(connection, production_id)
    names = (
        "id",
        "status",
        "conversation",
        "asked_by",
        "created_at",
        "updated_at",
        "brief",
        "options",
        "due",
        "zone",
    )
    persona = personas.by_id(connection, row["persona_id"]).name
    return {**{name: row[name] for name in names}, "persona": persona, **totals(connection, production_id)}


def _show(console: Console, row: dict[str, Any], events: list[Event]) -> None:
    begun = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(row["created_at"]))
    console.print(f"[bold]{row['id']}[/]  {row['status']}, {escape(row['persona'])}, begun {begun}")
    takes = ", ".join(f"{count} {state}" for state, count in row["takes"].items() if count) or "none"
    spent = f"{row['cpu_s']:.1f} CPU-s, {row['retries']} retries, {row['usd']:.4f} USD"
    console.print(f"takes: {takes} ({row['reused']} reused); {spent}; in {row['conversation']}")
    when = dates.said(row["due"], row["zone"]) if row["due"] else "as soon as it is approved"
    console.print(f"delivery: {escape(when)}, to {escape(row['options'].get('destination') or FOLDER)}\n")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for event in events:
        colour = "" if event.well else "red"
        table.add_row(f"+{event.at:.1f} s", f"[{colour or 'bold'}]{event.what}[/]", escape(event.detail))
    console.print(table)
