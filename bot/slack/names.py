"""Names of things in Slack: conversations, people, references of messages.

A conversation is "slack:<team>:<channel>:<thread ts>"; one that has no message yet ends in "+<word>" instead,
and its thread begins with the first message posted to it. A message's reference is "<team>:<channel>:<ts>".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

PREFIX = "slack:"
EPHEMERAL = "ephemeral"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message belongs; `thread_ts` "" is the channel itself."""

    team: str
    channel: str
    thread_ts: str = ""

    @property
    def refs(self) -> str:
        """What the references of this channel's messages start with."""
        return f"{self.team}:{self.channel}:"

    @property
    def conversation(self) -> str:
        """The name of the conversation in this thread."""
        return f"{PREFIX}{self.refs}{self.thread_ts}"


def spot_of(conversation: str) -> Spot:
    """The place a conversation's name says; one without a message yet has no thread."""
    team, channel, thread = conversation.removeprefix(PREFIX).split(":", 2)
    return Spot(team, channel, "" if thread.startswith("+") else thread)


def rootless(team: str, channel: str, word: str) -> str:
    """A conversation whose thread begins with the studio's first message; the same word names the same one."""
    return f"{PREFIX}{team}:{channel}:+{hashlib.sha256(word.encode()).hexdigest()[:16]}"


def places(team: str, channel: str) -> str:
    """What the names of all conversations in a channel start with."""
    return f"{PREFIX}{team}:{channel}:"


def person_of(team: str, user: str) -> str:
    """A person as approvals and replies know them."""
    return f"{PREFIX}{team}:{user}"


def user_of(person: str) -> str:
    """The user id of a person in Slack, "" for anybody else."""
    return person.rpartition(":")[2] if person.startswith(PREFIX) else ""


def ts_of(ref: str) -> str:
    """The timestamp in a message's reference."""
    return ref.rpartition(":")[2]
