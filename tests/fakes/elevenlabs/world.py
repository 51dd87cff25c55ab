"""What the stand-in knows: the account, its voices, its history, and what goes wrong next."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
KEY = "sk_0123456789abcdef0123456789abcdef0123456789abcdef"
STOCK_VOICE = "21m00Tcm4TlvDq8ikWAM"
COSTS = {
    "eleven_multilingual_v2": (10_000, 1.0),
    "eleven_v3": (5_000, 1.0),
    "eleven_flash_v2_5": (40_000, 0.5),
}
"""Model: most characters of a request, characters billed for one."""


class Refusal(Exception):
    """An answer that is not a success; `wrong` when a client that follows the rules never gets it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        *,
        wrong: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.wrong, self.headers = status, code, wrong, headers or {}
        self.body: Json = {"detail": {"status": code, "message": message or code}}


class Invalid(Refusal):
    """422 as FastAPI words it."""

    def __init__(self, *where: str, message: str = "Input should be valid") -> None:
        super().__init__(422, "invalid", f"{'.'.join(where)}: {message}", wrong=True)
        self.body = {"detail": [{"loc": list(where), "msg": message, "type": "value_error"}]}


@dataclass
class Fault:
    """What goes wrong with the next call of an endpoint: is it carried out, then what is answered.

    `then` is "hold" (nothing for `seconds`), "cut" (the connection drops) or a refusal.
    """

    then: Refusal | str
    do: bool = False
    seconds: float = 30.0


@dataclass
class Made:
    """One entry of the history."""

    id: str
    request_id: str
    voice_id: str
    body: Json
    audio: bytes
    output_format: str
    alignment: Json
    cost: int
    at: float
    before: int

    def public(self, whole: bool = False) -> Json:
        """As the history shows it; alignments only when it is asked for by its id."""
        pcm = self.output_format.startswith("pcm")
        shown: Json = {
            "history_item_id": self.id, "request_id": self.request_id, "voice_id": self.voice_id,
            "model_id": self.body["model_id"], "voice_name": "a voice", "voice_category": "cloned",
            "text": self.body["text"], "date_unix": int(self.at), "state": "created", "source": "TTS",
            "character_count_change_from": self.before, "character_count_change_to": self.before + self.cost,
            "content_type": "audio/x-pcm" if pcm else "audio/mpeg",
            "settings": self.body.get("voice_settings"), "output_format": self.output_format,
        }  # fmt: skip
        both = {"alignment": self.alignment, "normalized_alignment": self.alignment}
        return shown | ({"alignments": both} if whole else {})


@dataclass
class World:
    """All state; `paid` counts characters billed, `limit` is where the quota ends."""

    keys: set[str] = field(default_factory=lambda: {KEY})
    paid: int = 0
    limit: int = 100_000
    slots: int = 5
    running: int = 0
    voice_limit: int = 3
    formats_of_pro: bool = False
    requires_verification: bool = False
    aligned: bool = True
    history_as_mp3: bool = False
    remembers: bool = True
    muted: bool = False
    voices: dict[str, Json] = field(default_factory=lambda: {STOCK_VOICE: {"name": "Rachel", "files": []}})
    made: list[Made] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def new_id(self, prefix: str) -> str:
        """A fresh id."""
        return f"{prefix}{next(self.numbers):016d}"

    def bill(self, cost: int) -> int:
        """Take characters from the quota; what was used before."""
        if self.paid + cost > self.limit:
            left = self.limit - self.paid
            raise Refusal(
                401,
                "quota_exceeded",
                f"This request exceeds your quota of {self.limit}. You have {left} credits remaining, "
                f"while {cost} credits are required for this request.",
            )
        before, self.paid = self.paid, self.paid + cost
        return before

    def keep(
        self,
        voice: str,
        body: Json,
        audio: bytes,
        output_format: str,
        alignment: Json,
        cost: int,
        before: int,
    ) -> Made:
        """Put speech into the history."""
        ids = self.new_id("hist"), self.new_id("req")
        made = Made(*ids, voice, body, audio, output_format, alignment, cost, time.time(), before)
        if self.remembers:
            self.made.append(made)
        return made
