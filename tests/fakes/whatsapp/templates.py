"""Templates: whether a message fits one, and the registry's side of the Graph API."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.shapes import fields, items, one_of, text
from tests.fakes.whatsapp.world import Template, World

_STATUS = {"PAUSED": 132015, "DISABLED": 132016}


def check_fit(world: World, content: Json) -> Template:
    """The approved template this (already checked) content fills.

    Raises:
        GraphError: 132001 unknown or not approved, 132000 another number of parameters, 132012 another kind,
            132015 paused, 132016 disabled.
    """
    name, language = content["name"], content["language"]["code"]
    template = world.templates.get((name, language))
    if template is None or template.status not in ("APPROVED", *_STATUS):
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    if code := _STATUS.get(template.status):
        raise GraphError(code, name)
    sent = content.get("components") or []
    for part in ("HEADER", "BODY"):
        given = [c for c in sent if c["type"].upper() == part]
        if len(given) > 1:
            raise GraphError(132012, f"{part} more than once")
        _fill(part, _declared(template, part), given[0].get("parameters", []) if given else [])
    buttons = _declared(template, "BUTTONS").get("buttons", [])
    for component in sent:
        if component["type"].lower() == "button":
            _button(buttons, component)
    return template


def _declared(template: Template, part: str) -> Json:
    return next((c for c in template.components if c["type"].upper() == part), {})


def _fill(part: str, declared: Json, parameters: list[Json]) -> None:
    form = declared.get("format", "TEXT")
    if form in ("IMAGE", "VIDEO", "DOCUMENT"):
        if [p["type"] for p in parameters] != [form.lower()]:
            raise GraphError(
                132012, f"{part}: Format mismatch, expected {form}, received {parameters or 'UNKNOWN'}"
            )
        return
    names = list(dict.fromkeys(re.findall(r"\{\{(\w+)\}\}", declared.get("text", ""))))
    if len(names) != len(parameters):
        raise GraphError(
            132000,
            f"{part.lower()}: number of localizable_params ({len(parameters)}) does not match the expected "
            f"number of params ({len(names)})",
        )
    if any(p["type"] != "text" for p in parameters):
        raise GraphError(132012, f"{part}: parameters must be text")
    if any(re.search(r"[\n\t]| {5,}", p["text"]) for p in parameters):
        raise GraphError(132012, f"{part}: no new-line, tab or more than 4 consecutive spaces in a parameter")
    wanted = {name for name in names if not name.isdigit()}
    if wanted != {p["parameter_name"] for p in parameters if "parameter_name" in p}:
        raise GraphError(132012, f"{part}: parameter_name must be one each of {sorted(wanted)}")
    if len(declared.get("text", "")) + sum(len(p["text"]) for p in parameters) > (
        60 if part == "HEADER" else 1024
    ):
        raise GraphError(132005, f"{part}: the translated text is too long")


def _button(buttons: list[Json], component: Json) -> None:
    at = str(component["index"])
    if not at.isdigit() or int(at) >= len(buttons):
        raise GraphError(132012, f"button index {at} of {len(buttons)}")
    if buttons[int(at)]["type"].lower() != component["sub_type"].lower():
        raise GraphError(132012, f"button {at} is {buttons[int(at)]['type']}, not {component['sub_type']}")
    wanted = "payload" if component["sub_type"].lower() == "quick_reply" else "text"
    if [p["type"] for p in component["parameters"]] != [wanted]:
        raise GraphError(132012, f"button {at} takes one {wanted}")


def create(world: World, body: Any) -> Json:
    """POST message_templates: in review until the driver approves it."""
    fields(body, "template", "name category language components", "parameter_format allow_category_change")
    if not re.fullmatch(r"[a-z0-9_]{1,512}", text(body["name"], "name", 512)):
        raise GraphError(100, "Param name must be lowercase letters, digits and underscores.")
    one_of(body["category"], "category", "UTILITY MARKETING AUTHENTICATION")
    text(body["language"], "language", 16)
    for component in items(body["components"], "components", 1, 5):
        kind = one_of(component.get("type"), "component.type", "HEADER BODY FOOTER BUTTONS")
        if kind == "BODY":
            text(component.get("text"), "body text", 1024)
        if kind in ("HEADER", "FOOTER") and component.get("format", "TEXT") == "TEXT":
            text(component.get("text"), f"{kind.lower()} text", 60)
        if kind == "BUTTONS":
            for button in items(component.get("buttons"), "buttons", 1, 10):
                text(button.get("text"), "button text", 25)
    made = add(world, body["name"], body["language"], body["components"], body["category"], "PENDING")
    return {"id": made.id, "status": made.status, "category": made.category}


def add(
    world: World, name: str, language: str, components: list[Json], category: str = "UTILITY",
    status: str = "APPROVED",
) -> Template:  # fmt: skip
    """Put a template into the registry, with an example of everything it leaves open."""
    components = [{**component, **_example(component)} for component in components]
    made = Template(world.number("5"), name, language, components, category, status)
    world.templates[name, language] = made
    return made


def _example(component: Json) -> Json:
    """What the registry demands for a header of media, and for placeholders."""
    if "example" in component:
        return {}
    part = component["type"].lower()
    if component.get("format", "TEXT") != "TEXT":
        return {"example": {"header_handle": ["https://example.com/example"]}}
    names = list(dict.fromkeys(re.findall(r"\{\{(\w+)\}\}", component.get("text", ""))))
    if not names:
        return {}
    if not names[0].isdigit():
        params = [{"param_name": name, "example": "x"} for name in names]
        return {"example": {f"{part}_text_named_params": params}}
    return {"example": {f"{part}_text": [["x"] * len(names)] if part == "body" else ["x"] * len(names)}}
