"""An app's manifest as Slack accepts it, and whether its parts agree: events and commands have their scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.shapes import Check, Shape, boolean, fault, integer, items, one_of, string, url
from tests.fakes.slack.workspace import Json, scope_of

_ANSWERS: dict[str, Check] = {"request_url": url(https=True)}
_COMMAND = Shape(
    {"command": string(32), "description": string(2000)},
    {"usage_hint": string(1000), "should_escape": boolean, "url": url(https=True)},
)
_SHORTCUT = Shape(
    {"name": string(24), "type": one_of("global", "message"), "callback_id": string(255),
     "description": string(150)},
    {},
)  # fmt: skip
_PROMPTS = items(Shape({"title": string(255), "message": string(4000)}, {}), 0, 4)
_FEATURES = Shape(
    {},
    {
        "app_home": Shape(
            {},
            {"home_tab_enabled": boolean, "messages_tab_enabled": boolean,
             "messages_tab_read_only_enabled": boolean},
        ),
        "bot_user": Shape({"display_name": string(80)}, {"always_online": boolean}),
        "slash_commands": items(_COMMAND, 0, 50),
        "shortcuts": items(_SHORTCUT, 0, 10),
        "unfurl_domains": items(string(255), 0, 5),
        "agent_view": Shape({"agent_description": string(300)}, {"suggested_prompts": _PROMPTS}),
        "assistant_view": Shape({"assistant_description": string(300)}, {"suggested_prompts": _PROMPTS}),
    },
)  # fmt: skip
_SCOPES = items(string(255), 1, 255)
_SETTINGS = Shape(
    {},
    {
        "event_subscriptions": Shape({}, {**_ANSWERS, "bot_events": _SCOPES, "user_events": _SCOPES}),
        "interactivity": Shape(
            {"is_enabled": boolean}, {**_ANSWERS, "message_menu_options_url": url(https=True)}
        ),
        "org_deploy_enabled": boolean,
        "socket_mode_enabled": boolean,
        "token_rotation_enabled": boolean,
        "allowed_ip_address_ranges": items(string(255), 0, 10),
    },
)
_DISPLAY = Shape(
    {"name": string(35)},
    {"description": string(140), "long_description": string(4000, 174), "background_color": string(7, 4)},
)
_MANIFEST = Shape(
    {"display_information": _DISPLAY},
    {
        "_metadata": Shape({}, {"major_version": integer(1, 2), "minor_version": integer(0, 9)}),
        "features": _FEATURES,
        "oauth_config": Shape(
            {"scopes": Shape({}, {"bot": _SCOPES, "user": _SCOPES})},
            {"redirect_urls": items(url(https=True), 0, 1000)},
        ),
        "settings": _SETTINGS,
    },
)


def manifest_faults(manifest: Json) -> list[str]:
    """What is wrong with a (parsed) manifest; [] when nothing."""
    found = list(_MANIFEST(manifest, ""))
    return found or list(_disagreements(manifest))


def _disagreements(manifest: Json) -> Iterator[str]:
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    scopes = set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))
    for event in settings.get("event_subscriptions", {}).get("bot_events", ()):
        if (scope := scope_of(event)) and scope not in scopes:
            yield fault(f"{event} needs the scope {scope}", "/settings/event_subscriptions")
    if (features.get("slash_commands") or features.get("shortcuts")) and "commands" not in scopes:
        yield fault("commands and shortcuts need the scope commands", "/features")
    if scopes and "bot_user" not in features:
        yield fault("bot scopes need a bot_user", "/features")
    yield from _ways(features, settings)


def _ways(features: Json, settings: Json) -> Iterator[str]:
    """Without Socket Mode everything needs an address; shortcuts and buttons need interactivity."""
    places: list[Any] = [settings.get("event_subscriptions"), settings.get("interactivity")]
    by_http = not settings.get("socket_mode_enabled")
    if by_http and any(place and not place.get("request_url") for place in places):
        yield fault("request_url is required without Socket Mode", "/settings")
    if by_http and any(not command.get("url") for command in features.get("slash_commands", ())):
        yield fault("url is required without Socket Mode", "/features/slash_commands")
    if features.get("shortcuts") and not settings.get("interactivity", {}).get("is_enabled"):
        yield fault("shortcuts need interactivity", "/settings/interactivity")
    for command in features.get("slash_commands", ()):
        if not command["command"].startswith("/"):
            yield fault("a command starts with /", "/features/slash_commands")
