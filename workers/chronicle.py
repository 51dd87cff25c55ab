"""What became of one production, fact by fact, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from studio.domain import ProductionId
from studio.store import productions, takes
from studio.store.schema import approvals, cuts, outbox, replies, scripts, spend
from studio.store.unwanted import CANCELLED

BATCH_S = 1.0
STATES = ("done", "ordered", "failed", CANCELLED)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: `at` in seconds since the brief, `what` in a word, `detail` in a line, `well` unless it failed."""

    at: float
    what: str
    detail: str
    well: bool = True


def chronicle(connection: Connection, production_id: ProductionId) -> list[Event]:
    """Everything known of a production, oldest first."""
    row = productions.get(connection, production_id)
    found = [Event(row["created_at"], "brief", f"{row['asked_by']}: {_short(row['brief'])}")]
    for part in (_scripts, _replies, _takes, _cuts, _messages, _spend):
        found += part(connection, production_id)
    start = row["created_at"]
    found.sort(key=lambda event: event.at)
    return [Event(round(each.at - start, 1), each.what, each.detail, each.well) for each in found]


def totals(connection: Connection, production_id: ProductionId) -> dict[str, Any]:
    """Takes by state, reused ones, CPU seconds of its own takes, attempts beyond the first, USD."""
    rows = takes.of_production(connection, production_id)
    own = [row for row in rows if not row["reused"] and row["cost"]]
    states = {state: sum(row["state"] == state for row in rows) for state in STATES}
    return {
        "takes": states,
        "reused": sum(bool(row["reused"]) for row in rows),
        "cpu_s": round(sum(row["cost"].get("cpu_s", 0.0) for row in own), 1),
        "retries": sum(row["attempt"] - 1 for row in rows),
        "usd": round(productions.spent(connection, production_id), 4),
    }


def _scripts(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    for row in _of(connection, scripts, production_id, "created_at"):
        note = f"; {_short(row['note'])}" if row["note"] else ""
        yield Event(row["created_at"], f"script {row['version']}", f"{len(row['body']['lines'])} lines{note}")


def _replies(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    for row in _of(connection, replies, production_id, "created_at"):
        meant = f" → {row['verdict']}" if row["verdict"] else ", not read yet"
        said = row["decision"] or f"“{_short(row['text'])}”"
        yield Event(row["created_at"], "reply", f"{row['person']}: {said}{meant}")
    for row in _of(connection, approvals, production_id, "at"):
        on = row["subject"].replace(f":{production_id}:", " ")
        of = f", file {row['sha256'][:12]}" if row["sha256"] else ""
        yield Event(row["at"], "decision", f"{row['decision']} on {on} by {row['person']}{of}")


def _takes(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    ordered: list[tuple[float, list[str]]] = []
    for row in takes.of_production(connection, production_id):
        if row["reused"]:
            continue
        if not ordered or row["created_at"] - ordered[-1][0] > BATCH_S:
            ordered.append((row["created_at"], []))
        ordered[-1][1].append(row["role"])
        yield from _take(row)
    for at, roles in ordered:
        yield Event(at, "ordered", ", ".join(roles))


def _take(row: RowMapping) -> Iterator[Event]:
    again = f", attempt {row['attempt']}" if row["attempt"] > 1 else ""
    if row["state"] == "failed":
        told = f"{row['role']} by {row['engine']}{again}: {row['reason']}, {row['say']}"
        yield Event(row["finished_at"], "failed", told, False)
    elif row["state"] == "done":
        cost = row["cost"] or {}
        spent = f"{cost.get('cpu_s', 0.0):.1f} CPU-s in {cost.get('wall_s', 0.0):.1f} s"
        yield Event(row["finished_at"], "take", f"{row['role']} by {row['engine']}{again}, {spent}")
    elif row["state"] == CANCELLED:
        yield Event(row["finished_at"], "cancelled", f"{row['role']} by {row['engine']}{again}")
    elif row["say"]:
        yield Event(
            row["not_before"], "again", f"{row['role']} by {row['engine']}{again}: {row['say']}", False
        )


def _cuts(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    for row in _of(connection, cuts, production_id, "created_at"):
        told = f"of script {row['script_version']}, report {row['report'].get('state', '?')}, {row['artifact'][:12]}"
        yield Event(row["created_at"], f"cut {row['version']}", told)


def _messages(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    for row in _of(connection, outbox, production_id, "created_at"):
        text = row["body"].get("text", "") or row["body"].get("name", "")
        after = f" after {row['done_at'] - row['created_at']:.1f} s" if row["done_at"] else ""
        why = f" ({row['ref']})" if row["state"] in ("failed", "unknown") and row["ref"] else ""
        told = f"{row['state']}{after}{why}{f': {_short(text)}' if text else ''}"
        yield Event(row["created_at"], row["kind"], told, row["state"] not in ("failed", "unknown"))


def _spend(connection: Connection, production_id: ProductionId) -> Iterator[Event]:
    for row in _of(connection, spend, production_id, "at"):
        used = f"{row['tokens_in']} + {row['tokens_out']} tokens"
        used = f"{row['tokens_in']} characters" if row["what"] == "take" else used
        told = f"{row['what']} by {row['model']}, {used}"
        yield Event(row["at"], "spend", f"{row['usd']:.4f} USD: {told}")


def _of(connection: Connection, table: Table, production_id: ProductionId, order: str) -> list[RowMapping]:
    query = select(table).where(table.c.production_id == production_id).order_by(table.c[order])
    return list(connection.execute(query).mappings())


def _short(text: str, most: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"
