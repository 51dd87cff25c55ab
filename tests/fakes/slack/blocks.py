"""Block Kit as Slack validates it."""

from __future__ import annotations

from tests.fakes.slack.workspace import Json


def message_faults(blocks: list[Json]) -> list[str]:
    """What is wrong with a message's blocks, in Slack's words; [] when nothing."""
    return []


def view_faults(view: Json) -> list[str]:
    """What is wrong with a modal or a home tab."""
    return []
