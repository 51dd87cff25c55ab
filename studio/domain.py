"""The nouns of the studio (docs/glossary.md); frozen, JSON-able through pydantic's TypeAdapter."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

ProductionId = NewType("ProductionId", str)
PersonaId = NewType("PersonaId", str)
TakeId = NewType("TakeId", str)
Sha256 = NewType("Sha256", str)


class Tone(StrEnum):
    """How a line is said."""

    NEUTRAL = "neutral"
    WARM = "warm"
    AUTHORITATIVE = "authoritative"
    SOFT = "soft"
    STORYTELLING = "storytelling"


class Framing(StrEnum):
    """How much of the subject is in the picture."""

    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE = "close"


class CaptionStyle(StrEnum):
    """How captions are burned in."""

    OFF = "off"
    PLAIN = "plain"
    HIGHLIGHT = "highlight"


@dataclass(frozen=True, slots=True)
class Line:
    """One spoken utterance; `id` stays the same over versions of a script.

    `takes` is how many are made to choose from (0: as many as the look says); `chosen` the take a person
    picked, from 1, or 0 for the best measured.
    """

    id: str
    text: str
    tone: Tone = Tone.NEUTRAL
    framing: Framing = Framing.MEDIUM
    seed: int = 0
    takes: int = 0
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What holds for the whole video; `background` is "" (keep the photo's own) or a plate's name.

    `language` is the words' (ISO 639-1).
    """

    profile: str = "square"
    recipe: str = "laptop"
    portrait: str = ""
    background: str = ""
    captions: CaptionStyle = CaptionStyle.HIGHLIGHT
    label: bool = True
    pace: float = 1.0
    pronunciations: dict[str, str] = field(default_factory=dict)
    takes: int = 1
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Script:
    """A versioned text of a production; `target_seconds` is the asked length, None when nobody asked."""

    lines: tuple[Line, ...]
    look: Look = field(default_factory=Look)
    target_seconds: float | None = None
    title: str = ""

    @property
    def text(self) -> str:
        """All that is spoken, as written."""
        return " ".join(line.text for line in self.lines)

    def words(self) -> list[str]:
        """All words of the script, as written."""
        return [word for line in self.lines for word in line.text.split()]

    def line(self, line_id: str) -> Line:
        """The line of that id; raises KeyError."""
        return next((line for line in self.lines if line.id == line_id), None) or _no_line(line_id)


def _no_line(line_id: str) -> Line:
    raise KeyError(line_id)


class Verdict(StrEnum):
    """The closed meaning of a reply."""

    APPROVE = "approve"
    REVISE = "revise"
    QUESTION = "question"
    CANCEL = "cancel"
    UNCLEAR = "unclear"


class Status(StrEnum):
    """Where a production stands, as the facts say."""

    DRAFTING = "drafting"
    SCRIPT_REVIEW = "script_review"
    RENDERING = "rendering"
    CUT_REVIEW = "cut_review"
    SCHEDULED = "scheduled"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Edit:
    """One typed change wanted by a reply: a tool's name and its validated arguments."""

    tool: str
    args: dict[str, object]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a reply. `say` answers a question or asks back when unclear."""

    verdict: Verdict
    edits: tuple[Edit, ...] = ()
    say: str = ""
