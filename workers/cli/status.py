"""`aiclone status`: what is alive, what is being rendered, what waits for a person, what is stuck."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.words import duration
from studio.settings import Settings
from workers.cli.production import open_facts
from workers.overview import Overview, look_round

app = typer.Typer()
UNKNOWN = "nobody knows whether it arrived"
SHOWN, BAR = 12, 24


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False) -> None:
    """One screen: processes, queues, what renders, what waits for whom; exit status 1 when not ready."""
    settings = Settings()
    store = open_facts(settings)
    found = look_round(settings, store)
    store.close()
    if as_json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _show(Console(highlight=False), found)
    if not all(check.ok for check in found.checks):
        raise typer.Exit(1)


def _show(console: Console, found: Overview) -> None:
    for check in found.checks:
        mark = "[green]ok[/]     " if check.ok else "[red]missing[/]"
        step = f" [bold]→ {escape(check.mend)}[/]" if check.mend else ""
        console.print(f"{mark} {check.name:<9}{escape(check.says)}{step}", soft_wrap=True)
    if found.processes:
        console.print(_processes(found))
    queued = ", ".join(f"{name} {count}" for name, count in found.queues.items()) or "unknown"
    known = ", ".join(f"{count} {status}" for status, count in found.productions.items()) or "none"
    console.print(f"\n[bold]jobs[/] {queued}   [bold]productions[/] {known}")
    _rendering(console, found)
    _list(console, "waits for a person", [_person(each) for each in found.people])
    _list(console, "waits for its date", [f"{each['production_id']}  {each['when']}" for each in found.dated])
    _list(console, "did not leave", [_parked(each) for each in found.parked])
    _list(
        console,
        "stuck",
        [f"{escape(each['what'])} [bold]→ {escape(each['next'])}[/]" for each in found.stuck],
    )


def _processes(found: Overview) -> Table:
    table = Table("process", "pid", "host", "up", "memory", box=None, header_style="dim", pad_edge=False)
    for each in found.processes:
        memory = f"{each['memory_mb']} MB" if each["memory_mb"] is not None else ""
        table.add_row(each["role"], str(each["pid"]), each["host"], duration(each["up_s"]), memory)
    if found.stack_pid:
        table.add_row("run", str(found.stack_pid), "here", "", "")
    return table


def _rendering(console: Console, found: Overview) -> None:
    if not found.rendering and not found.waiting_takes:
        return
    console.print(f"\n[bold]renders now[/] ({found.waiting_takes} more takes wait)")
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in found.rendering[:SHOWN]:
        again = f"attempt {each['attempt']}: {each['say'] or ''}" if each["attempt"] > 1 else ""
        words = each["production_id"], escape(each["role"]), each["engine"], _bar(each["fraction"])
        table.add_row(*words, f"{each['fraction']:.0%}", escape(again))
    console.print(table)


def _bar(fraction: float) -> str:
    full = round(fraction * BAR)
    return f"[green]{'█' * full}[/][dim]{'░' * (BAR - full)}[/]"


def _person(each: dict[str, Any]) -> str:
    return f"{each['production_id']}  {each['what']}, for {duration(each['age_s'])}  ({each['conversation']})"


def _parked(each: dict[str, Any]) -> str:
    colour = "red" if each["state"] == "failed" else "yellow"
    words = f"{each['kind']} {escape(each['key'])}, {duration(each['age_s'])} old"
    return f"[{colour}]{each['state']}[/] {words}: {escape(each['ref'] or UNKNOWN)}"


def _list(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"\n[bold]{title}[/]")
    for line in lines[:SHOWN]:
        console.print(f"  {line}", soft_wrap=True)
    if len(lines) > SHOWN:
        console.print(f"  … and {len(lines) - SHOWN} more; `aiclone status --json` has them all")
