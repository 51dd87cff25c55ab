"""Scripts, previews and reports as rich draws them; all words are plain text, never markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot import words
from bot.talk import Message
from studio.messages import DELIVERED, PREVIEW, SCRIPT

Body = Mapping[str, Any]
STYLE = {"red": "bold red", "amber": "yellow", "green": "green"}
MARK = {"red": "✕", "amber": "!", "green": "✓"}


def script_card(body: Body) -> RenderableType:
    """The lines with tone and framing, then the quote, then what can be answered."""
    lines = Table(box=None, show_header=False, padding=(0, 1), expand=True)
    lines.add_column(justify="right", style="dim", width=3)
    lines.add_column(ratio=1)
    lines.add_column(style="cyan", no_wrap=True)
    for line in body["lines"]:
        lines.add_row(str(line["number"]), Text(line["text"]), Text(f"{line['tone']} · {line['framing']}"))
    note = [Text(body["note"], style="italic"), Text()] if body["note"] else []
    title = Text(f"{body['title'] or 'Script'} · version {body['version']}", style="bold")
    answers = Text("Say yes to render it, or what to change.", style="dim")
    return _panel(title, *note, lines, Text(), quote(body), answers)


def quote(body: Body) -> Text:
    """Length, time and cost, then how it will look."""
    parts = [
        f"about {words.duration(body['speech_s'])} long",
        f"ready in about {words.roughly(body['render_s'])}",
        words.money(body["usd"]),
    ]
    parts += [str(body[name]) for name in ("persona", "profile", "background") if body.get(name)]
    parts += [f"captions: {body['captions']}"] if body.get("captions") else []
    parts += [str(body["delivery"])] if body.get("delivery") else []
    return Text(" · ".join(parts))


def report_table(report: list[Body]) -> RenderableType:
    """Red and amber items in full, green ones in one line."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(width=1)
    table.add_column(ratio=1)
    table.add_column(style="dim", no_wrap=True)
    for item in words.worst_first(report):
        if item["state"] != "green":
            style = STYLE.get(item["state"], "")
            mark = Text(MARK.get(item["state"], "!"), style=style)
            table.add_row(mark, Text(item["sentence"], style=style), words.measured(item))
    fine = [item["name"] for item in report if item["state"] == "green"]
    if fine:
        count = "1 check" if len(fine) == 1 else f"{len(fine)} checks"
        table.add_row(Text("✓", style="green"), Text(f"{count} passed: {', '.join(fine)}"), "")
    return table


def preview_card(body: Body) -> RenderableType:
    """What changed, what the checks found, what it took."""
    changed = [Text(f"→ {one}") for one in words.sentences(body.get("changed"))]
    made = f"{body['rendered']} takes rendered, {body['reused']} reused"
    facts = f"{made} · {words.duration(body['render_s'])} · {words.money(body['usd'])}"
    title = Text(f"Preview · version {body['version']} · {words.duration(body['seconds'])}", style="bold")
    answers = Text("Say yes to deliver it, or what to change.", style="dim")
    changed += [Text()] if changed else []
    report = report_table(body["report"])
    delivery = [Text(str(body["delivery"]))] if body.get("delivery") else []
    return _panel(title, *changed, report, Text(), Text(facts, "dim"), *delivery, answers)


def delivered_card(body: Body) -> RenderableType:
    """That the file is handed over."""
    return _panel(Text("Delivered", style="bold green"), Text(body["text"]))


def brief_line(message: Message) -> Text:
    """One message of the history in one line."""
    if message.kind == "decision":
        return Text(words.decision(message.body), style="dim")
    if message.kind in (SCRIPT, PREVIEW):
        return Text(f"[{message.kind}, version {message.body['version']}. {message.closed}]", style="dim")
    said = message.body.get("text", "")
    said = (message.body["path"] or said) if message.kind == DELIVERED else said
    return Text(("you › " if message.mine else "") + str(said), style="dim")


def _panel(title: Text, *inside: RenderableType) -> Panel:
    return Panel(Group(*inside), title=title, title_align="left", box=box.ROUNDED, padding=(1, 2))
