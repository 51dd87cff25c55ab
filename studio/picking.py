"""Which of several takes of a line is the best: measured facts against limits, in one place and pure.

The limits were set on Kokoro takes of four voices and 20 sentences and judged on four other voices and 20 other
sentences (bench/faults.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.engine import Json
from studio.spoken import spoken_text
from studio.wording import wording_heard

USUAL_RATE = 16.0
"""Letters a second of speech, pauses left out, where the speaker's own is not known. Lines of one speaker
differ half as much in letters as in syllables (standard deviation 6 against 13 % over 200 takes)."""
TONE_RATE = {"warm": 0.98, "authoritative": 0.98, "soft": 0.89, "storytelling": 0.93}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a fact may be: at most `limit`, or at least it; `scale` is how much more makes it twice as bad."""

    limit: float
    scale: float
    sentence: str
    least: bool = False

    def excess(self, value: float) -> float:
        """How far beyond the limit, in scales; 0 within."""
        over = self.limit - value if self.least else value - self.limit
        return max(0.0, over / self.scale)


BOUNDS = {
    "words": Bound(0.0, 1.0, "a word differs from the script"),
    "echo": Bound(-5.4, 2.0, "a word seems to be said twice"),
    "tail_s": Bound(0.45, 0.3, "there is sound behind the last word"),
    "gap_s": Bound(1.1, 0.5, "there is a hole of {value:.1f} s in it"),
    "clipped": Bound(0.002, 0.005, "it clips"),
    "floor_db": Bound(-40.0, 6.0, "there is hum or noise under it"),
    "white_db": Bound(-22.3, 4.0, "there is a burst of noise in it"),
    "high_db": Bound(-45.0, 8.0, "it sounds muffled", least=True),
    "stutter": Bound(0.04, 0.04, "it stutters"),
    "holes": Bound(0.0, 1.0, "there are drop-outs in it"),
    "cut_off": Bound(38.0, 8.0, "its end is cut off"),
    "fast": Bound(1.25, 0.1, "it is spoken too fast"),
    "slow": Bound(1.33, 0.1, "it is spoken too slowly"),
    "stranger": Bound(0.0, 0.05, "the voice is not the right one"),
}
LEAST_LIKENESS, MOST_LIKENESS = 0.7, 0.85
"""A speaker's own spread sets the limit of likeness, between these: two people are at most about 0.7 alike."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a take; `excess` 1.0 is clearly wrong."""

    name: str
    value: float
    excess: float
    sentence: str


def letters(text: str, language: str = "en") -> int:
    """Letters of a text as it is said, numbers in words."""
    return sum(map(str.isalpha, spoken_text(text, language)))


def faults_of(
    approved: str,
    heard: Json | None,
    facts: Json,
    tone: str = "neutral",
    usual_rate: float = 0.0,
    language: str = "en",
) -> list[Fault]:
    """Everything wrong with a take, the worst first.

    `approved` is the line without marks, `heard` what a listener wrote ({"text", "agreed"?, "last"?, "echo"?}), None
    when nobody listened; pace is judged in English only, where it was measured.
    `facts` what inspect-voice measured; facts that are missing are not judged. `usual_rate` is the speaker's own.
    """
    values = _sound(heard or {}, facts) | _likeness(facts)
    values |= _wording(approved, heard, language) if heard else {}
    values |= _pace(facts, tone, usual_rate) if language == "en" else {}
    found = []
    for name, value in values.items():
        bound = BOUNDS[name]
        if excess := bound.excess(value):
            found.append(Fault(name, round(value, 4), round(excess, 3), bound.sentence.format(value=value)))
    return sorted(found, key=lambda fault: -fault.excess)


def score(faults: Sequence[Fault]) -> float:
    """0 for a take without faults, lower for each; bounded for one fault, so that two are worse than one bad."""
    return -sum(0.5 + min(2.5, fault.excess) for fault in faults)


def best(scores: Sequence[float], chosen: int = 0) -> int:
    """The index of the take to use: the person's choice (1 is the first take), else the first of the best."""
    if 1 <= chosen <= len(scores):
        return chosen - 1
    return max(range(len(scores)), key=lambda at: (scores[at], -at))


def _wording(approved: str, heard: Json, language: str) -> dict[str, float]:
    agreed = str(heard.get("agreed", heard["text"]))
    found = {"words": float(wording_heard(approved, agreed, language).errors)}
    return found | ({"echo": float(heard["echo"])} if "echo" in heard else {})


def _sound(heard: Json, facts: Json) -> dict[str, float]:
    named = ("clipped", "floor_db", "white_db", "high_db", "stutter", "holes", "cut_off")
    found = {name: float(facts[name]) for name in named if name in facts}
    if "gap_s" in facts:
        found["gap_s"] = float(facts["gap_s"]) - float(facts.get("asked_pause_s", 0.0))
    if "speech" in facts and "last" in heard:
        found["tail_s"] = float(facts["speech"][1]) - float(heard["last"])
    return found


def _pace(facts: Json, tone: str, usual_rate: float) -> dict[str, float]:
    if "rate" not in facts:
        return {}
    usual = (usual_rate or USUAL_RATE) * TONE_RATE.get(tone, 1.0)
    rate = max(0.1, float(facts["rate"]))
    return {"fast": rate / usual, "slow": usual / rate}


def _likeness(facts: Json) -> dict[str, float]:
    """How far under the speaker's own likeness to themselves, four standard deviations allowed."""
    if "likeness" not in facts:
        return {}
    own = float(facts["usual"]) - 4 * max(0.02, float(facts["spread"]))
    return {"stranger": min(MOST_LIKENESS, max(LEAST_LIKENESS, own)) - float(facts["likeness"])}
