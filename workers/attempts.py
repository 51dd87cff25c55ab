"""What an attempt of a take came to, as facts: done, again later, or over; and for whom that is news."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from studio.catalogue import Catalogue
from studio.domain import ProductionId, TakeId
from studio.engine import Kind
from studio.errors import ConsentMissing, DiskFull, PersonaUnknown, ProviderBusy
from studio.media import MediaStore
from studio.messages import SAY
from studio.store import Store, outbox, productions, spending, takes, trainings

log = logging.getLogger(__name__)
CALM_S = 30.0
REPORTED, PARTS = (Kind.LISTEN, Kind.INSPECT), (Kind.MIX, Kind.CUT)


@dataclass(frozen=True, slots=True)
class Heard:
    """Whose take it is, and which of them can go on now."""

    users: list[ProductionId]
    news: list[ProductionId]


def record(store: Store, catalogue: Catalogue, media: MediaStore, outcome: dict[str, Any]) -> Heard:
    """Write an attempt's outcome down; an outdated attempt changes nothing.

    A voice that was trained for somebody who may not be used any more is erased.
    """
    try:
        return _record(store, catalogue, outcome)
    except (ConsentMissing, PersonaUnknown) as refusal:
        media.erase(outcome["artifact"])
        failure = {"ok": False, "reason": refusal.reason, "say": refusal.say, "retry_after": None}
        return _record(store, catalogue, outcome | failure)


def _record(store: Store, catalogue: Catalogue, outcome: dict[str, Any]) -> Heard:
    take_id, attempt = TakeId(outcome["take_id"]), int(outcome["attempt"])
    with store.write() as connection:
        billed = spending.billed(connection, catalogue, outcome)
        kind, ended = _settled(connection, take_id, attempt, outcome)
        if kind == Kind.TRAIN:
            trainings.keep(connection, catalogue, take_id)
        if billed and ended:
            spending.settle(connection, take_id, **billed)
        users = takes.users_of(connection, take_id)
        this = {"production": " ".join(users), "take": take_id, "attempt": attempt}
        log.info("heard: %s", outcome.get("reason") or "done", extra=this)
        productions.wake(connection, users)
        waiting = _not_needed_yet(connection, kind, users)
        if outcome.get("reason") == DiskFull.__name__:
            _tell(connection, users, "disk-full", outcome["say"])
    return Heard(users, [each for each in users if each not in waiting])


def _settled(
    connection: Connection, take_id: TakeId, attempt: int, outcome: dict[str, Any]
) -> tuple[str, bool]:
    """The kind of a take that is done, "" for another; and whether this was its last attempt."""
    if outcome["ok"]:
        kind = takes.finish(connection, take_id, attempt, outcome)
        return kind, bool(kind)
    again = outcome["retry_after"] is not None and takes.try_again(
        connection, take_id, attempt, outcome["say"], **_patience(outcome)
    )
    return "", not again and takes.fail(connection, take_id, attempt, outcome["reason"], outcome["say"])


def _not_needed_yet(connection: Connection, kind: str, users: list[ProductionId]) -> set[ProductionId]:
    """Those users that cannot name another take because one of this kind is there now.

    What is heard and seen goes into the report, once all is there; a part of the cut waits for the other parts.
    """
    if kind not in REPORTED + PARTS:
        return set()
    return takes.still_open(connection, users, besides=REPORTED if kind in PARTS else ())


def _patience(outcome: dict[str, Any]) -> dict[str, Any]:
    """Seconds to the next attempt, and what this one counts as.

    A full disk is no fault of the take's; nor is a service that has too much to do, though not for ever.
    """
    if outcome["reason"] == DiskFull.__name__:
        return {"retry_after": CALM_S, "faults": 0}
    lost = int(outcome.get("lost", False) or outcome["reason"] == ProviderBusy.__name__)
    return {"retry_after": float(outcome["retry_after"]), "faults": 1 - lost, "losses": lost}


def _tell(connection: Connection, users: list[ProductionId], key: str, text: str) -> None:
    for production_id in users:
        conversation = productions.get(connection, production_id)["conversation"]
        outbox.put(connection, f"{key}:{production_id}", conversation, SAY, {"text": text}, production_id)
