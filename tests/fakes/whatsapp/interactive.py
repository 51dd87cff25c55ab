"""Interactive messages: reply buttons, lists, a link button; every limit."""

from __future__ import annotations

from typing import Any

from tests.fakes.whatsapp.attachments import check_media
from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.shapes import address, fields, items, one_of, text, unique

BODY, HEADER, FOOTER = 1024, 60, 60
BUTTONS, BUTTON_ID, BUTTON_TITLE = 3, 256, 20
SECTIONS, ROWS, SECTION_TITLE = 10, 10, 24
ROW_ID, ROW_TITLE, ROW_DESCRIPTION = 200, 24, 72
MEDIA = "image video document"
_KINDS = "button list cta_url"


def check_interactive(value: Any) -> None:
    """Refuse what WhatsApp would not show.

    Raises:
        GraphError: 100, 131008 or 131009.
    """
    kind = one_of(
        fields(value, "interactive", "type", "body action header footer")["type"], "interactive.type", _KINDS
    )
    fields(value, "interactive", "type body action", "header footer")
    text(fields(value["body"], "body", "text")["text"], "Body text", BODY, code=131009)
    if value.get("footer") is not None:
        text(fields(value["footer"], "footer", "text")["text"], "Footer text", FOOTER, code=131009)
    if value.get("header") is not None:
        _header(value["header"], MEDIA if kind == "button" else "")
    {"button": _buttons, "list": _list, "cta_url": _link}[kind](value["action"])


def _header(header: Any, media: str) -> None:
    kind = one_of(fields(header, "header", "type", f"text {media}")["type"], "header.type", f"text {media}")
    fields(header, "header", f"type {kind}")
    if kind == "text":
        text(header["text"], "Header text", HEADER, code=131009)
    else:
        check_media(header[kind], kind, caption=False)


def _buttons(action: Any) -> None:
    buttons = items(fields(action, "action", "buttons")["buttons"], "buttons", 1, BUTTONS)
    replies: list[Json] = []
    for button in buttons:
        one_of(fields(button, "button", "type reply")["type"], "button.type", "reply")
        reply = fields(button["reply"], "reply", "id title")
        text(reply["id"], "Button id", BUTTON_ID, code=131009)
        text(reply["title"], "Button title", BUTTON_TITLE, code=131009)
        replies.append(reply)
    unique([reply["id"] for reply in replies], "Button ids")
    unique([reply["title"] for reply in replies], "Button titles")


def _list(action: Any) -> None:
    fields(action, "action", "button sections")
    text(action["button"], "Button label", BUTTON_TITLE, code=131009)
    sections = items(action["sections"], "sections", 1, SECTIONS)
    rows: list[Json] = []
    for section in sections:
        fields(section, "section", "rows", "title")
        if len(sections) > 1 and not section.get("title"):
            raise GraphError(131008, "Section title is mandatory with more than one section.")
        if section.get("title") is not None:
            text(section["title"], "Section title", SECTION_TITLE, least=0, code=131009)
        rows += items(section["rows"], "rows", 1, ROWS)
    items(rows, "total rows", 1, ROWS)
    for row in rows:
        fields(row, "row", "id title", "description")
        text(row["id"], "Row id", ROW_ID, code=131009)
        text(row["title"], "Row title", ROW_TITLE, code=131009)
        if row.get("description") is not None:
            text(row["description"], "Row description", ROW_DESCRIPTION, code=131009)
    unique([row["id"] for row in rows], "Row ids")


def _link(action: Any) -> None:
    one_of(fields(action, "action", "name parameters")["name"], "action.name", "cta_url")
    asked = fields(action["parameters"], "parameters", "display_text url")
    text(asked["display_text"], "Button label", BUTTON_TITLE, code=131009)
    address(asked["url"], "parameters['url']")
