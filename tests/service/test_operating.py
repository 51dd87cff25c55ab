"""What machines that look after this one get: health, readiness, metrics; and a disk that is full."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from bot.doorbell import Doorbell
from bot.web.app import create
from bot.web.door import Door, home_token
from studio.domain import PersonaId, ProductionId, TakeId
from studio.health import Health
from studio.media import MediaStore
from studio.messages import SAY
from studio.presence import Presence
from studio.settings import Settings
from studio.store import Store, outbox, productions, schema, takes
from studio.store.stages import SETTLED_S, Stages
from tests.fakes.serving import served

pytestmark = pytest.mark.service
CANARY = "our secret merger with Zanzibar Ltd, call +49 151 0000000"
Address = tuple[str, Settings]
DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE, ALARMS = DOCS / "operating.md", DOCS / "alerts.yaml"


@pytest.fixture
def address(settings: Settings, store: Store, media: MediaStore) -> Iterator[Address]:
    """A served desk with its probes."""
    health = Health(settings, store)
    doorbell = Doorbell(settings.redis_url)
    with served(create(store, media, doorbell, home_token(settings.home), "127.0.0.1", health)) as url:
        yield url, settings
    health.close()


def ready(url: str) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = httpx.get(f"{url}/readyz", timeout=20)
    body = answer.json()
    assert body["ok"] is (answer.status_code == 200)
    assert all(check["ok"] or check["mend"] for check in body["checks"])
    return answer.status_code, {check["name"]: check for check in body["checks"]}


def wrong(url: str) -> set[str]:
    return {name for name, check in ready(url)[1].items() if not check["ok"]}


def metrics(url: str, settings: Settings) -> dict[tuple[str, ...], float]:
    """(name, label values…) → value."""
    token = Door(home_token(settings.home)).metrics_token
    answer = httpx.get(f"{url}/metrics", headers={"authorization": f"Bearer {token}"}, timeout=20)
    assert answer.status_code == 200
    assert "Zanzibar" not in answer.text
    samples = [each for family in text_string_to_metric_families(answer.text) for each in family.samples]
    return {(each.name, *each.labels.values()): each.value for each in samples}


def test_ready_means_database_redis_processes_disk_and_inbox(address: Address, redis: str) -> None:
    url, _ = address
    assert wrong(url) == {"agent", "media"}
    both = [Presence(redis, role) for role in ("agent", "media")]
    until = time.monotonic() + 10.0
    while wrong(url) and time.monotonic() < until:
        time.sleep(0.05)
    status, checks = ready(url)
    assert status == 200
    assert list(checks) == ["disk", "database", "redis", "agent", "media", "inbox"]
    for each in both:
        each.stop()
    assert wrong(url) == {"agent", "media"}


def test_health_needs_nothing_and_readiness_says_what_is_missing(address: Address) -> None:
    url, settings = address
    assert httpx.get(f"{url}/healthz").json() == {"ok": True}
    status, checks = ready(url)  # no Redis here
    assert status == 503
    assert settings.redis_url.split("/")[2] in checks["redis"]["mend"]
    assert {name for name, check in checks.items() if not check["ok"]} == {"redis", "agent", "media"}


def test_an_old_schema_an_old_message_and_a_full_disk_are_not_ready(settings: Settings, store: Store) -> None:
    health = Health(settings.model_copy(update={"disk_floor_mb": 10**9}), store)
    assert "make room" in health.disk().mend
    with store.write() as connection:
        connection.exec_driver_sql(
            "insert into inbox (source, event_id, conversation, person, kind, body, received_at)"
            " values ('desk', 'e', 'c', 'p', 'text', '{}', 1.0)"
        )
    assert not health.inbox().ok
    assert health.database().ok
    with store.write() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '0000'")
    assert "0000" in health.database().says
    assert not health.database().ok
    health.close()


def test_a_database_that_cannot_be_written_is_not_ready(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facts.db"
    made = Store(f"sqlite:///{path}")
    made.migrate()
    made.close()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    looking = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    found = Health(settings, looking).database()
    looking.close()
    assert list(Path().iterdir()) == []  # an address is no folder's name
    assert not found.ok
    assert "cannot be written" in found.says


def test_metrics_are_the_facts_and_hold_nothing_personal(address: Address, store: Store, redis: str) -> None:
    url, settings = address
    with store.write() as connection:
        one = ProductionId("p1")
        productions.create(connection, one, "desk:1", PersonaId("g"), CANARY, CANARY, {})
        for n in range(4):
            takes.order(connection, TakeId(f"t{n}"), "voice", "kokoro", {"request": {"text": CANARY}})
            takes.use(connection, one, TakeId(f"t{n}"), f"voice:{n}", False)
        takes.try_again(connection, TakeId("t1"), 1, CANARY, 0.0)
        takes.finish(connection, TakeId("t0"), 1, _done(2.5))
        takes.finish(connection, TakeId("t1"), 2, _done(1.5))
        takes.fail(connection, TakeId("t2"), 1, "EngineDied", CANARY)
        takes.fail(connection, TakeId("t3"), 1, CANARY[:40], CANARY)  # no code of ours
        takes.order(connection, TakeId("t4"), "mix", "mix", {}, rank=2)
        takes.order(connection, TakeId("t5"), "listen", "whisper", {}, rank=0)
        takes.mark_rung(connection, TakeId("t5"), 1)
        outbox.put(connection, f"say:{CANARY[:9]}", "desk:1", SAY, {"text": CANARY}, one)
        call = {"model": "gpt-4.1", "prompt_hash": "h", "tokens_in": 900, "tokens_out": 90, "usd": 0.5}
        productions.add_spend(connection, one, "draft", call)
    found = metrics(url, settings)
    assert found["aiclone_takes", "kokoro", "voice", "done"] == 2
    assert found["aiclone_takes_failed", "kokoro", "EngineDied"] == 1
    assert found["aiclone_takes_failed", "kokoro", "other"] == 1
    assert found["aiclone_take_retries_total", "kokoro", "voice"] == 1
    assert found["aiclone_take_cpu_seconds_sum", "kokoro", "voice"] == 4.0
    assert found["aiclone_take_cpu_seconds_count", "kokoro", "voice"] == 2
    buckets = {
        name[3]: value for name, value in found.items() if name[0] == "aiclone_take_wall_seconds_bucket"
    }
    assert [buckets[bound] for bound in ("1.0", "2.5", "+Inf")] == [0, 2, 2]
    assert found["aiclone_queue_takes", "batch", "mix"] == 1
    assert (
        sum(value for name, value in found.items() if name[0] == "aiclone_queue_takes") == 1
    )  # not the rung one
    assert found["aiclone_queue_oldest_seconds", "batch"] > 0
    assert found["aiclone_queue_oldest_seconds", "interactive"] == 0
    assert found["aiclone_takes", "whisper", "listen", "rung"] == 1
    assert found["aiclone_outbox", "say", "new"] == 1
    assert found["aiclone_productions", "drafting"] == 1
    assert found["aiclone_spend_usd_total", "gpt-4.1"] == 0.5
    assert found["aiclone_queue_jobs", "cpu"] == 0
    assert found["aiclone_workers", "cpu"] == 0
    assert found[("aiclone_redis_up",)] == 1


def test_every_metric_is_described_and_alarms_ask_for_metrics_that_are_there(
    address: Address, store: Store, redis: str
) -> None:
    url, settings = address
    one = ProductionId("p1")
    with store.write() as connection:
        productions.create(connection, one, "desk:1", PersonaId("g"), "a", "b", {})
        takes.order(connection, TakeId("t0"), "voice", "kokoro", {})
        takes.finish(connection, TakeId("t0"), 1, _done(1.0))
        takes.order(connection, TakeId("t1"), "voice", "kokoro", {})
        takes.fail(connection, TakeId("t1"), 1, "EngineDied", "gone")
        outbox.put(connection, "k", "desk:1", SAY, {"text": "x"}, one)
        call = {"model": "gpt-4.1", "prompt_hash": "h", "tokens_in": 900, "tokens_out": 90, "usd": 0.5}
        productions.add_spend(connection, one, "draft", call)
    agent = Presence(redis, "agent")
    agent.notes["sweep_s"] = 0.1
    until = time.monotonic() + 10.0
    while ("aiclone_sweep_seconds",) not in (found := metrics(url, settings)) and time.monotonic() < until:
        time.sleep(0.1)
    agent.stop()
    there = {name for name, *_ in found}
    rules = [rule for group in yaml.safe_load(ALARMS.read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"aiclone_\w+", rule["expr"])}
    assert asked <= there
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in there}
    described = set(re.findall(r"^\| `(aiclone_\w+)`", GUIDE.read_text(), re.MULTILINE))
    assert described == families
    assert all({"alert", "expr", "for", "annotations"} == set(rule) for rule in rules)


def test_stage_seconds_are_counted_once_and_anew_when_the_count_is_wrong(store: Store) -> None:
    stages = Stages()

    def finished(take: str, ago_s: float) -> None:
        with store.write() as connection:
            takes.order(connection, TakeId(take), "voice", "kokoro", {})
            takes.finish(connection, TakeId(take), 1, _done(3.0))
            row = schema.takes.c
            connection.execute(
                update(schema.takes).where(row.id == take).values(finished_at=time.time() - ago_s)
            )

    def counted() -> int:
        with store.read() as connection:
            found = stages.look(connection)["voice", "kokoro"]
        assert found.wall.total == 3.0 * found.done == 3.0 * sum(found.wall.counts)
        return found.done

    finished("old", 2 * SETTLED_S)
    assert (counted(), counted()) == (1, 1)
    finished("new", 1.0)
    assert (counted(), counted()) == (2, 2)
    finished("late", 5 * SETTLED_S)  # the clock went back
    assert (counted(), counted()) == (3, 3)
    finished("early", -3600.0)  # and forth
    assert (counted(), counted()) == (4, 4)


def test_metrics_want_their_token_which_opens_nothing_else(address: Address) -> None:
    url, settings = address
    door = Door(home_token(settings.home))
    for bearer in ("", "Bearer", "Bearer guessed", f"Bearer {door.stamp('')}"):
        assert httpx.get(f"{url}/metrics", headers={"authorization": bearer}).status_code == 401
    assert metrics(url, settings)[("aiclone_redis_up",)] == 0  # no Redis here
    assert httpx.get(f"{url}/login", params={"token": door.metrics_token}).status_code == 401
    session = {"cookie": f"aiclone_session={door.session()}"}
    assert httpx.get(f"{url}/metrics", headers=session).status_code == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk_is_a_clear_page_and_nothing_is_half_recorded(settings: Settings) -> None:
    settings.home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8M", "none", str(settings.home)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this root may not mount")
    try:
        _post_on_a_full_disk(settings.model_copy(update={"disk_floor_mb": 1}))
    finally:
        subprocess.run(["umount", "-l", str(settings.home)], check=True)


def _post_on_a_full_disk(settings: Settings) -> None:
    store, media, token = (
        Store(settings.database),
        MediaStore(settings.home / "media"),
        home_token(settings.home),
    )
    store.migrate()
    health = Health(settings, store)
    app = create(store, media, Doorbell(settings.redis_url), token, "127.0.0.1", health)
    with served(app) as url, httpx.Client(base_url=url, timeout=40) as browser:
        browser.get("/login", params={"token": token})
        page = browser.get("/").text
        form = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("stamp", "nonce")}
        ballast = settings.home / "ballast"
        _fill(ballast)
        answer = browser.post("/new", data={**form, "text": CANARY * 400})
        assert (answer.status_code, "The disk is full" in answer.text) == (507, True)
        assert "disk" in wrong(url)
        ballast.unlink()
        assert browser.post("/new", data={**form, "text": CANARY}).status_code == 303
        assert "disk" not in wrong(url)
    health.close()
    store.close()


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as ballast:
        while ballast.write(b"x" * 4096):
            pass


def _done(cpu_s: float) -> dict[str, Any]:
    return {"artifact": "a" * 64, "facts": {"seconds": 1.0}, "cost": {"cpu_s": cpu_s, "wall_s": cpu_s}}
