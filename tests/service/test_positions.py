"""Checkpoints of the previous version, of nobody's version, and none: the same review, not a word twice."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.domain import ProductionId, Status
from studio.settings import Settings
from tests.fakes.studio import Floor
from workers.desk import open_desk
from workers.positions import NAME, open_positions

pytestmark = pytest.mark.service
RELEASED = Path(__file__).parent.parent / "fixtures" / "0.1.0"
SCRIPT = "Script: We build compilers. They are fast. They are small."
GARBAGE = {
    "checkpoint": "update checkpoints set checkpoint = x'00ff00'",
    "metadata": "update checkpoints set metadata = x'00ff00'",
    "kind": "update checkpoints set type = 'pickle'",
    "empty": "update checkpoints set type = 'json', checkpoint = '{}'",
    "write": "update writes set value = x'c1ff00'",
    "node": "update writes set channel = replace(channel, 'await_', 'sit_and_')",
    "table": "drop table writes",
}


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def at_review(floor: Floor, review: str) -> tuple[int, int]:
    """Bring a production there; how much was said and rendered."""
    if review == "cut":
        floor.to_preview(SCRIPT)
    else:
        floor.write(SCRIPT)
        floor.look()
    return len(floor.messages()), len(floor.rendered)


def come_back(floor: Floor) -> None:
    """A new agent process visits the production; a person hears and waits for nothing."""
    said, rendered = len(floor.messages()), len(floor.rendered)
    floor.desk.close()
    floor.desk = open_desk(floor.settings)
    floor.store = floor.desk.store
    asyncio.run(floor.desk.visit(ProductionId(floor.production()["id"])))
    assert (len(floor.messages()), len(floor.rendered)) == (said, rendered)


def go_on(floor: Floor, review: str) -> None:
    """The person says yes, and what follows follows once."""
    floor.write("approve")
    floor.look()
    if review == "script":
        assert len(floor.messages("preview")) == 1
        floor.write("approve")
        floor.look()
    assert floor.production()["status"] == Status.DELIVERED
    assert len(floor.messages("delivered")) == 1


@pytest.mark.parametrize("review", ["script", "cut"])
def test_a_position_of_the_released_version_is_resumed(floor: Floor, review: str) -> None:
    at_review(floor, review)
    (floor.settings.home / NAME).unlink()
    lines = (RELEASED / f"positions_{review}_review.sql").read_text()
    with closing(sqlite3.connect(floor.settings.home / NAME)) as made:
        made.executescript(lines.replace("THREAD", floor.production()["id"]))
        had = made.execute("select max(checkpoint_id) from checkpoints").fetchone()
    come_back(floor)
    with closing(sqlite3.connect(floor.settings.home / NAME)) as now:
        assert now.execute("select max(checkpoint_id) from checkpoints").fetchone() == had  # it fits
    go_on(floor, review)


@pytest.mark.sqlite
@pytest.mark.parametrize("change", GARBAGE.values(), ids=list(GARBAGE))
def test_a_position_that_nobody_can_read_is_entered_anew(floor: Floor, change: str) -> None:
    at_review(floor, "cut")
    with closing(sqlite3.connect(floor.settings.home / NAME)) as file, file:
        file.execute(change)
    come_back(floor)
    go_on(floor, "cut")


@pytest.mark.sqlite
@pytest.mark.parametrize("how", ["bytes", "cut short", "middle"])
def test_a_broken_file_is_moved_aside_and_said(
    floor: Floor, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    at_review(floor, "cut")
    file = floor.settings.home / NAME
    with closing(sqlite3.connect(file)) as folded:
        folded.execute("pragma wal_checkpoint(truncate)")
    whole = file.read_bytes()
    half = len(whole) // 2
    broken = {
        "bytes": b"?" * 5000,
        "cut short": whole[:half],
        "middle": whole[:5000] + b"?" * (len(whole) - 5000),
    }
    file.write_bytes(broken[how])
    with caplog.at_level(logging.WARNING):
        come_back(floor)
    assert "positions begin anew" in caplog.text
    [aside] = floor.settings.home.glob("checkpoints.broken-*.db")
    assert aside.read_bytes() == broken[how]
    go_on(floor, "cut")


@pytest.mark.sqlite
def test_a_file_that_breaks_under_a_running_agent_is_replaced(floor: Floor) -> None:
    said, rendered = at_review(floor, "cut")
    file = floor.settings.home / NAME
    with closing(sqlite3.connect(file)) as folded:
        folded.execute("pragma wal_checkpoint(truncate)")
    with file.open("r+b") as open_file:
        open_file.write(b"?" * 20_000)
    floor.write("approve")
    floor.look()
    floor.desk.calm_until.clear()
    asyncio.run(floor.desk.sweep())
    assert floor.production()["status"] == Status.DELIVERED
    assert (len(floor.messages()), len(floor.rendered)) == (said + 1, rendered)


def test_a_home_without_a_file_gets_one(tmp_path: Path) -> None:
    saver = open_positions(tmp_path / "home")
    assert list(saver.list(None)) == []
    saver.conn.close()
