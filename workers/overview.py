"""The whole installation on one page, as data: `aiclone status`."""

from __future__ import annotations

import socket
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import Connection, RowMapping

from studio import dates
from studio.domain import TakeId
from studio.health import Check, Health
from studio.media import MediaStore
from studio.queue import progress_key
from studio.settings import Settings
from studio.store import Store, trainings, watch
from studio.store.revisions import NEWEST, revision_of
from workers.memory import children, family_mb
from workers.supervisor import stack_pid
from workers.training import ended, same_command, waits_for

ASKED_S = 60.0
ON_THE_TABLE = {
    "script_review": "the script",
    "cut_review": "the preview",
    "drafting": "a question on the brief",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """Plain JSON throughout; ages in seconds, `fraction` 0..1, memory in MB with child processes."""

    checks: list[Check]
    stack_pid: int | None
    processes: list[dict[str, Any]]
    queues: dict[str, int]
    productions: dict[str, int]
    rendering: list[dict[str, Any]]
    waiting_takes: int
    people: list[dict[str, Any]]
    dated: list[dict[str, Any]]
    parked: list[dict[str, Any]]
    stuck: list[dict[str, str]]


def look_round(settings: Settings, store: Store) -> Overview:
    """Look at everything once; what cannot be reached is missing and among the checks."""
    health = Health(settings, store)
    try:
        checks = health.checks()
        processes, queues = _processes(health), _queues(health)
        with store.read() as connection:
            usable = revision_of(connection) == NEWEST
            facts = _facts(connection, health) if usable else ({}, [], 0, [], [], [], [])
            untrained = _trainings(connection, health, settings) if usable else []
    finally:
        health.close()
    known, rendering, waiting, people, dated, parked, failed = facts
    pid, stuck = stack_pid(settings), [*_stuck(failed, parked), *untrained]
    return Overview(checks, pid, processes, queues, known, rendering, waiting, people, dated, parked, stuck)


def _processes(health: Health) -> list[dict[str, Any]]:
    try:
        found = health.processes()
    except (RedisError, OSError):
        return []
    tree, here, now = children(), socket.gethostname(), time.time()
    return [
        {
            "role": each["role"],
            "host": each["host"],
            "pid": each["pid"],
            "up_s": round(now - each["since"]),
            "memory_mb": family_mb(each["pid"], tree) if each["host"] == here else None,
        }
        for each in found
    ]


def _queues(health: Health) -> dict[str, int]:
    try:
        return health.jobs()
    except (RedisError, OSError):
        return {}


def _facts(connection: Connection, health: Health) -> tuple[Any, ...]:
    ordered = [*watch.ordered_takes(connection), *trainings.all_under_way(connection)]
    fractions = _fractions(health, ordered)
    rendering = [
        {**_plain(row, "production_id", "role", "engine", "attempt", "say"), "fraction": fractions[row["id"]]}
        for row in ordered
        if row["id"] in fractions
    ]
    now = time.time()
    people = [
        {
            "production_id": row["id"],
            "what": ON_THE_TABLE[row["status"]],
            "conversation": row["conversation"],
            "age_s": round(now - row["updated_at"]),
        }
        for row in watch.waiting_for_people(connection, now - ASKED_S)
    ]
    parked = [
        {
            **_plain(row, "key", "production_id", "kind", "state", "ref"),
            "age_s": round(now - row["created_at"]),
        }
        for row in watch.parked_messages(connection)
    ]
    known, dated = (
        watch.productions_by_status(connection),
        [_dated(row) for row in watch.scheduled(connection)],
    )
    waiting = len({row["id"] for row in ordered} - set(fractions))
    return known, rendering, waiting, people, dated, parked, watch.failed_takes(connection)


def _dated(row: RowMapping) -> dict[str, Any]:
    when = dates.said(row["due"], row["zone"])
    return {"production_id": row["id"], "due": row["due"], "when": when, "conversation": row["conversation"]}


def _fractions(health: Health, ordered: list[RowMapping]) -> dict[str, float]:
    ids = [row["id"] for row in ordered]
    try:
        found: Any = health.redis.mget([progress_key(each) for each in ids]) if ids else []
    except (RedisError, OSError):
        return {}
    return {each: float(value) for each, value in zip(ids, found, strict=True) if value}


def _stuck(failed: list[RowMapping], parked: list[dict[str, Any]]) -> list[dict[str, str]]:
    takes = Counter(row["production_id"] for row in failed)
    why = {row["production_id"]: f"{row['role']}: {row['say'] or row['reason']}" for row in failed}
    found = {each: f"{count} failed take(s), last {why[each]}" for each, count in takes.items()}
    for row in parked:
        state = f"a {row['kind']} is {row['state']}: {row['ref'] or row['key']}"
        production = row["production_id"] or ""
        found[production] = f"{found[production]}; {state}" if production in found else state
    return [
        {
            "what": f"{each or 'no production'}: {what}",
            "next": f"aiclone retry {each}" if each else "see the log",
        }
        for each, what in found.items()
    ]


def _trainings(connection: Connection, health: Health, settings: Settings) -> list[dict[str, str]]:
    """Trainings that ended and made no version, and those that nobody is there to make."""
    media, found = MediaStore(settings.home / "media"), []
    for row in trainings.failed(connection):
        what = f"{row['name']}: the voice's training failed: {ended(row).say}"
        found.append({"what": what, "next": same_command(media, row["name"], row["order"])})
    for row in trainings.all_under_way(connection):
        missing, command = waits_for(health, row["engine"], TakeId(row["id"]))
        if missing:
            found.append(
                {"what": f"{row['production_id']}: the voice's training waits: {missing}", "next": command}
            )
    return found


def _plain(row: RowMapping, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
