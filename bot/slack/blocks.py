"""Block Kit, small: the pieces the cards are made of, each within Slack's limits whatever is put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.text import CONTEXT, HEADER, OPTION, SECTION, clip, clip_escaped, escape

Block = dict[str, Any]
BLANK = "\u2013"


def section(text: str) -> Block:
    """A paragraph of mrkdwn; what comes from people has to be escaped before."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": clip_escaped(text, SECTION) or BLANK}}


def header(text: str) -> Block:
    """A title in plain text."""
    seen = " ".join("".join(c for c in text if c.isprintable()).split())
    return {"type": "header", "text": _plain(seen, HEADER)}


def context(*texts: str) -> Block:
    """Small grey mrkdwn."""
    elements = [{"type": "mrkdwn", "text": clip_escaped(text, CONTEXT) or BLANK} for text in texts[:10]]
    return {"type": "context", "elements": elements}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons[:25])}


def button(
    label: str, action: str, value: str = "", *, style: str = "", url: str = "", confirm: Block | None = None
) -> Block:
    """One button; `value` comes back when it is pressed."""
    made: Block = {"type": "button", "action_id": action, "text": _plain(label, 75)}
    extra = {"value": value, "style": style, "url": url, "confirm": confirm}
    return made | {name: given for name, given in extra.items() if given}


def confirm(title: str, text: str, yes: str, no: str = "Not yet", style: str = "") -> Block:
    """What Slack asks before it sends the press."""
    asked: Block = {
        "title": _plain(title, 100),
        "text": {"type": "mrkdwn", "text": clip_escaped(text, 300)},
        "confirm": _plain(yes, 30),
        "deny": _plain(no, 30),
    }
    return asked | ({"style": style} if style else {})


def text_input(
    name: str, label: str, *, value: str = "", hint: str = "", lines: bool = True, optional: bool = False
) -> Block:
    """A field to write in; its value comes back under its name."""
    element: Block = {"type": "plain_text_input", "action_id": name, "multiline": lines, "max_length": 3000}
    if value:
        element["initial_value"] = clip(value, 3000)
    if hint:
        element["placeholder"] = _plain(hint, 150)
    return _input(name, label, element, optional)


def select(name: str, label: str, options: Mapping[str, str], *, value: str = "", hint: str = "") -> Block:
    """A field to choose in, value → words; may be left empty."""
    offered = {key: _option(key, words) for key, words in list(options.items())[:100]}
    element: Block = {"type": "static_select", "action_id": name, "options": list(offered.values())}
    if value in offered:
        element["initial_option"] = offered[value]
    if hint:
        element["placeholder"] = _plain(hint, 150)
    return _input(name, label, element, optional=True)


def moment_input(name: str, label: str, value: float | None = None, hint: str = "") -> Block:
    """A field for a date and a time in the zone of whoever fills it in; may be left empty."""
    element: Block = {"type": "datetimepicker", "action_id": name}
    if value:
        element["initial_date_time"] = int(value)
    block = _input(name, label, element, optional=True)
    return block | ({"hint": _plain(hint, 2000)} if hint else {})


def modal(callback: str, title: str, submit: str, about: str, blocks: Sequence[Block]) -> Block:
    """A form; `about` comes back with it."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": _plain(title, 24),
        "submit": _plain(submit, 24),
        "close": _plain("Cancel", 24),
        "private_metadata": about,
        "blocks": list(blocks[:100]),
    }


def answers(view: Mapping[str, Any]) -> dict[str, str]:
    """What a person wrote and chose in a form, by field; "" where they left it empty, a moment in Unix s."""
    found = {}
    for block in view["state"]["values"].values():
        for name, element in block.items():
            chosen = element.get("selected_option") or {}
            given = element.get("value") or chosen.get("value") or element.get("selected_date_time")
            found[name] = str(given or "").strip()
    return found


def literal(text: str, most: int = SECTION) -> str:
    """Words of a person, escaped and cut."""
    return clip_escaped(escape(text), most)


def _input(name: str, label: str, element: Block, optional: bool) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label, 2000),
        "element": element,
        "optional": optional,
    }


def _option(value: str, words: str) -> Block:
    return {"text": _plain(words, OPTION), "value": clip(value, 150)}


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": clip(text, most) or BLANK, "emoji": False}
