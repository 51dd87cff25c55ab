"""What an event of Slack is, before anything is done about it: pure reading of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.fetch import is_sound
from bot.slack.text import mentioned

Json = Mapping[str, Any]
WRITTEN = (None, "", "file_share", "thread_broadcast", "me_message")


@dataclass(frozen=True, slots=True)
class Post:
    """Something a person wrote; `text` is Slack's source, `own_team` the writer's workspace if it is named."""

    channel: str
    ts: str
    thread_ts: str
    user: str
    own_team: str
    text: str
    direct: bool
    mention: bool
    clips: tuple[dict[str, Any], ...]
    other_files: int
    parent: str

    @property
    def event_id(self) -> str:
        """The post itself: it may arrive as a mention, as a message, and several times."""
        return f"msg:{self.channel}:{self.ts}"


def post_of(event: Json, bot_user: str, bot_id: str) -> Post | None:
    """A person's post, None for everything else: our own, other bots', edits, deletions, joins."""
    if event.get("subtype") not in WRITTEN or not event.get("user") or not event.get("ts"):
        return None
    if event.get("bot_id") or event["user"] == bot_user or event.get("hidden"):
        return None
    files = [file for file in event.get("files") or () if isinstance(file, dict)]
    clips = tuple(_clip(file) for file in files if is_sound(file))
    text = str(event.get("text") or "")
    thread_ts = str(event.get("thread_ts") or "")
    return Post(
        str(event["channel"]),
        str(event["ts"]),
        "" if thread_ts == event["ts"] else thread_ts,
        str(event["user"]),
        str(event.get("user_team") or event.get("source_team") or ""),
        text,
        event.get("channel_type") == "im" or str(event["channel"]).startswith("D"),
        event.get("type") == "app_mention" or bot_user in mentioned(text),
        clips,
        len(files) - len(clips),
        str(event.get("parent_user_id") or ""),
    )


def changed_by(event: Json, bot_user: str) -> tuple[str, str, str] | None:
    """(user, ts, thread ts) of a person's post that was edited or deleted, None for anything else.

    An edit that leaves the words as they were, such as a link's preview, is none.
    """
    before = event.get("previous_message") or {}
    user = str(before.get("user") or "")
    if not user or user == bot_user or before.get("bot_id"):
        return None
    after = event.get("message") or {}
    deleted = event.get("subtype") == "message_deleted" or after.get("subtype") == "tombstone"
    if not deleted and after.get("text") == before.get("text"):
        return None
    return user, str(before.get("ts") or ""), str(before.get("thread_ts") or "")


def _clip(file: Json) -> dict[str, Any]:
    url = file.get("url_private_download") or file.get("url_private") or ""
    kept = {name: file.get(name) for name in ("id", "name", "mimetype", "size", "subtype", "file_access")}
    return {**kept, "url": url}
