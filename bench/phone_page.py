"""WhatsApp Cloud API JSON → HTML that looks like the chat on a phone, for pictures in the documentation."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
STYLE = """
* { box-sizing: border-box } body { margin: 0; font: 14px/1.38 "Liberation Sans", Arial, sans-serif; color: #111b21 }
.phones { display: flex; gap: 16px; padding: 16px; background: #fff; width: max-content }
.phone { width: 340px; background: #efeae2; border-radius: 18px; overflow: hidden; border: 1px solid #d0ccc4 }
.top { background: #008069; color: #fff; padding: 12px 16px; font-weight: 700 } .chat { padding: 12px 10px 16px }
.m { position: relative; width: max-content; max-width: 292px; border-radius: 9px; padding: 6px 9px 5px;
margin: 0 0 9px; background: #fff; box-shadow: 0 1px 1px #0002; white-space: pre-wrap }
.mine { background: #d9fdd3; margin-left: auto }
.t { color: #667781; font-size: 11px; text-align: right; margin-top: 2px } .ok { color: #53bdeb }
.q { border-left: 4px solid #06cf9c; background: #0000000d; border-radius: 5px; padding: 3px 8px; margin: 0 0 4px;
color: #667781; font-size: 12.5px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.x { margin: 6px -9px -5px; border-top: 1px solid #e9edef } .x div { text-align: center; color: #027eb5; padding: 8px;
font-weight: 600; border-top: 1px solid #e9edef } .x div:first-child { border-top: 0 }
.v { position: relative; margin: -2px -5px 6px } .v img { width: 282px; border-radius: 7px; display: block }
.v i { position: absolute; left: 119px; top: 119px; width: 44px; height: 44px; border-radius: 50%; background: #0009;
color: #fff; font: 20px/44px sans-serif; text-align: center; padding-left: 3px }
.d { background: #f5f6f6; border-radius: 6px; padding: 9px; margin: 0 -4px 6px; font-size: 12.5px;
word-break: break-all }
.r { position: absolute; right: 8px; bottom: -11px; background: #fff; border-radius: 11px; padding: 0 6px;
font-size: 12px; box-shadow: 0 1px 2px #0003 } .has { margin-bottom: 18px } .l { color: #667781 }
.e { display: inline-block; width: 11px; height: 11px; border-radius: 50% }
.g { background: #25d366 } .o { background: #f5c400 } .w { letter-spacing: -1px }
"""
SIGNS = {
    "🟢": '<i class="e g"></i>',
    "🟡": '<i class="e o"></i>',
    "✅": '<b style="color:#06a65b">✓</b>',
    "⏳": '<b style="color:#b98900">◔</b>',
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message: `content` as the API carries it, `mark` an emoji on it, `about` what it quotes."""

    content: Json
    mine: bool = False
    at: str = "9:41"
    mark: str = ""
    about: str = ""


def phones(chats: Sequence[Sequence[Said]], picture: str) -> str:
    """A page with phones side by side; `picture` is the data URL of the video's frame."""
    inside = ("".join(_message(said, picture) for said in chat) for chat in chats)
    head = '<div class="phone"><div class="top">AIClone</div><div class="chat">'
    shown = "".join(f"{head}{each}</div></div>" for each in inside)
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><div class="phones">{shown}</div>'


def _message(said: Said, picture: str) -> str:
    ticks = ' <span class="ok">✓✓</span>' if said.mine else ""
    quote = f'<div class="q">{_marked(said.about)}</div>' if said.about else ""
    mark = f'<span class="r">{_marked(said.mark)}</span>' if said.mark else ""
    body, below = _body(said.content, picture)
    classes = f"m{' mine' if said.mine else ''}{' has' if said.mark else ''}"
    return f'<div class="{classes}">{quote}{body}<div class="t">{said.at}{ticks}</div>{below}{mark}</div>'


def _body(content: Json, picture: str) -> tuple[str, str]:
    """What a message shows, and the buttons under it."""
    kind = content["type"]
    if kind == "text":
        return _marked(content["text"]["body"]), ""
    if kind == "audio":
        return '▶ <span class="w">▂▅▃▇▅▂▃▆▂▁▃▅▂▃▅▇▃▂</span> 0:05', ""
    if kind == "document":
        document = content["document"]
        return f'<div class="d">▤ {html.escape(document["filename"])}</div>{_marked(document["caption"])}', ""
    inside = content["interactive"]
    video = f'<div class="v"><img src="{picture}"><i>▶</i></div>' if "header" in inside else ""
    return video + _marked(inside["body"]["text"]), f'<div class="x">{_buttons(inside["action"])}</div>'


def _buttons(action: Json) -> str:
    if "sections" in action:
        rows = "".join(
            f'<div>{html.escape(row["title"])} <span class="l">· {html.escape(row["description"])}</span></div>'
            for row in action["sections"][0]["rows"]
        )
        return f"<div>≡ {action['button']}</div>{rows}"
    return "".join(f"<div>{html.escape(each['reply']['title'])}</div>" for each in action["buttons"])


def _marked(text: str) -> str:
    """WhatsApp's mark-up as HTML."""
    shown = html.escape(text)
    shown = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<b>\1</b>", shown)
    shown = re.sub(r"(?<![\w_])_([^_\n]+)_(?![\w_])", r'<i class="l">\1</i>', shown)
    for sign, drawn in SIGNS.items():
        shown = shown.replace(sign, drawn)
    return shown
