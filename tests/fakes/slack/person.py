"""One person in front of Slack."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.slack.workspace import Json

VOICE = {"subtype": "slack_audio", "mimetype": "audio/mp4", "filetype": "m4a", "duration_ms": 3000,
         "media_display_type": "audio"}  # fmt: skip
DIRECT = "@"


class Performs(Protocol):
    """A driver."""

    def perform(self, deed: str, /, **args: Any) -> Any:
        """Do something in the server."""
        ...


@dataclass(frozen=True)
class Person:
    """`alice = slack.user("U1")`; a message is what these methods or `slack.message` returned.

    Clicks, commands, submissions and shortcuts return a delivery for `slack.answered`. What a person could not
    do in Slack (a button that is not there, a text too long) raises `forms.Impossible`, an AssertionError.
    """

    slack: Performs
    id: str

    def says(self, channel: str, text: str, thread: Json | None = None) -> Json:
        """Write into a channel, or into the thread of a message."""
        return self._do("say", channel=channel, text=text, thread_ts=_root(thread))

    def mentions(self, channel: str, text: str, thread: Json | None = None) -> Json:
        """Write to the app in a channel: app_mention and message events with one ts."""
        return self._do("say", channel=channel, text=text, thread_ts=_root(thread), mention=True)

    def direct_message(self, text: str, thread: Json | None = None) -> Json:
        """Write to the app alone."""
        return self._do("say", channel=DIRECT, text=text, thread_ts=_root(thread))

    def uploads(
        self, file: Path | bytes, channel: str = DIRECT, text: str = "", *, name: str = "",
        thread: Json | None = None, as_voice_clip: bool = False, mention: bool = False, **more: Any,
    ) -> Json:  # fmt: skip
        """Share a file; `more` overrides fields of the file object (duration_ms=…, file_access=…)."""
        body = file if isinstance(file, bytes) else file.read_bytes()
        name = name or (
            "audio_message.m4a" if as_voice_clip else "" if isinstance(file, bytes) else file.name
        )
        fields = (VOICE if as_voice_clip else {}) | more
        return self._do(
            "upload", channel=channel, name=name or "file.bin", content=base64.b64encode(body).decode(),
            text=text, thread_ts=_root(thread), more=fields, mention=mention,
        )  # fmt: skip

    def edits(self, message: Json, text: str) -> Json:
        """Change one's own message."""
        return self._do("edit", channel=message["channel"], ts=message["ts"], text=text)

    def deletes(self, message: Json) -> Json:
        """Delete one's own message."""
        return self._do("remove", channel=message["channel"], ts=message["ts"])

    def reacts(self, message: Json, name: str, add: bool = True) -> Json:
        """Add a reaction, or take it back."""
        return self._do("react", channel=message["channel"], ts=message["ts"], name=name, add=add)

    def runs(self, line: str, channel: str = "C1") -> Json:
        """Run a slash command, "@" being the direct conversation."""
        return self._do("command", line=line, channel=channel)

    def clicks(self, shown: Json, action_id: str, value: Any = None, stale: bool = False) -> Json:
        """Press a button or choose `value`, in a message or a view; `stale`: in the sight one has of it."""
        if "ts" not in shown:
            return self._do("click", channel="", ts="", action_id=action_id, value=value, view_id=shown["id"])
        old = shown if stale else None
        place = {"channel": shown["channel"], "ts": shown["ts"]}
        return self._do("click", **place, action_id=action_id, value=value, message=old)

    def submits(self, view: Json, values: Json | None = None) -> Json:
        """Fill in a modal (values by action_id) and send it."""
        return self._do("submit", view_id=view["id"], values=values or {})

    def dismisses(self, view: Json) -> Json:
        """Close a modal with its cross."""
        return self._do("dismiss", view_id=view["id"])

    def shortcut(self, message: Json | None, callback_id: str) -> Json:
        """A message's shortcut, or (None) a global one."""
        place = {"channel": message["channel"], "ts": message["ts"]} if message else {}
        return self._do("shortcut", callback_id=callback_id, **place)

    def opens_home(self) -> Json:
        """Look at the app's home tab."""
        return self._do("open_home")

    def _do(self, deed: str, /, **args: Any) -> Json:
        done: Json = self.slack.perform(deed, user=self.id, **args)
        return done


def _root(message: Json | None) -> str | None:
    return None if message is None else message.get("thread_ts") or message["ts"]
