"""Block Kit JSON → HTML that looks like Slack, for pictures in the documentation."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = Mapping[str, Any]
EMOJI = {
    "white_check_mark": '<i class="e" style="background:#2eb67d">✓</i>',
    "red_circle": '<i class="e" style="background:#e01e5a"></i>',
    "large_yellow_circle": '<i class="e" style="background:#ecb22e"></i>',
    "large_green_circle": '<i class="e" style="background:#2eb67d"></i>',
    "calendar": '<i class="e" style="background:#1264a3">▦</i>',
    "hourglass_flowing_sand": '<i class="e" style="background:#ecb22e">⏳</i>',
}
NAMES = {"U1": "grace"}
STYLE = """
* { box-sizing: border-box } body { margin: 0; font: 15px/1.46 Lato, "Liberation Sans", Arial, sans-serif;
color: #1d1c1d; background: #fff } .thread { width: 640px; padding: 18px 20px 22px }
.m { display: flex; gap: 10px; margin: 0 0 16px } .a { flex: 36px 0 0; height: 36px; border-radius: 8px;
color: #fff; font-weight: 700; display: grid; place-items: center } .b { flex: 1; min-width: 0 }
.w { font-weight: 900 }
.app { background: #e8e8e8; color: #616061; font-size: 10px; font-weight: 700; padding: 1px 3px;
border-radius: 2px; margin: 0 5px }
.t, .c { color: #616061; font-size: 12px } .c { font-size: 13px; margin: 6px 0 }
h3 { font-size: 18px; line-height: 1.3; margin: 8px 0 6px; font-weight: 900 }
.s { margin: 6px 0; white-space: pre-wrap }
.f { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin: 8px 0; white-space: pre-wrap }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0 } .x { display: flex; gap: 8px; margin: 10px 0 2px }
button { font: 700 13px/1 inherit; font-family: inherit; color: #1d1c1d; background: #fff; border: 1px solid #bbb;
border-radius: 8px; padding: 8px 12px } button.primary { background: #007a5a; border-color: #007a5a; color: #fff }
button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff }
code { font: 12px/1 "DejaVu Sans Mono", monospace;
color: #e01e5a; background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px; padding: 2px 4px }
.u { background: #e8f5fa; color: #1264a3; border-radius: 3px; padding: 0 2px }
a { color: #1264a3; text-decoration: none }
q { display: block; border-left: 4px solid #ddd; padding-left: 10px; margin: 3px 0; quotes: none }
.e { display: inline-grid; place-items: center; width: 15px; height: 15px; border-radius: 50%; color: #fff;
font: 700 10px/1 sans-serif; vertical-align: middle; overflow: hidden }
.v { position: relative; width: 300px; margin: 6px 0 }
.v img { width: 300px; border-radius: 8px; display: block }
.v b { position: absolute; left: 10px; top: 262px;
color: #fff; background: #0009; border-radius: 6px; padding: 5px 9px; font-size: 12px }
.n { color: #616061; font-size: 13px }
.p { display: flex; align-items: center; gap: 9px; border: 1px solid #ddd; border-radius: 10px;
padding: 8px 12px;
margin: 5px 0; color: #616061; font-size: 13px; width: max-content } .modal { width: 520px; padding: 20px 24px }
.modal h2 { font-size: 22px;
margin: 0 0 12px; font-weight: 900 } label { display: block; font-weight: 700; margin: 14px 0 5px }
.i { border: 1px solid #bbb;
border-radius: 4px; padding: 8px 11px; min-height: 38px; white-space: pre-wrap } .i.e0 { color: #868686 }
.o { float: right;
color: #868686 } .foot { display: flex; justify-content: flex-end; gap: 10px; margin-top: 20px } .home { width: 640px;
padding: 8px 28px 20px }
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a thread; `extra` is HTML under it."""

    who: str
    colour: str
    text: str = ""
    blocks: Sequence[Json] = ()
    is_app: bool = False
    at: str = "9:41"
    extra: str = ""


def thread(messages: Sequence[Said]) -> str:
    """A page with a thread."""
    return _page(f'<div class="thread">{"".join(map(_message, messages))}</div>')


def modal(view: Json) -> str:
    """A page with a form."""
    buttons = (
        f"<button>{_plain(view['close'])}</button><button class=primary>{_plain(view['submit'])}</button>"
    )
    inside = "".join(map(block, view["blocks"]))
    title = _plain(view["title"])
    return _page(f'<div class="modal"><h2>{title}</h2>{inside}<div class="foot">{buttons}</div></div>')


def home(view: Json) -> str:
    """A page with the home tab."""
    return _page(f'<div class="home">{"".join(map(block, view["blocks"]))}</div>')


def block(one: Json) -> str:
    """One block as HTML."""
    kind = one["type"]
    if kind == "header":
        return f"<h3>{_plain(one['text'])}</h3>"
    if kind == "divider":
        return "<hr>"
    if kind == "context":
        return "".join(f'<div class="c">{mrkdwn(each["text"])}</div>' for each in one["elements"])
    if kind == "actions":
        return f'<div class="x">{"".join(map(_button, one["elements"]))}</div>'
    if kind == "input":
        return _input(one)
    if "fields" in one:
        cells = "".join("<div>" + mrkdwn(each["text"]) + "</div>" for each in one["fields"])
        return f'<div class="f">{cells}</div>'
    return f'<div class="s">{mrkdwn(one["text"]["text"])}</div>'


def mrkdwn(text: str) -> str:
    """Slack's mark-up as HTML; the text is escaped already, as Slack wants it."""
    shown = re.sub(
        r"<@(\w+)>", lambda found: '<span class="u">@' + NAMES.get(found[1], found[1]) + "</span>", text
    )
    shown = re.sub(r"<!date\^\d+\^\{time\}\|[^>]*>", "9:44 AM", shown)
    shown = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', shown)
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", shown)
    shown = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w_])_([^_\n]+)_(?![\w_])", r'<span class="n">\1</span>', shown)
    shown = re.sub(r"(?m)^>(.*)$\n?", r"<q>\1</q>", shown)
    return re.sub(r":(\w+):", lambda found: EMOJI.get(found[1], found[0]), shown)


def _message(said: Said) -> str:
    app = '<span class="app">APP</span>' if said.is_app else " "
    inside = "".join(map(block, said.blocks))
    if said.text and not said.blocks:
        inside = f'<div class="s">{mrkdwn(said.text)}</div>'
    avatar = f'<div class="a" style="background:{said.colour}">{said.who[0]}</div>'
    head = f'<span class="w">{said.who}</span>{app}<span class="t">{said.at} AM</span>'
    return f'<div class="m">{avatar}<div class="b">{head}{inside}{said.extra}</div></div>'


def _button(element: Json) -> str:
    return f'<button class="{element.get("style", "")}">{_plain(element["text"])}</button>'


def _input(one: Json) -> str:
    element = one["element"]
    chosen = element.get("initial_option", {}).get("text")
    value = html.escape(element.get("initial_value", "")) or (_plain(chosen) if chosen else "")
    if at := element.get("initial_date_time"):
        value = datetime.fromtimestamp(at, ZoneInfo("Europe/Berlin")).strftime("%b %-d, %Y  %H:%M")
    arrow = '<span class="o">▾</span>' if element["type"] in ("static_select", "datetimepicker") else ""
    shown = value or _plain(element.get("placeholder", {"text": ""}))
    optional = " <span class=n>(optional)</span>" if one.get("optional") else ""
    empty = "" if value else " e0"
    hint = f'<div class="c">{_plain(one["hint"])}</div>' if one.get("hint") else ""
    return f'<label>{_plain(one["label"])}{optional}</label><div class="i{empty}">{arrow}{shown}</div>{hint}'


def _plain(text: Json) -> str:
    return html.escape(str(text["text"]))


def _page(inside: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{inside}'
