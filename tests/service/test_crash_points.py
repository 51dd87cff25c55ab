"""One production, killed at every place it has; and the same with each protection removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("mutant", "broken"),
    [
        ("answer before commit", "lost answer"),
        ("no look before a repeated post", "shown 2 times"),
        ("no wait for what may still land", "shown 2 times"),
        ("no sweep", "never ended"),
        ("a click answers whatever is current", "by a click on"),
    ],
)
def test_without_this_protection_the_harness_finds_a_broken_promise(mutant: str, broken: str) -> None:
    done = harness("states", "--mutant", mutant)
    assert done.returncode == 1, done.stdout + done.stderr
    assert broken in done.stdout
