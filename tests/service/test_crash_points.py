"""One production, killed at every place it has; and the same with each protection removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parents[2]


def harness(*words: str) -> subprocess.CompletedProcess[str]:
    """The enumeration runs in a process of its own: it forks, and pytest has threads."""
    command = [sys.executable, "-m", "tests.chaos.points", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )


def test_whatever_a_death_leaves_on_the_disk_the_video_comes_once() -> None:
    done = harness("states")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stderr


def test_real_kills_find_nothing_else() -> None:
    done = harness("kill", "--every", "37")
    assert done.returncode == 0, done.stdout + done.stderr


MUTANTS = {
    "answer before commit": "lost answer",
    "no look before a repeated post": "shown 2 times",
    "no wait for what may still land": "shown 2 times",
    "no sweep": "never ended",
    "a click answers whatever is current": "by a click on",
}


@pytest.fixture(scope="module")
def found() -> list[list[Any]]:
    """[mutant, number, place, what is broken] of each case in which a promise broke; one process tries them all."""
    done = harness("states", "--mutants", *MUTANTS)
    assert done.returncode == 1, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_without_this_protection_the_harness_finds_a_broken_promise(
    mutant: str, found: list[list[Any]]
) -> None:
    mine = [case[-1] for case in found if case[0] == mutant]
    assert any(MUTANTS[mutant] in promise for broken in mine for promise in broken), mine
