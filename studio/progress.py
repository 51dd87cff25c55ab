"""How far a production is, from its takes and the workers' last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

WEIGHT = {"voice": 6.0, "animate": 6.0, "cut": 2.0, "mix": 1.0, "listen": 1.0, "inspect": 1.0}
A_LINE = WEIGHT["voice"] + WEIGHT["listen"] + WEIGHT["animate"] + WEIGHT["inspect"] + WEIGHT["cut"]
A_CUT = WEIGHT["mix"] + WEIGHT["cut"] + 2 * WEIGHT["inspect"]
"""What a line and a cut come to in the end: most takes can be named only once their inputs are rendered."""

VERB = {
    "voice": "speaking",
    "animate": "animating",
    "mix": "mixing",
    "cut": "cutting",
    "listen": "listening back",
    "inspect": "looking closely",
}
"""Heaviest first."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`fraction` 0..1 of the known work; `doing` the two heaviest kinds under way; counts of takes."""

    fraction: float
    doing: str
    done: int
    total: int
    reused: int


def measure(takes: Sequence[Mapping[str, Any] | RowMapping], fractions: Mapping[str, float]) -> Progress:
    """Sum up `takes` (rows of studio.store.takes.of_production) with the fractions of those under way."""
    done = known = 0.0
    busy: set[str] = set()
    for take in takes:
        weight = WEIGHT.get(take["kind"], 1.0)
        known += weight
        if take["state"] != "ordered":
            done += weight
        elif take["id"] in fractions:
            done += weight * fractions[take["id"]]
            busy.add(take["kind"])
    finished = sum(take["state"] != "ordered" for take in takes)
    reused = sum(bool(take["reused"]) for take in takes)
    total = max(known, sum(take["kind"] == "voice" for take in takes) * A_LINE + A_CUT)
    doing = ", ".join([verb for kind, verb in VERB.items() if kind in busy][:2])
    return Progress(done / total if known else 0.0, doing, finished, len(takes), reused)
