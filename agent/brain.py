"""Who writes and reads: the embedded brain, or a language model; chosen by the settings, never silently."""

from __future__ import annotations

from typing import Protocol

from agent.llm import Call
from agent.openai_brain import OpenAiBrain
from agent.reader import Stage, read
from agent.writer import Draft, write
from studio.domain import Look, Reading, Script
from studio.settings import Settings
from tools.context import Context

__all__ = ["Brain", "Call", "Draft", "EmbeddedBrain", "Stage", "brain_for"]


class Brain(Protocol):
    """Drafts scripts and reads replies; a Call says what that cost, None that it was free."""

    def draft(self, brief: str, look: Look, context: Context) -> tuple[Draft, Call | None]:
        """A draft; raises BriefTooVague, ScriptTooLong, LanguageUnsupported and the model's errors."""

    def read(self, reply: str, script: Script, stage: Stage, context: Context) -> tuple[Reading, Call | None]:
        """What a reply to a shown script or cut means; raises the model's errors only."""


class EmbeddedBrain:
    """Rules and beats: free, at once, the same answer every time."""

    def draft(self, brief: str, look: Look, context: Context) -> tuple[Draft, Call | None]:
        """As Brain.draft."""
        return write(brief, default_look=look, languages=context.languages), None

    def read(self, reply: str, script: Script, stage: Stage, context: Context) -> tuple[Reading, Call | None]:
        """As Brain.read."""
        return read(reply, script, stage, context), None


def brain_for(settings: Settings) -> Brain:
    """The language model when there is a key for it, else the embedded brain."""
    return OpenAiBrain(settings) if settings.openai_api_key.get_secret_value() else EmbeddedBrain()
