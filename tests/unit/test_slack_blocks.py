"""Every limit of Block Kit, just inside and just outside; slack_sdk's own models are the second opinion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, BlockElement
from slack_sdk.models.views import View

from tests.fakes.slack.blocks import block_faults, message_faults, view_faults

pytestmark = pytest.mark.unit
Json = dict[str, Any]


def plain(text: str = "x", n: int = 0) -> Json:
    return {"type": "plain_text", "text": text if n == 0 else "x" * n}


def mrkdwn(n: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * n}


def option(value: Any = 1, **more: Any) -> Json:
    return {"text": plain(), "value": str(value), **more}


def options(n: int) -> list[Json]:
    return [option(i) for i in range(n)]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "a", **more}


def actions(*elements: Json) -> list[Json]:
    return [{"type": "actions", "elements": list(elements)}]


def section(**more: Any) -> list[Json]:
    return [{"type": "section", **more}]


def confirm(**more: Any) -> Json:
    return {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain(), **more}


def entry(element: Json | None = None, **more: Any) -> list[Json]:
    field = element or {"type": "plain_text_input", "action_id": "t"}
    return [{"type": "input", "label": plain(), "element": field, **more}]


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", **more}


def video(**more: Any) -> list[Json]:
    base = {"alt_text": "a", "title": plain(), "thumbnail_url": "https://e.com/a.png",
            "video_url": "https://e.com/v"}  # fmt: skip
    return [{"type": "video", **base, **more}]


def card(**more: Any) -> Json:
    return {"type": "card", "title": plain(), **more}


def address(n: int) -> str:
    return "https://example.com/".ljust(n, "x")


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": [{"type": "divider"}], **more}


def dividers(n: int) -> list[Json]:
    return [{"type": "divider"}] * n


# name: (blocks of size n, the largest n that passes); the next one must fail
HIGHEST: dict[str, tuple[Callable[[int], list[Json]], int]] = {
    "message blocks": (dividers, 50),
    "block_id": (lambda n: [{"type": "divider", "block_id": "x" * n}], 255),
    "action_id": (lambda n: actions(button(action_id="x" * n)), 255),
    "section text": (lambda n: section(text=mrkdwn(n)), 3000),
    "section fields": (lambda n: section(fields=[mrkdwn(1)] * n), 10),
    "section field": (lambda n: section(fields=[mrkdwn(n)]), 2000),
    "header": (lambda n: [{"type": "header", "text": plain(n=n)}], 150),
    "context elements": (lambda n: [{"type": "context", "elements": [mrkdwn(1)] * n}], 10),
    "actions elements": (lambda n: actions(*(button(action_id=str(i)) for i in range(n))), 25),
    "button text": (lambda n: actions(button(text=plain(n=n))), 75),
    "button value": (lambda n: actions(button(value="x" * n)), 2000),
    "button url": (lambda n: actions(button(url=address(n))), 3000),
    "button label": (lambda n: actions(button(accessibility_label="x" * n)), 75),
    "confirm title": (lambda n: actions(button(confirm=confirm(title=plain(n=n)))), 100),
    "confirm text": (lambda n: actions(button(confirm=confirm(text=mrkdwn(n)))), 300),
    "confirm confirm": (lambda n: actions(button(confirm=confirm(confirm=plain(n=n)))), 30),
    "confirm deny": (lambda n: actions(button(confirm=confirm(deny=plain(n=n)))), 30),
    "input label": (lambda n: entry(label=plain(n=n)), 2000),
    "input hint": (lambda n: entry(hint=plain(n=n)), 2000),
    "max_length": (lambda n: entry({"type": "plain_text_input", "action_id": "t", "max_length": n}), 3000),
    "placeholder": (
        lambda n: entry({"type": "plain_text_input", "action_id": "t", "placeholder": plain(n=n)}), 150
    ),
    "select options": (lambda n: actions(select(options=options(n))), 100),
    "option text": (lambda n: actions(select(options=[option(text=plain(n=n))])), 75),
    "option value": (lambda n: actions(select(options=[option("x" * n)])), 150),
    "option description": (lambda n: actions(select(options=[option(description=plain(n=n))])), 75),
    "group label": (
        lambda n: actions(select(option_groups=[{"label": plain(n=n), "options": options(1)}])), 75
    ),
    "overflow": (lambda n: actions({"type": "overflow", "action_id": "o", "options": options(n)}), 5),
    "checkboxes": (lambda n: actions({"type": "checkboxes", "action_id": "c", "options": options(n)}), 10),
    "radio buttons": (lambda n: actions({"type": "radio_buttons", "action_id": "r", "options": options(n)}), 10),
    "image url": (lambda n: [{"type": "image", "alt_text": "a", "image_url": address(n)}], 3000),
    "image alt": (lambda n: [{"type": "image", "alt_text": "x" * n, "image_url": address(30)}], 2000),
    "image title": (
        lambda n: [{"type": "image", "alt_text": "a", "image_url": address(30), "title": plain(n=n)}], 2000
    ),
    "markdown": (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000),
    "markdown altogether": (
        lambda n: [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * n}], 6000
    ),
    "video title": (lambda n: video(title=plain(n=n)), 199),
    "video author": (lambda n: video(author_name="x" * n), 49),
    "video description": (lambda n: video(description=plain(n=n)), 199),
    "card title": (lambda n: [card(title=plain(n=n))], 150),
    "card subtitle": (lambda n: [card(subtitle=plain(n=n))], 150),
    "card body": (lambda n: [card(body=plain(n=n))], 200),
    "carousel": (lambda n: [{"type": "carousel", "elements": [card()] * n}], 10),
    "container": (lambda n: [{"type": "container", "title": plain(), "child_blocks": dividers(n)}], 10),
    "table rows": (lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * n}], 100),
    "table cells": (lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * n]}], 20),
    "context actions": (
        lambda n: [{"type": "context_actions", "elements": [
            {"type": "icon_button", "icon": "trash", "text": plain(), "action_id": str(i)} for i in range(n)]}],
        5,
    ),
}  # fmt: skip
# limits that slack_sdk's models do not check (or not below the first level)
NOT_IN_SDK = set(
    "message blocks|section field|max_length|option description|checkboxes|radio buttons|markdown altogether|"
    "video description|table rows|table cells|option text|option value|group label".split("|")
)

LOWEST: dict[str, tuple[Callable[[int], list[Json]], int]] = {
    "section text": (lambda n: section(text={"type": "mrkdwn", "text": "x" * n}), 1),
    "section fields": (lambda n: section(fields=[mrkdwn(1)] * n), 1),
    "button text": (lambda n: actions(button(text={"type": "plain_text", "text": "x" * n})), 1),
    "actions elements": (lambda n: actions(*[button()] * n), 1),
    "context elements": (lambda n: [{"type": "context", "elements": [mrkdwn(1)] * n}], 1),
    "overflow": (lambda n: actions({"type": "overflow", "action_id": "o", "options": options(n)}), 2),
    "select options": (lambda n: actions(select(options=options(n))), 1),
    "carousel": (lambda n: [{"type": "carousel", "elements": [card()] * n}], 1),
}

VIEWS: dict[str, tuple[Callable[[int], Json], int]] = {
    "modal blocks": (lambda n: modal(blocks=dividers(n)), 100),
    "home blocks": (lambda n: {"type": "home", "blocks": dividers(n)}, 100),
    "title": (lambda n: modal(title=plain(n=n)), 24),
    "submit": (lambda n: modal(submit=plain(n=n)), 24),
    "close": (lambda n: modal(close=plain(n=n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
}


def sdk_refuses(blocks: list[Json]) -> bool:
    try:
        for block in blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.to_dict()
            for inner in block.get("elements", []):
                _validated(inner)
            for part in (block.get("element"), block.get("accessory")):
                _validated(part)
    except SlackObjectFormationError:
        return True
    return False


def _validated(element: Json | None) -> None:
    if element is not None and (parsed := BlockElement.parse(element)) is not None:
        parsed.to_dict()


@pytest.mark.parametrize("name", HIGHEST)
def test_just_inside_passes_and_just_outside_fails(name: str) -> None:
    build, limit = HIGHEST[name]
    assert message_faults(build(limit)) == []
    assert message_faults(build(limit + 1))
    assert not sdk_refuses(build(limit))
    if name not in NOT_IN_SDK:
        assert sdk_refuses(build(limit + 1)), "slack_sdk knows no such limit"


@pytest.mark.parametrize("name", LOWEST)
def test_one_fewer_than_the_least_fails(name: str) -> None:
    build, limit = LOWEST[name]
    assert message_faults(build(limit)) == []
    assert message_faults(build(limit - 1))


@pytest.mark.parametrize("name", VIEWS)
def test_limits_of_views(name: str) -> None:
    build, limit = VIEWS[name]
    assert view_faults(build(limit)) == []
    assert view_faults(build(limit + 1))
    View(**build(limit)).to_dict()
    with pytest.raises(SlackObjectFormationError):
        View(**build(limit + 1)).to_dict()


PLAIN_INPUT = {"type": "plain_text_input", "action_id": "t"}
REFUSED: dict[str, list[Json]] = {
    "unknown block": [{"type": "sektion"}],
    "no type": [{"text": plain()}],
    "section without text": section(),
    "unknown field": section(text=mrkdwn(1), colour="red"),
    "header in mrkdwn": [{"type": "header", "text": mrkdwn(3)}],
    "emoji in mrkdwn": section(text={**mrkdwn(1), "emoji": True}),
    "button text in mrkdwn": actions(button(text=mrkdwn(3))),
    "button style": actions(button(style="green")),
    "button without text": actions({"type": "button", "action_id": "a"}),
    "text that is no string": section(text={"type": "mrkdwn", "text": 7}),
    "button value that is no string": actions(button(value=7)),
    "button url": actions(button(url="no address")),
    "confirm without deny": actions(button(confirm={k: v for k, v in confirm().items() if k != "deny"})),
    "confirm style": actions(button(confirm=confirm(style="loud"))),
    "text input in actions": actions(PLAIN_INPUT),
    "text input as accessory": section(text=mrkdwn(1), accessory=PLAIN_INPUT),
    "button in input": entry(button()),
    "button in context": [{"type": "context", "elements": [button()]}],
    "image in actions": actions({"type": "image", "alt_text": "a", "image_url": address(30)}),
    "multi-select in actions": actions({**select(options=options(1)), "type": "multi_static_select"}),
    "select without options": actions(select()),
    "options and groups": actions(
        select(options=options(1), option_groups=[{"label": plain(), "options": options(1)}])
    ),
    "initial option unknown": actions(select(options=options(2), initial_option=option(7))),
    "option text in mrkdwn": actions(select(options=[option(text=mrkdwn(1))])),
    "option url outside overflow": actions(select(options=[option(url=address(30))])),
    "max below min": entry({**PLAIN_INPUT, "min_length": 5, "max_length": 4}),
    "initial longer than max": entry({**PLAIN_INPUT, "max_length": 2, "initial_value": "abc"}),
    "date": actions({"type": "datepicker", "action_id": "d", "initial_date": "1.2.2026"}),
    "number without decimal": entry({"type": "number_input", "action_id": "n"}),
    "image of two sources": [
        {"type": "image", "alt_text": "a", "image_url": address(30), "slack_file": {"id": "F1"}}
    ],
    "image without source": [{"type": "image", "alt_text": "a"}],
    "image without alt": [{"type": "image", "image_url": address(30)}],
    "image on loopback": [{"type": "image", "alt_text": "a", "image_url": "http://127.0.0.1:1/a.png"}],
    "image on a private net": [{"type": "image", "alt_text": "a", "image_url": "http://192.168.1.4/a.png"}],
    "video over http": video(video_url="http://e.com/v"),
    "video without title": [{k: v for k, v in video()[0].items() if k != "title"}],
    "same block_id": [{"type": "divider", "block_id": "b"}] * 2,
    "same action_id in a block": actions(button(), button()),
    "two focuses": entry({**PLAIN_INPUT, "focus_on_load": True})
    + entry({**PLAIN_INPUT, "action_id": "u", "focus_on_load": True}),
    "two tables": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
    "file input in a message": entry({"type": "file_input", "action_id": "f"}),
    "rich text leaf": [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "txt"}]}]}
    ],
    "list style": [{"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}],
    "task status": [{"type": "task_card", "task_id": "1", "title": "t", "status": "done"}],
    "alert level": [{"type": "alert", "text": plain(), "level": "loud"}],
    "container without title": [{"type": "container", "child_blocks": dividers(1)}],
    "input in a container": [{"type": "container", "title": plain(), "child_blocks": entry()}],
    "empty card": [{"type": "card", "subtitle": plain()}],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_slack_refuses(name: str) -> None:
    faults = message_faults(REFUSED[name])
    assert faults and all("[json-pointer:/blocks" in fault for fault in faults)


def test_what_slack_takes() -> None:
    leaves: list[Json] = [
        {"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "U1"},
        {"type": "link", "url": address(30)}, {"type": "emoji", "name": "wave"},
    ]  # fmt: skip
    rich = {"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": leaves},
        {"type": "rich_text_list", "style": "bullet",
         "elements": [{"type": "rich_text_section", "elements": leaves}]},
        {"type": "rich_text_preformatted", "elements": leaves[:1]},
    ]}  # fmt: skip
    blocks = [
        rich,
        *section(text=mrkdwn(5), accessory=button(style="danger", confirm=confirm(style="danger"))),
        *section(fields=[mrkdwn(1), plain()], accessory={**select(options=options(2)), "type": "radio_buttons"}),
        *actions(select(options=options(2), initial_option=option(1)), button()),
        *entry({**PLAIN_INPUT, "multiline": True, "min_length": 1, "max_length": 300}, optional=True),
        *video(), card(actions=[button()]),
        {"type": "image", "alt_text": "", "slack_file": {"id": "F1"}} | {"alt_text": "a"},
        {"type": "plan", "title": "p", "tasks": []}, {"type": "alert", "text": plain(), "level": "info"},
    ]  # fmt: skip
    assert message_faults(blocks) == []


@pytest.mark.parametrize(
    "kind", ["markdown", "table", "card", "carousel", "container", "plan", "context_actions"]
)
def test_some_blocks_are_for_messages_only(kind: str) -> None:
    blocks = [{"type": kind}]
    for surface in ("modal", "home"):
        assert any("unsupported type" in fault for fault in block_faults(blocks, surface))


def test_rules_of_views() -> None:
    assert view_faults(modal(blocks=entry(), submit=plain())) == []
    assert view_faults(modal(blocks=entry())), "an input needs submit"
    assert view_faults(modal(blocks=[])) and view_faults({"type": "modal", "blocks": dividers(1)})
    assert view_faults({"type": "sheet"}) and view_faults([])
    assert view_faults({"type": "home", "blocks": [], "title": plain()}), "a home tab has no title"
    assert view_faults(modal(blocks=entry({"type": "file_input", "action_id": "f"}), submit=plain())) == []
    home = {"type": "home", "blocks": entry({"type": "file_input", "action_id": "f"})}
    assert view_faults(home)
