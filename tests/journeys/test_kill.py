"""What a laptop does to programs: every process is killed at the worst moment, and the video still comes once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from redis import Redis

from studio.messages import PREVIEW
from studio.queue import lease_key
from studio.store import productions, reviews
from tests.journeys.house import House, family, kill, lives, until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def in_the_middle(house: House, conversation: str, engine: str) -> str:
    """The id of a take of that engine that a worker has started."""
    take = house.take(conversation, engine, "ordered")
    with Redis.from_url(house.settings.redis_url) as redis:
        until(lambda: redis.exists(lease_key(take["id"], take["attempt"])), every_s=0.01)
    return str(take["id"])


def mtimes(house: House) -> dict[Path, int]:
    """When each stored file was written."""
    stored = (house.settings.home / "media" / "sha256").rglob("*")
    return {path: path.stat().st_mtime_ns for path in stored if path.is_file()}


def test_a_killed_media_worker_costs_one_attempt_and_a_killed_agent_nothing(house: House) -> None:
    talk = house.to_render("Script: We build small and fast compilers for everybody who writes programs.")
    take_id = in_the_middle(house, talk, "meshwarp")
    worker = house.pid("media")
    engines = family(worker)
    assert engines
    kill(worker)
    killed_at = time.monotonic()
    until(lambda: not any(map(lives, engines)), 30)
    until(lambda: any(row["id"] == take_id and row["attempt"] == 2 for row in house.takes(talk)), 60)
    assert time.monotonic() - killed_at < 60  # promised are 30 s, on a machine that does nothing else
    assert house.pid("media") != worker
    preview = house.shown(talk, PREVIEW)
    assert {row["attempt"] for row in house.takes(talk) if row["engine"] == "kokoro"} == {1}

    house.kill("agent")
    house.decide(talk, preview["subject"])

    def approved() -> object:
        with house.store.read() as connection:
            return reviews.decision_on(connection, preview["subject"])

    until(approved, every_s=0.001)
    house.kill("agent")
    assert house.delivered(talk).read_bytes() == _stored(house, preview["sha256"])
    assert len(house.messages(talk, PREVIEW)) == 1


def test_a_killed_redis_forgets_everything_and_the_video_still_comes(house: House) -> None:
    talk = house.to_render("Script: Redis may forget what it was told, because the facts are elsewhere.")
    in_the_middle(house, talk, "meshwarp")
    house.kill("redis")
    preview = house.shown(talk, PREVIEW)
    house.decide(talk, preview["subject"])
    house.delivered(talk)
    assert len(house.messages(talk, PREVIEW)) == 1


def test_after_a_power_cut_the_render_goes_on_where_it_was(house: House) -> None:
    talk = house.to_render("Script: The lights went out while the second take was on its way to you.")
    in_the_middle(house, talk, "meshwarp")
    house.kill_everything()
    done = {row["id"]: row for row in house.takes(talk) if row["state"] == "done"}
    assert "kokoro" in {row["engine"] for row in done.values()}
    before = mtimes(house)
    house.start()
    preview = house.shown(talk, PREVIEW)
    after = {row["id"]: row for row in house.takes(talk)}
    assert {each: after[each]["finished_at"] for each in done} == {
        each: row["finished_at"] for each, row in done.items()
    }
    assert {path: time_ns for path, time_ns in mtimes(house).items() if path in before} == before
    house.decide(talk, preview["subject"])
    house.delivered(talk)
    assert len(house.messages(talk, PREVIEW)) == 1
    with house.store.read() as connection:
        asked = [row["conversation"] for row in productions.latest(connection)]
    for each in asked:  # sweeps and a restart later they left once as well
        house.delivered(each)


def _stored(house: House, sha256: str) -> bytes:
    return (house.settings.home / "media" / "sha256" / sha256[:2] / sha256).read_bytes()
