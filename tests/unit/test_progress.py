"""Progress never runs backwards while takes come to be known."""

from __future__ import annotations

from typing import Any

import pytest

from studio.progress import measure

pytestmark = pytest.mark.unit


def take(kind: str, state: str = "done") -> dict[str, Any]:
    return {"id": f"{kind}-{state}", "kind": kind, "state": state, "reused": 0}


def test_the_whole_work_is_expected_from_the_start() -> None:
    line = ["voice", "listen", "animate", "inspect", "cut"]
    seen = [
        measure([take("voice", "ordered")], {}),
        measure([take("voice", "ordered")], {"voice-ordered": 0.5}),
        measure([take("voice"), take("listen", "ordered"), take("animate", "ordered")], {}),
        measure([take(kind) for kind in line], {}),
        measure([take(kind) for kind in [*line, "mix", "cut", "inspect", "inspect"]], {}),
    ]
    fractions = [each.fraction for each in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0


def test_it_says_what_is_being_done_and_what_was_reused() -> None:
    rows = [take("voice", "ordered"), take("cut") | {"reused": 1}]
    found = measure(rows, {"voice-ordered": 0.1})
    assert (found.doing, found.done, found.total, found.reused) == ("speaking", 1, 2, 1)


def test_of_many_things_at_once_the_two_heaviest_are_said_always_in_the_same_order() -> None:
    kinds = ["inspect", "listen", "cut", "animate", "voice"]
    rows = [take(kind, "ordered") for kind in kinds]
    fractions = {row["id"]: 0.5 for row in rows}
    assert measure(rows, fractions).doing == measure(rows[::-1], fractions).doing == "speaking, animating"
    assert measure(rows[:2], fractions).doing == "listening back, looking closely"
