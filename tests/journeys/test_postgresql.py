"""The whole stack on PostgreSQL, with two agents at once: one video, nothing twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.media import MediaStore, sha256_of
from studio.messages import PREVIEW
from studio.store import outbox
from studio.store.check import faults
from tests.databases import Databases
from tests.journeys.house import House, settings_of
from workers.child import ROOT
from workers.supervisor import environment_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
BRIEFS = ("Script: One database serves two agents.", "Script: And nothing is ever said twice.")


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    """A stack whose facts are in PostgreSQL, and a second agent beside it."""
    url = databases.new("postgresql", tmp_path, migrated=False)
    changes = {"database_url": url, "recipe": "quick"}
    settings = settings_of(tmp_path / "home", tmp_path / "deliveries").model_copy(update=changes)
    made = House(settings)
    made.start()
    second = subprocess.Popen(
        [sys.executable, "-m", "workers.cli", "agent"], cwd=ROOT, env=environment_of(settings)
    )
    yield made
    second.terminate()
    assert second.wait(20) in (0, -15)
    made.stop()


def test_two_agents_on_postgresql_deliver_each_video_once(house: House, tmp_path: Path) -> None:
    talks = [house.to_render(brief) for brief in BRIEFS]
    for talk in talks:
        preview = house.shown(talk, PREVIEW)
        house.decide(talk, preview["subject"])
        house.decide(talk, preview["subject"])
    for talk in talks:
        assert sha256_of(house.delivered(talk)) == house.shown(talk, PREVIEW)["sha256"]
        assert len(house.messages(talk, PREVIEW)) == len(house.messages(talk, "script")) == 1
        assert {row["engine"] for row in house.takes(talk)} >= {"piper"}
        assert {row["attempt"] for row in house.takes(talk)} == {1}
    with house.store.read() as connection:
        assert outbox.due(connection) == []
    assert faults(house.store, MediaStore(house.settings.home / "media")) == []
    assert not list(house.settings.home.glob("aiclone.db*"))
