"""What Slack demands of a manifest, one wrong thing at a time."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.fakes.slack.manifest import manifest_faults

pytestmark = pytest.mark.unit
Json = dict[str, Any]
GOOD: Json = {
    "_metadata": {"major_version": 2, "minor_version": 1},
    "display_information": {"name": "A", "description": "d", "long_description": "x" * 174},
    "features": {
        "bot_user": {"display_name": "A"},
        "slash_commands": [{"command": "/clone", "description": "d"}],
        "shortcuts": [{"name": "n", "type": "message", "callback_id": "c", "description": "d"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "im:history", "app_mentions:read"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["message.im", "app_mention"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}
WRONG: dict[str, tuple[str, Any]] = {
    "too long a name": ("display_information.name", "x" * 36),
    "too short a long description": ("display_information.long_description", "x" * 173),
    "too long a description": ("display_information.description", "x" * 141),
    "unknown field": ("features.colour", "red"),
    "no scope for an event": ("oauth_config.scopes.bot", ["commands", "im:history"]),
    "no scope for commands": ("oauth_config.scopes.bot", ["im:history", "app_mentions:read"]),
    "no bot": ("features.bot_user", None),
    "http without addresses": ("settings.socket_mode_enabled", False),
    "shortcuts without interactivity": ("settings.interactivity", {"is_enabled": False}),
    "a command without slash": ("features.slash_commands", [{"command": "clone", "description": "d"}]),
    "a shortcut of no kind": (
        "features.shortcuts", [{"name": "n", "type": "any", "callback_id": "c", "description": "d"}]
    ),
    "a redirect over http": ("oauth_config.redirect_urls", ["http://example.com/"]),
}  # fmt: skip


def test_a_good_manifest_passes() -> None:
    assert manifest_faults(GOOD) == []


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_thing_is_found(name: str) -> None:
    path, value = WRONG[name]
    manifest = copy.deepcopy(GOOD)
    *folders, last = path.split(".")
    place = manifest
    for folder in folders:
        place = place[folder]
    if value is None:
        del place[last]
    else:
        place[last] = value
    assert manifest_faults(manifest)
