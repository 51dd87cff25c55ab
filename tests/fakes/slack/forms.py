"""What Slack's client does with forms: finds elements, fills them in, refuses what it would not send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.workspace import Json

_CHOOSERS = {"users_select": "selected_user", "conversations_select": "selected_conversation",
             "channels_select": "selected_channel", "datepicker": "selected_date", "timepicker": "selected_time",
             "datetimepicker": "selected_date_time"}  # fmt: skip
_INITIAL = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "value": "initial_value",
}


class Impossible(AssertionError):
    """A person could not have done this in Slack."""


def walk(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """(block, element) of everything that can be clicked or filled in, named or not; cards and containers too."""
    for block in blocks:
        kind = block.get("type")
        inner = [block.get("accessory"), block.get("element")]
        if kind in ("actions", "context_actions", "card"):
            inner += block.get("actions" if kind == "card" else "elements") or []
        yield from ((block, e) for e in inner if isinstance(e, dict) and e.get("type") != "image")
        nested = {"carousel": "elements", "container": "child_blocks"}.get(str(kind), "")
        yield from walk([b for b in block.get(nested) or [] if isinstance(b, dict)])


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """`walk`, those with an action_id."""
    yield from ((block, e) for block, e in walk(blocks) if "action_id" in e)


def element_of(blocks: list[Json], action_id: str, value: str | None) -> tuple[Json, Json]:
    """The one element with this action_id (and value). Raises Impossible."""
    found = [(b, e) for b, e in interactive(blocks) if e["action_id"] == action_id]
    if value is not None and len(found) > 1:
        found = [(b, e) for b, e in found if e.get("value") == value]
    if len(found) != 1:
        there = [e["action_id"] for _, e in interactive(blocks)]
        raise Impossible(f"{len(found)} elements {action_id!r} to click; there are {there}")
    return found[0]


def answer_of(element: Json, given: Any) -> Json:
    """The element's state once a person has given something (None: what it shows initially)."""
    kind = element["type"]
    key = _key(kind)
    if given is None:
        shown = element.get(_INITIAL.get(key, key.replace("selected", "initial", 1)))
        return {"type": kind, key: shown}
    if key == "selected_option":
        return {"type": kind, key: _option(element, given)}
    if key == "selected_options":
        return {"type": kind, key: [_option(element, one) for one in given]}
    if kind == "file_input":
        return {"type": kind, "files": given}
    if kind in ("plain_text_input", "number_input"):
        _fits(element, str(given))
    return {"type": kind, key: str(given) if key == "value" else given}


def _key(kind: str) -> str:
    if kind in _CHOOSERS:
        return _CHOOSERS[kind]
    if kind in ("checkboxes",) or kind.startswith("multi_"):
        return "selected_options"
    if kind in ("radio_buttons", "overflow", "static_select", "external_select"):
        return "selected_option"
    return "files" if kind == "file_input" else "value"


def _option(element: Json, value: str) -> Json:
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    for option in options:
        if option["value"] == value:
            return dict(option)
    raise Impossible(f"no option {value!r}; there are {[o['value'] for o in options]}")


def _fits(element: Json, text: str) -> None:
    if len(text) > element.get("max_length", 3000):
        raise Impossible(f"{element['action_id']}: longer than {element.get('max_length', 3000)}")
    if len(text) < element.get("min_length", 0):
        raise Impossible(f"{element['action_id']}: shorter than {element['min_length']}")
    if "\n" in text and not element.get("multiline") and element["type"] == "plain_text_input":
        raise Impossible(f"{element['action_id']}: one line only")


def filled(view: Json, values: Json) -> Json:
    """`state` of a view as submitted; `values` by action_id. Raises Impossible where Slack would not send it."""
    state: Json = {}
    unused = set(values)
    for block, element in interactive(view["blocks"]):
        unused.discard(element["action_id"])
        if element["type"] in ("button", "overflow") and block["type"] != "input":
            continue
        answer = answer_of(element, values.get(element["action_id"]))
        given = next(v for k, v in answer.items() if k != "type")
        if block["type"] == "input" and not block.get("optional") and given in (None, "", []):
            raise Impossible(f"{element['action_id']} must be filled in")
        state.setdefault(block["block_id"], {})[element["action_id"]] = answer
    if unused:
        raise Impossible(f"the view has no {sorted(unused)}")
    return {"values": state}
