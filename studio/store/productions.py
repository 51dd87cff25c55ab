"""Productions, their scripts and cuts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, bindparam, exists, func, insert, select, update

from studio.domain import PersonaId, ProductionId, Script, Status
from studio.store.clock import is_over
from studio.store.schema import cuts, productions, replies, scripts, spend

SCRIPT = TypeAdapter(Script)
ENDED = (Status.DELIVERED, Status.CANCELLED)
REPLACED = "replaced"
"""The decision of a reply that starts a production over: it ends without a word, another one is open already."""

# asked again and again by a visit: built once
_ONE = productions.c.id == bindparam("wanted")
_GET = select(productions).where(_ONE)
_NEWS = select(productions.c.wake).where(_ONE)
_WAKE = update(productions).where(_ONE).values(wake=1)
_STATUS = update(productions).where(_ONE).values(status=bindparam("now_is"), updated_at=bindparam("at"))
_SCRIPTS = (
    select(scripts).where(scripts.c.production_id == bindparam("wanted")).order_by(scripts.c.version.desc())
)
_CUTS = select(cuts).where(cuts.c.production_id == bindparam("wanted")).order_by(cuts.c.version.desc())


def create(
    connection: Connection,
    production_id: ProductionId,
    conversation: str,
    persona_id: PersonaId,
    asked_by: str,
    brief: str,
    options: dict[str, Any],
    due: float | None = None,
    zone: str = "",
) -> None:
    """Open a production for a brief; it is the newest of its conversation, whatever the clock does.

    It is not delivered before `due` (Unix s), said in `zone`.
    """
    newest = select(func.max(productions.c.created_at)).where(productions.c.conversation == conversation)
    now = max(time.time(), (connection.execute(newest).scalar() or 0.0) + 1e-6)
    connection.execute(
        insert(productions).values(
            id=production_id,
            conversation=conversation,
            persona_id=persona_id,
            asked_by=asked_by,
            brief=brief,
            options=options,
            status=Status.DRAFTING,
            fence=0,
            lease_until=0.0,
            wake=1,
            created_at=now,
            updated_at=now,
            due=due,
            zone=zone,
        )
    )


def get(connection: Connection, production_id: ProductionId) -> RowMapping:
    """The row of a production; raises sqlalchemy's NoResultFound."""
    return connection.execute(_GET, {"wanted": production_id}).mappings().one()


def some(connection: Connection, production_ids: Iterable[ProductionId]) -> list[RowMapping]:
    """The rows of those that exist."""
    wanted = select(productions).where(productions.c.id.in_(list(production_ids)))
    return list(connection.execute(wanted).mappings())


def active_in(connection: Connection, conversation: str) -> RowMapping | None:
    """The newest production of a conversation that has not ended and that nobody starts over."""
    replaced = exists().where(
        replies.c.production_id == productions.c.id,
        replies.c.decision == REPLACED,
        replies.c.settled_at.is_(None),
    )
    return (
        connection.execute(
            select(productions)
            .where(productions.c.conversation == conversation, productions.c.status.not_in(ENDED))
            .where(~replaced)
            .order_by(productions.c.created_at.desc())
        )
        .mappings()
        .first()
    )


def open_of(connection: Connection, people: Iterable[str]) -> list[RowMapping]:
    """Productions that those addresses asked for and that have not ended, oldest first."""
    row = productions.c
    wanted = select(productions).where(row.asked_by.in_(list(people)), row.status.not_in(ENDED))
    return list(connection.execute(wanted.order_by(row.created_at)).mappings())


def latest(connection: Connection, limit: int = 50) -> list[RowMapping]:
    """Productions, newest first."""
    return list(
        connection.execute(
            select(productions).order_by(productions.c.created_at.desc()).limit(limit)
        ).mappings()
    )


def of_conversation(connection: Connection, conversation: str) -> list[RowMapping]:
    """Productions asked for in a conversation, oldest first."""
    return list(
        connection.execute(
            select(productions)
            .where(productions.c.conversation == conversation)
            .order_by(productions.c.created_at)
        ).mappings()
    )


def wake(connection: Connection, production_ids: Iterable[ProductionId]) -> None:
    """Something changed for these productions; the next visit clears the mark."""
    for wanted in sorted(production_ids):  # always in one order: two that wake the same ones never deadlock
        connection.execute(_WAKE, {"wanted": wanted})


def has_news(connection: Connection, production_id: ProductionId) -> bool:
    """Whether something changed since the visit under way began."""
    return bool(connection.execute(_NEWS, {"wanted": production_id}).scalar())


def to_visit(connection: Connection) -> list[ProductionId]:
    """Productions with news, those whose visit was cut short, and those whose date has come."""
    row, now = productions.c, time.time()
    news = (row.wake == 1) & (row.lease_until == 0.0)
    cut_short = (row.lease_until > 0.0) & is_over(row.lease_until, now)
    rows = connection.execute(select(row.id).where(row.status.not_in(ENDED), news | cut_short))
    ripe = connection.execute(select(row.id).where(row.status == Status.SCHEDULED, row.due <= now))
    return list(dict.fromkeys(ProductionId(found) for (found,) in (*rows, *ripe)))


def set_due(connection: Connection, production_id: ProductionId, due: float | None, zone: str) -> None:
    """Not to be delivered before that moment (Unix s), None for none; said in `zone`."""
    connection.execute(
        update(productions).where(productions.c.id == production_id).values(due=due, zone=zone)
    )


def set_persona(connection: Connection, production_id: ProductionId, persona_id: PersonaId) -> None:
    """Another likeness speaks: the brief asked for it by name."""
    connection.execute(
        update(productions).where(productions.c.id == production_id).values(persona_id=persona_id)
    )


def set_status(connection: Connection, production_id: ProductionId, status: Status) -> None:
    """Say where a production stands, for people who look; the graph reads the facts instead."""
    connection.execute(_STATUS, {"wanted": production_id, "now_is": status, "at": time.time()})


def add_script(
    connection: Connection,
    production_id: ProductionId,
    version: int,
    script: Script,
    *,
    approved: bool,
    note: str,
) -> None:
    """Store a version of the script; an approved one may be rendered."""
    connection.execute(
        insert(scripts).values(
            production_id=production_id,
            version=version,
            body=SCRIPT.dump_python(script, mode="json"),
            approved=int(approved),
            note=note,
            created_at=time.time(),
        )
    )


def approve_script(connection: Connection, production_id: ProductionId, version: int) -> None:
    """A person said yes to these words."""
    connection.execute(
        update(scripts)
        .where(scripts.c.production_id == production_id, scripts.c.version == version)
        .values(approved=1)
    )


def script_row(
    connection: Connection, production_id: ProductionId, version: int | None = None
) -> RowMapping | None:
    """A version of the script, by default the newest."""
    query = _SCRIPTS if version is None else _SCRIPTS.where(scripts.c.version == version)
    return connection.execute(query, {"wanted": production_id}).mappings().first()


def all_scripts(connection: Connection, production_id: ProductionId) -> list[Script]:
    """Every version of the script, oldest first."""
    rows = connection.execute(_SCRIPTS, {"wanted": production_id}).mappings()
    return [script_of(row) for row in reversed(rows.all())]


def all_cuts(connection: Connection, production_id: ProductionId) -> list[RowMapping]:
    """Every cut, oldest first."""
    return list(reversed(connection.execute(_CUTS, {"wanted": production_id}).mappings().all()))


def script_of(row: RowMapping) -> Script:
    """The Script in a row."""
    return SCRIPT.validate_python(row["body"])


def add_cut(
    connection: Connection,
    production_id: ProductionId,
    version: int,
    *,
    script_version: int,
    take_id: str,
    artifact: str,
    sheet: str,
    report: dict[str, Any],
) -> None:
    """Record an assembled cut with its report."""
    connection.execute(
        insert(cuts).values(
            production_id=production_id,
            version=version,
            script_version=script_version,
            take_id=take_id,
            artifact=artifact,
            sheet=sheet,
            report=report,
            created_at=time.time(),
        )
    )


def cut_row(
    connection: Connection, production_id: ProductionId, version: int | None = None
) -> RowMapping | None:
    """A cut, by default the newest."""
    query = _CUTS if version is None else _CUTS.where(cuts.c.version == version)
    return connection.execute(query, {"wanted": production_id}).mappings().first()


def cut_holding(connection: Connection, sha256: str) -> RowMapping | None:
    """The newest cut whose video or contact sheet is that file."""
    query = select(cuts).where((cuts.c.artifact == sha256) | (cuts.c.sheet == sha256))
    return connection.execute(query.order_by(cuts.c.created_at.desc())).mappings().first()


def add_spend(connection: Connection, production_id: ProductionId, what: str, call: dict[str, Any]) -> None:
    """Record a paid call: {"model", "prompt_hash", "tokens_in", "tokens_out", "usd"}."""
    connection.execute(insert(spend).values(production_id=production_id, what=what, at=time.time(), **call))


def spent(connection: Connection, production_id: ProductionId) -> float:
    """USD spent on a production."""
    total = select(func.coalesce(func.sum(spend.c.usd), 0.0)).where(spend.c.production_id == production_id)
    return float(connection.execute(total).scalar_one())
