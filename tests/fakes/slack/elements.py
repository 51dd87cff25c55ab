"""Block Kit's composition objects and interactive elements, with their limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.fakes.slack.shapes import (
    Check,
    Rule,
    Shape,
    anything,
    at_least_one,
    at_most_one,
    boolean,
    exactly_one,
    fault,
    integer,
    items,
    one_of,
    string,
    typed,
    url,
)  # fmt: skip

_TEXTS = {
    "plain_text": {"emoji": boolean},
    "mrkdwn": {"verbatim": boolean},
}


def text(highest: int, *kinds: str, lowest: int = 1) -> Check:
    """A text object; of both kinds when none is named."""
    return typed({k: Shape({"text": string(highest, lowest)}, _TEXTS[k]) for k in kinds or tuple(_TEXTS)})


PLAIN, MRKDWN = "plain_text", "mrkdwn"
ACTION_ID = string(255)
BLOCK_ID = string(255)
STYLE = one_of("primary", "danger")
CONFIRM = Shape(
    {"title": text(100, PLAIN), "text": text(300), "confirm": text(30, PLAIN), "deny": text(30, PLAIN)},
    {"style": STYLE},
)
SLACK_FILE = Shape({}, {"id": string(255), "url": url()}, (exactly_one("id", "url"),))
IMAGE_FIELDS: dict[str, Check] = {"image_url": url(fetched=True), "slack_file": SLACK_FILE}
IMAGE = Shape({"alt_text": string(2000)}, IMAGE_FIELDS, (exactly_one("image_url", "slack_file"),))


def option(*kinds: str, linked: bool = False) -> Shape:
    """An option of a menu; checkboxes and radio buttons may use mrkdwn, only overflow menus have links."""
    more: dict[str, Check] = {"url": url()} if linked else {}
    return Shape({"text": text(75, *kinds), "value": string(150)}, {"description": text(75, *kinds), **more})


PLAIN_OPTION = option(PLAIN)
GROUP = Shape({"label": text(75, PLAIN), "options": items(PLAIN_OPTION, 1, 100)}, {})
TRIGGERS = Shape(
    {}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}
)  # fmt: skip
FILTER = Shape(
    {},
    {"include": items(one_of("im", "mpim", "private", "public"), 1, 4),
     "exclude_external_shared_channels": boolean, "exclude_bot_users": boolean},
    (at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),),
)  # fmt: skip
CLICKED: dict[str, Check] = {"action_id": ACTION_ID, "confirm": CONFIRM}
FOCUSED: dict[str, Check] = {**CLICKED, "placeholder": text(150, PLAIN), "focus_on_load": boolean}
TYPED: dict[str, Check] = {
    "action_id": ACTION_ID, "placeholder": text(150, PLAIN), "focus_on_load": boolean,
    "dispatch_action_config": TRIGGERS,
}  # fmt: skip


def matching(pattern: str, word: str) -> Check:
    """A string of a form."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield fault(f"must be a valid {word}", at)

    return check


def _options(value: dict[str, Any]) -> list[Any]:
    grouped = [
        o for g in value.get("option_groups") or [] if isinstance(g, dict) for o in g.get("options", [])
    ]
    return list(value.get("options") or []) + grouped


def initial_known(value: dict[str, Any]) -> str:
    """What is chosen at first must be among the options, exactly."""
    chosen = list(value.get("initial_options") or [])
    if value.get("initial_option") is not None:
        chosen.append(value["initial_option"])
    return "" if all(c in _options(value) for c in chosen) else "initial options must match an option"


def in_order(low: str, high: str) -> Rule:
    """min is not above max."""
    return lambda v: f"{low} must not exceed {high}" if v.get(low, 0) > v.get(high, 3000) else ""


def initial_fits(value: dict[str, Any]) -> str:
    """The initial text keeps the element's own bounds."""
    initial = value.get("initial_value")
    too_long = isinstance(initial, str) and len(initial) > value.get("max_length", 3000)
    return "initial_value must not exceed max_length" if too_long else ""


def _menu(multiple: bool) -> Shape:
    initial: dict[str, Check] = (
        {"initial_options": items(PLAIN_OPTION, 1, 100), "max_selected_items": integer(1, 100)}
        if multiple else {"initial_option": PLAIN_OPTION}
    )  # fmt: skip
    fields = {"options": items(PLAIN_OPTION, 1, 100), "option_groups": items(GROUP, 1, 100)}
    return Shape(
        {}, {**FOCUSED, **fields, **initial}, (exactly_one("options", "option_groups"), initial_known)
    )


def _chooser(one: str, many: str, more: Mapping[str, Check]) -> Shape:
    initial: dict[str, Check] = {many: items(string(255), 1, 100), "max_selected_items": integer(1, 100)}
    return Shape({}, {**FOCUSED, **(initial if many else {one: string(255)}), **more})


def _boxes(radio: bool) -> Shape:
    one = option()
    initial: dict[str, Check] = {"initial_option": one} if radio else {"initial_options": items(one, 1, 10)}
    fields: dict[str, Check] = {**CLICKED, "focus_on_load": boolean, **initial}
    return Shape({"options": items(one, 1, 10)}, fields, (initial_known,))


_EXTERNAL: dict[str, Check] = {**FOCUSED, "min_query_length": integer(0, 255)}
_NUMBER = matching(r"-?\d+(\.\d+)?", "number")
_LOOKS: dict[str, Check] = {"value": string(2000, 0), "accessibility_label": string(75)}
_FEEDBACK = Shape({"text": text(75, PLAIN), "value": string(2000)}, {"accessibility_label": string(75)})
_BUTTON: dict[str, Check] = {**CLICKED, **_LOOKS, "url": url(), "style": STYLE, "agent_prompt": string(4000)}
_CONVERSATIONS: dict[str, Check] = {
    "default_to_current_conversation": boolean, "response_url_enabled": boolean, "filter": FILTER,
}  # fmt: skip

ELEMENTS: dict[str, Shape] = {
    "button": Shape({"text": text(75, PLAIN)}, _BUTTON, (at_most_one("url", "agent_prompt"),)),
    "image": IMAGE,
    "overflow": Shape({"options": items(option(PLAIN, linked=True), 2, 5)}, CLICKED),
    "checkboxes": _boxes(radio=False),
    "radio_buttons": _boxes(radio=True),
    "datepicker": Shape({}, {**FOCUSED, "initial_date": matching(r"\d{4}-\d\d-\d\d", "date")}),
    "timepicker": Shape(
        {}, {**FOCUSED, "initial_time": matching(r"[0-2]\d:[0-5]\d", "time"), "timezone": string(255)}
    ),
    "datetimepicker": Shape(
        {}, {**CLICKED, "focus_on_load": boolean, "initial_date_time": integer(10**9, 10**10 - 1)}
    ),
    "static_select": _menu(multiple=False),
    "multi_static_select": _menu(multiple=True),
    "external_select": Shape({}, {**_EXTERNAL, "initial_option": PLAIN_OPTION}),
    "multi_external_select": Shape(
        {}, {**_EXTERNAL, "initial_options": items(PLAIN_OPTION, 1, 100), "max_selected_items": integer(1, 100)}
    ),
    "users_select": _chooser("initial_user", "", {}),
    "multi_users_select": _chooser("", "initial_users", {}),
    "conversations_select": _chooser("initial_conversation", "", _CONVERSATIONS),
    "multi_conversations_select": _chooser("", "initial_conversations", _CONVERSATIONS),
    "channels_select": _chooser("initial_channel", "", {"response_url_enabled": boolean}),
    "multi_channels_select": _chooser("", "initial_channels", {}),
    "plain_text_input": Shape(
        {},
        {**TYPED, "initial_value": string(3000, 0), "multiline": boolean, "min_length": integer(0, 3000),
         "max_length": integer(1, 3000)},
        (in_order("min_length", "max_length"), initial_fits),
    ),
    "email_text_input": Shape({}, {**TYPED, "initial_value": string(3000, 0)}),
    "url_text_input": Shape({}, {**TYPED, "initial_value": string(3000, 0)}),
    "number_input": Shape(
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
    ),
    "file_input": Shape(
        {}, {"action_id": ACTION_ID, "filetypes": items(string(255), 1, 100), "max_files": integer(1, 10)}
    ),
    "rich_text_input": Shape({}, {**TYPED, "initial_value": anything}),
    "feedback_buttons": Shape(
        {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": ACTION_ID}
    ),
    "icon_button": Shape(
        {"icon": string(255), "text": text(75, PLAIN)},
        {**CLICKED, **_LOOKS, "visible_to_user_ids": items(string(255), 1, 10)},
    ),
}  # fmt: skip

SELECTS = tuple(k for k in ELEMENTS if k.endswith("_select") and not k.startswith("multi_"))
MULTI_SELECTS = tuple(k for k in ELEMENTS if k.startswith("multi_"))
_PRESSED = ("button", "checkboxes", "datepicker", "overflow", "radio_buttons", "timepicker", *SELECTS)
ACTIONS = (*_PRESSED, "datetimepicker")
ACCESSORIES = (*_PRESSED, "image", *MULTI_SELECTS)
INPUTS = (
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
    "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", *SELECTS, *MULTI_SELECTS,
)  # fmt: skip


def element(allowed: tuple[str, ...]) -> Check:
    """An element of one of these types."""
    return typed(ELEMENTS, allowed)
