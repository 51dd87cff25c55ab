"""aiclone make: a script in, a delivered file out, along the same path as a conversation."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import uuid
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import RowMapping

from studio.domain import ProductionId, Status
from studio.errors import NeedsFounder, StudioError
from studio.messages import PREVIEW, SCRIPT
from studio.progress import measure
from studio.queue import LOOK, Bell
from studio.settings import Settings
from studio.store import Store, inbox, outbox, productions, takes
from studio.store.inbox import Inbound
from workers.setup import prepare
from workers.supervisor import Stack, stack_is_up

app = typer.Typer()
console = Console(stderr=True)
PERSON = "cli:make"
QUIET_S = 0.2


@app.command()
def make(
    out: Annotated[Path, typer.Option(help="where the MP4 goes")],
    script: Annotated[Path | None, typer.Option(help="a finished script, spoken verbatim")] = None,
    brief: Annotated[str, typer.Option(help="or a brief, as you would write it in the chat")] = "",
    persona: Annotated[str, typer.Option(help="whose likeness; the first one when left out")] = "",
    recipe: Annotated[str, typer.Option(help="engines: laptop (Kokoro) or quick (Piper)")] = "",
    profile: Annotated[str, typer.Option(help="social, square, wide, whatsapp or draft")] = "",
    background: Annotated[str, typer.Option(help="office, studio, gradient, night, jet, villa")] = "",
    captions: Annotated[str, typer.Option(help="highlight, plain or off")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="approve script and cut unseen")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="timings, costs and report on stdout")] = False,
) -> None:
    """Make one video without a conversation; --yes is your approval of script and cut."""
    settings = Settings()
    text = script.read_text("utf-8") if script is not None else brief
    options = {"persona": persona, "recipe": recipe, "profile": profile, "verbatim": script is not None}
    options |= {"background": background, "captions": captions}
    if not yes:
        raise NeedsFounder("`aiclone make` asks nobody: say --yes to approve, or use `aiclone chat`.")
    prepare(settings, console)
    with ExitStack() as stack:
        if not stack_is_up(settings):
            stack.enter_context(Stack(settings, quiet=True))
        result = asyncio.run(_Making(settings, text, options).run())
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(result["delivered"], out)
    result["out"] = str(out)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        console.print(
            f"[green]✓[/] {out}  ({result['seconds']:.1f} s, made in {result['wall_s']['total']:.1f} s)"
        )


class _Making:
    """One production from brief to delivery, with every question answered by yes."""

    def __init__(self, settings: Settings, text: str, options: dict[str, Any]) -> None:
        self.settings, self.text, self.options = settings, text, options
        self.store = Store(settings.database)
        self.conversation = f"term:{uuid.uuid4().hex}"
        self.marks: dict[str, float] = {}

    async def run(self) -> dict[str, Any]:
        self.bell = await Bell.connect(self.settings.redis_url)
        start = time.monotonic()
        await self.put("text", {"text": self.text, "options": self.options})
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
        ) as bar:
            task = bar.add_task("drafting", total=1.0)
            while not await self.step(start):
                measured = await self.progress()
                bar.update(task, completed=measured[0], description=measured[1] or "working")
                await asyncio.sleep(QUIET_S)
            bar.update(task, completed=1.0, description="delivered")
        await self.bell.close()
        return self.result(time.monotonic() - start)

    async def put(self, kind: str, body: dict[str, Any]) -> None:
        event = Inbound("cli", uuid.uuid4().hex, self.conversation, PERSON, kind, body)
        with self.store.write() as connection:
            inbox.append(connection, event)
        await self.bell.poke(LOOK)

    async def step(self, start: float) -> bool:
        """Answer what is asked; True when the video is delivered, an error when it cannot be."""
        with self.store.read() as connection:
            rows = outbox.of_conversation(connection, self.conversation)
            production = self.production(connection)
        for row in rows:
            if row["key"] in self.marks:
                continue
            self.marks[row["key"]] = time.monotonic() - start
            if row["kind"] in (SCRIPT, PREVIEW):
                self.marks[row["kind"]] = time.monotonic() - start
                await self.put("decision", {"subject": row["body"]["subject"], "decision": "approve"})
            elif row["key"].startswith(("inbox:", "trouble:", "failed:", "consent:", "bug:")):
                await self.refuse(row, production)
        return production is not None and production["status"] == Status.DELIVERED

    async def refuse(self, row: RowMapping, production: RowMapping | None) -> None:
        if "next engine" in row["body"]["text"]:
            console.print(row["body"]["text"])
            return
        if production is not None:
            await self.put("text", {"text": "cancel"})
        raise StudioError(row["body"]["text"])

    def production(self, connection: Any) -> RowMapping | None:
        return next(
            (row for row in productions.latest(connection) if row["conversation"] == self.conversation),
            None,
        )

    async def progress(self) -> tuple[float, str]:
        with self.store.read() as connection:
            production = self.production(connection)
            rows = takes.of_production(connection, production["id"]) if production else []
        running = [row["id"] for row in rows if row["state"] == "ordered"]
        measured = measure(rows, await self.bell.progress(running))
        return measured.fraction, measured.doing

    def result(self, total: float) -> dict[str, Any]:
        with self.store.read() as connection:
            production = self.production(connection)
            assert production is not None
            production_id = ProductionId(production["id"])
            rows = takes.of_production(connection, production_id)
            cut = productions.cut_row(connection, production_id)
            delivered = next(
                row
                for row in outbox.of_conversation(connection, self.conversation)
                if row["kind"] == "delivered"
            )
            usd = productions.spent(connection, production_id)
        assert cut is not None
        facts = next(row["facts"] for row in rows if row["id"] == cut["take_id"])
        shown, seen = self.marks[SCRIPT], self.marks[PREVIEW]
        return {
            "production": production_id,
            "delivered": delivered["body"]["path"],
            "sha256": cut["artifact"],
            "seconds": facts["seconds"],
            "wall_s": {"draft": shown, "render": seen - shown, "total": total},
            "cpu_s": cpu_by_engine(rows),
            "takes": {"all": len(rows), "reused": sum(row["reused"] for row in rows)},
            "usd": usd,
            "report": cut["report"],
        }


def cpu_by_engine(rows: list[RowMapping]) -> dict[str, float]:
    """CPU seconds of the takes rendered for a production, by engine, reused ones excluded."""
    spent: dict[str, float] = defaultdict(float)
    for row in rows:
        if not row["reused"] and row["cost"]:
            spent[row["engine"]] += row["cost"]["cpu_s"]
    return {engine: round(seconds, 2) for engine, seconds in spent.items()}
