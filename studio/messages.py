"""What the studio says, as data: the kinds of outbox rows that channels show, and what a channel is.

Kinds and bodies:

say        {"text", "only"?, "choices"?, "rows"?, "subject"?, "asks"?}; `only` names the one person it is for,
            where a channel can whisper; `choices` [{"id", "title"}] and `rows` (with "description") may be
            offered as answers; `subject` is what it is about, `asks` what the next words answer
opened     {"text", "brief", "person"}; what will happen now, for channels that ask for it ("opening")
progress   {"text", "version"}; the one message about a render, for channels that can change it later
script     {"subject", "version", "title", "lines": [{"number", "text", "tone", "framing", "seconds",
            "spoken"?: [[written, said]…]}], "note",
            "speech_s", "render_s", "usd", "profile", "captions", "background", "persona", "delivery"}
preview    {"subject", "version", "sha256", "sheet", "seconds", "report": [item…], "changed", "rendered",
            "reused", "render_s", "usd", "delivery"}; an item is {"name", "state", "sentence", "value", "limit", "unit"}
delivered  {"text", "path", "sha256", "links"?: [{"text", "url"}]}; "path" is "" for what is no file here
deliver    {"destination", "sha256", "name"}; to a destination (studio/destinations.py), which may be the thread

"delivery" says when and where a cut goes once it is approved, "" for at once and into the folder.

`subject` names exactly one version of one thing ("script:<production>:2", "cut:<production>:1"); a button
sends it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

SAY, SCRIPT, PREVIEW, DELIVERED, DELIVER = "say", "script", "preview", "delivered", "deliver"
OPENED, PROGRESS = "opened", "progress"
AT_HOME = ("desk:", "term:")
"""Conversations on surfaces that read the outbox itself: what is committed there is shown."""
PLACES = {"desk": "the web desk", "term": "the terminal", "slack": "Slack", "whatsapp": "WhatsApp"}


def _nobody_else() -> None:
    """Nobody else sends."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way; `key` names it for ever, so that a channel can refuse a second copy.

    `still_mine` is called last before the request that shows it: a sender that was frozen on the way hears
    from it, as NotNow, that another one has taken over.
    """

    key: str
    conversation: str
    kind: str
    body: dict[str, Any]
    still_mine: Callable[[], None] = _nobody_else


class Channel(Protocol):
    """A chat surface; `prefix` is what its conversations start with.

    `lands_within_s`: for so long after its sender fell silent a request may still be shown, though `find` did not
    see it; 0.0 where `find` is sure at once.
    """

    prefix: str

    @property
    def lands_within_s(self) -> float:
        """See above."""

    async def send(self, message: Outgoing) -> str:
        """Show a message and return the channel's reference to it.

        Raises NotNow when it certainly was not shown, OutcomeUnknown when it may have been, and any other
        StudioError when trying again is useless.
        """

    async def find(self, message: Outgoing) -> str | None:
        """The reference of a message whose sending ended unknown; None when it certainly was not shown.

        Raises NotNow when the channel cannot be asked now, OutcomeUnknown when it cannot tell at all.
        """


def script_subject(production_id: str, version: int) -> str:
    """The subject of a script's version."""
    return f"script:{production_id}:{version}"


def cut_subject(production_id: str, version: int) -> str:
    """The subject of a cut's version."""
    return f"cut:{production_id}:{version}"


def place_of(conversation: str) -> str:
    """The channel of a conversation in words."""
    prefix = conversation.partition(":")[0]
    return PLACES.get(prefix, prefix.capitalize()) or "the command line"


def is_private(conversation: str) -> bool:
    """Whether a conversation has one person in it; of all channels only Slack has rooms, and a letter for them."""
    channel, *names = conversation.split(":")
    return channel != "slack" or (len(names) > 1 and names[1].startswith("D"))
