"""Block Kit as Slack validates it: every block, and what each surface (message, modal, home) takes.

Limits from Slack's reference, as slack_sdk's own validators and the project's fact sheet state them; where the
two differ the stricter one is taken (an overflow menu has at least two options).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.elements import (
    ACCESSORIES,
    ACTIONS,
    BLOCK_ID,
    IMAGE,
    IMAGE_FIELDS,
    INPUTS,
    PLAIN,
    element,
    text,
)  # fmt: skip
from tests.fakes.slack.forms import interactive
from tests.fakes.slack.rich_text import RICH_TEXT
from tests.fakes.slack.shapes import (
    Check,
    Shape,
    anything,
    at_least_one,
    boolean,
    exactly_one,
    fault,
    items,
    one_of,
    string,
    typed,
    url,
)  # fmt: skip

Json = dict[str, Any]
MARKDOWN_LIMIT = 12_000
VIEW_BYTES = 250_000


def _block(
    required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None, *rules: Any
) -> Shape:
    return Shape(required or {}, {"block_id": BLOCK_ID, **(optional or {})}, rules)


def _collapsed(block: Json) -> str:
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        return "default_collapsed requires is_collapsible"
    both = block.get("has_header_divider") and block.get("is_collapsible")
    return "has_header_divider excludes is_collapsible" if both else ""


_NUMBER = Shape({"value": anything}, {"text": string(255)})
_CELL = typed(
    {"raw_text": Shape({"text": string(12_000)}, {}), "raw_number": _NUMBER, "rich_text": RICH_TEXT}
)
_COLUMN = Shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
_TASK = _block(
    {"task_id": string(255), "title": string(2000),
     "status": one_of("pending", "in_progress", "complete", "error")},
    {"details": RICH_TEXT, "output": RICH_TEXT,
     "sources": items(typed({"url": Shape({"url": url(), "text": string(2000)}, {})}), 0, 100)},
)  # fmt: skip
_CARD = _block(
    {},
    {"hero_image": IMAGE, "icon": IMAGE, "title": text(150), "subtitle": text(150), "body": text(200),
     "actions": items(element(("button",)), 1, 25)},
    at_least_one("hero_image", "title", "actions", "body"),
)  # fmt: skip
_VIDEO = _block(
    {"alt_text": string(2000), "title": text(199, PLAIN), "thumbnail_url": url(fetched=True),
     "video_url": url(https=True)},
    {"title_url": url(https=True), "description": text(199, PLAIN), "author_name": string(49),
     "provider_name": string(255), "provider_icon_url": url(fetched=True)},
)  # fmt: skip
_CONTEXT = typed(
    {
        "image": IMAGE,
        "plain_text": Shape({"text": string(2000)}, {"emoji": boolean}),
        "mrkdwn": Shape({"text": string(2000)}, {"verbatim": boolean}),
    }
)

BLOCKS: dict[str, Shape] = {
    "section": _block(
        {},
        {"text": text(3000), "fields": items(text(2000), 1, 10), "accessory": element(ACCESSORIES),
         "expand": boolean},
        at_least_one("text", "fields"),
    ),
    "header": _block({"text": text(150, PLAIN)}),
    "divider": _block(),
    "image": _block(
        {"alt_text": string(2000)}, {"title": text(2000, PLAIN), **IMAGE_FIELDS},
        exactly_one("image_url", "slack_file"),
    ),
    "actions": _block({"elements": items(element(ACTIONS), 1, 25)}),
    "context": _block({"elements": items(_CONTEXT, 1, 10)}),
    "context_actions": _block({"elements": items(element(("feedback_buttons", "icon_button")), 1, 5)}),
    "input": _block(
        {"label": text(2000, PLAIN), "element": element(INPUTS)},
        {"hint": text(2000, PLAIN), "optional": boolean, "dispatch_action": boolean},
        lambda block: "file_input cannot dispatch actions"
        if block.get("dispatch_action") and (block.get("element") or {}).get("type") == "file_input" else "",
    ),
    "rich_text": RICH_TEXT,
    "markdown": _block({"text": string(MARKDOWN_LIMIT)}),
    "video": _VIDEO,
    "table": _block({"rows": items(items(_CELL, 1, 20), 1, 100)}, {"column_settings": items(_COLUMN, 0, 20)}),
    "alert": _block(
        {"text": text(3000)}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
    "card": _CARD,
    "carousel": _block({"elements": items(typed({"card": _CARD}), 1, 10)}),
    "task_card": _TASK,
    "plan": _block({"title": string(2000)}, {"tasks": items(typed({"task_card": _TASK}), 0, 100)}),
}  # fmt: skip
_INSIDE = typed({kind: shape for kind, shape in BLOCKS.items() if kind != "input"})
BLOCKS["container"] = _block(
    {"child_blocks": items(_INSIDE, 1, 10)},
    {"title": text(150, PLAIN), "rich_text_title": RICH_TEXT, "subtitle": text(150), "icon": IMAGE,
     "width": one_of("narrow", "standard", "wide", "full"), "is_collapsible": boolean,
     "default_collapsed": boolean, "has_header_divider": boolean},
    at_least_one("title", "rich_text_title"), _collapsed,
)  # fmt: skip

VIEW_BLOCKS = (
    "section", "header", "divider", "image", "actions", "context", "input", "rich_text", "video", "alert",
)  # fmt: skip
SURFACES = {
    "message": (tuple(BLOCKS), 50),
    "modal": (VIEW_BLOCKS, 100),
    "home": (VIEW_BLOCKS, 100),
}
_VIEW: dict[str, Check] = {
    "private_metadata": string(3000, 0), "callback_id": string(255, 0), "external_id": string(255, 0),
}  # fmt: skip
_TITLE = text(24, PLAIN)
VIEWS = {
    "modal": Shape(
        {"title": _TITLE, "blocks": items(anything, 1, 100)},
        {**_VIEW, "submit": _TITLE, "close": _TITLE, "clear_on_close": boolean, "notify_on_close": boolean,
         "submit_disabled": boolean},
    ),
    "home": Shape({"blocks": items(anything, 0, 100)}, _VIEW),
}  # fmt: skip


def block_faults(blocks: Any, surface: str) -> Iterator[str]:
    """Everything wrong with the blocks of a message, modal or home tab."""
    allowed, most = SURFACES[surface]
    yield from items(typed(BLOCKS, allowed), 0, most)(blocks, "/blocks")
    if isinstance(blocks, list) and all(isinstance(b, dict) and "type" in b for b in blocks):
        yield from _across(blocks, surface)


def _across(blocks: list[Json], surface: str) -> Iterator[str]:
    """Rules between blocks: unique ids, one focus, one table, markdown altogether, files only in modals."""
    named = [b["block_id"] for b in blocks if b.get("block_id")]
    for twice in sorted({n for n in named if named.count(n) > 1}):
        yield fault(f"block_id {twice!r} already exists", "/blocks")
    for number, block in enumerate(blocks):
        ids = [e["action_id"] for _, e in interactive([block])]
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield fault(f"action_id {twice!r} already exists in this block", f"/blocks/{number}")
        inner = block.get("element")
        if isinstance(inner, dict) and inner.get("type") == "file_input" and surface != "modal":
            yield fault("unsupported type: file_input", f"/blocks/{number}/element")
    if sum(bool(e.get("focus_on_load")) for _, e in interactive(blocks)) > 1:
        yield fault("only one element may have focus_on_load", "/blocks")
    if sum(b["type"] == "table" for b in blocks) > 1:
        yield fault("only_one_table_allowed", "/blocks")
    if sum(len(str(b.get("text"))) for b in blocks if b["type"] == "markdown") > MARKDOWN_LIMIT:
        yield fault(
            f"markdown blocks must be less than {MARKDOWN_LIMIT + 1} characters altogether", "/blocks"
        )


def message_faults(blocks: Any) -> list[str]:
    """What is wrong with a message's blocks, in Slack's words; [] when nothing."""
    return list(block_faults(blocks, "message"))


def view_faults(view: Any) -> list[str]:
    """What is wrong with a modal or a home tab; [] when nothing."""
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in VIEWS:
        return [fault(f"unsupported type: {kind}", "/view")]
    faults = list(VIEWS[kind](view, "/view"))
    blocks = view.get("blocks") or []
    faults += block_faults(blocks, kind)
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if kind == "modal" and has_input and not view.get("submit"):
        faults.append(fault("submit is required when there is an input block", "/view"))
    if len(json.dumps(view)) > VIEW_BYTES:
        faults.append(fault("view_too_large", "/view"))
    return faults
