"""Ten thousand productions that wait for a person: what a sweep costs, and a scrape of the metrics."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from pathlib import Path

from sqlalchemy import insert

from bench.control.processes import settings_in
from bot.web.metrics import scrape
from studio.domain import Status
from studio.health import Health
from studio.store.schema import outbox, production_takes, productions, scripts, takes
from studio.store.stages import Stages
from tests.fakes.studio import GRACE
from workers.desk import open_desk

PARKED, TAKES = 10_000, 10
CHUNK = 500


def measure(folder: Path) -> tuple[float, float, float]:
    """Wall and CPU seconds of one sweep (the best of three) with PARKED productions and nothing to do.

    And the CPU seconds of a scrape of their takes, after the first one.
    """
    settings = settings_in(folder)
    settings.home.mkdir(parents=True)
    desk = open_desk(settings)
    for start in range(0, PARKED, CHUNK):
        with desk.store.write() as connection:
            for table, rows in _rows(range(start, start + CHUNK)).items():
                connection.execute(insert(table), rows)
    found = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        asyncio.run(desk.sweep())
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    health, stages, scrapes = Health(settings, desk.store), Stages(), []
    for _ in range(4):
        cpu = time.process_time()
        scrape(health, stages)
        scrapes.append(time.process_time() - cpu)
    health.close()
    desk.close()
    return *min(found), min(scrapes)


def _rows(numbers: range) -> dict[object, list[dict[str, object]]]:
    now = time.time()
    rows: dict[object, list[dict[str, object]]] = {
        table: [] for table in (productions, scripts, takes, production_takes, outbox)
    }
    for number in numbers:
        name = uuid.uuid4().hex[:12]
        rows[productions].append(
            {"id": name, "conversation": f"desk:{number}", "persona_id": GRACE.id, "asked_by": "ann",
             "brief": "b", "options": {}, "status": Status.CUT_REVIEW, "fence": 3, "lease_until": 0.0,
             "wake": 0, "created_at": now, "updated_at": now}
        )  # fmt: skip
        rows[scripts].append(
            {"production_id": name, "version": 1, "body": {"lines": []}, "approved": 1, "note": "",
             "created_at": now}
        )  # fmt: skip
        for at in range(TAKES):
            take = f"{name}-{at}"
            rows[takes].append(
                {"id": take, "kind": "voice", "engine": "kokoro", "order": json.loads("{}"), "state": "done",
                 "attempt": 1, "rung_at": now, "not_before": 0.0, "artifact": "a" * 64,
                 "facts": {"seconds": 4.0}, "cost": {"wall_s": 3.0}, "created_at": now,
                 "finished_at": now - number, "founder": f"f{number % 50}", "born": now}
            )  # fmt: skip
            rows[production_takes].append(
                {"production_id": name, "take_id": take, "role": f"voice:{at}", "reused": 0, "at": now}
            )
        rows[outbox].append(
            {"key": f"preview:{name}:1", "production_id": name, "conversation": f"desk:{number}",
             "kind": "preview", "body": {}, "state": "done", "attempts": 1, "not_before": 0.0,
             "created_at": now, "done_at": now}
        )  # fmt: skip
    return rows
