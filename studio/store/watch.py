"""What operators ask of all productions together: counts, ages and sums, never a person's words."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, Select, case, func, select, text, update

from studio.domain import ProductionId, Status
from studio.store import unwanted
from studio.store.productions import ENDED
from studio.store.schema import inbox, outbox, production_takes, productions, spend, takes

NEED_A_PERSON = ("unknown", "failed")
UNSENT = ("new", "sending", *NEED_A_PERSON)
NOT_DONE = ("ordered", "failed", unwanted.CANCELLED)


def try_writing(connection: Connection) -> None:
    """Write nothing, in a transaction that could; raises what a real write would."""
    connection.execute(update(inbox).where(text("1 = 0")).values(handled_at=0.0))


def inbox_waiting(connection: Connection) -> tuple[int, float | None]:
    """How many rows of the inbox nobody handled, and when the oldest came."""
    query = select(func.count(), func.min(inbox.c.received_at)).where(inbox.c.handled_at.is_(None))
    count, oldest = connection.execute(query).one()
    return count, oldest


def takes_not_done(connection: Connection) -> list[RowMapping]:
    """Per kind, engine, state (waiting, rung, failed, cancelled) and reason: n, retries."""
    state = case(
        (takes.c.state != "ordered", takes.c.state), (takes.c.rung_at.is_(None), "waiting"), else_="rung"
    ).label("state")
    labels = (takes.c.kind, takes.c.engine, state, takes.c.reason)
    retries = func.sum(takes.c.attempt - 1).label("retries")
    query = select(*labels, func.count().label("n"), retries).group_by(*labels)
    return _rows(connection, query.where(takes.c.state.in_(NOT_DONE)))


def queue_depth(connection: Connection) -> list[RowMapping]:
    """Per rank and kind of what waits for a worker: n, and when the oldest was ordered."""
    labels = (takes.c.rank, takes.c.kind)
    oldest = func.min(takes.c.created_at).label("oldest")
    query = select(*labels, func.count().label("n"), oldest).group_by(*labels)
    return _rows(connection, query.where(takes.c.state == "ordered", takes.c.rung_at.is_(None)))


def outbox_unsent(connection: Connection) -> list[RowMapping]:
    """Per kind and state of what has not left: n, and the oldest row's creation."""
    labels = (outbox.c.kind, outbox.c.state)
    oldest = func.min(outbox.c.created_at).label("oldest")
    query = select(*labels, func.count().label("n"), oldest).group_by(*labels)
    return _rows(connection, query.where(outbox.c.state.in_(UNSENT)))


def outbox_sent(connection: Connection) -> int:
    """How many messages and deliveries left."""
    return connection.execute(select(func.count()).where(outbox.c.state == "done")).scalar_one()


def productions_by_status(connection: Connection) -> dict[str, int]:
    """status → n."""
    query = select(productions.c.status, func.count()).group_by(productions.c.status)
    return {row.status: row[1] for row in connection.execute(query)}


def spend_by_model(connection: Connection, limit: int = 50) -> list[RowMapping]:
    """Per model, dearest first: calls, tokens_in, tokens_out, usd."""
    sums = [func.sum(spend.c[name]).label(name) for name in ("tokens_in", "tokens_out", "usd")]
    query = select(spend.c.model, func.count().label("calls"), *sums).group_by(spend.c.model)
    return _rows(connection, query.order_by(func.sum(spend.c.usd).desc()).limit(limit))


def ordered_takes(connection: Connection, limit: int = 200) -> list[RowMapping]:
    """Takes of unfinished productions that are still to be rendered, oldest first, once for each user."""
    wanted = [takes.c[name] for name in ("id", "kind", "engine", "attempt", "rung_at", "created_at", "say")]
    query = _used(select(*wanted, production_takes.c.production_id, production_takes.c.role), "ordered")
    return _rows(connection, query.order_by(takes.c.created_at).limit(limit))


def failed_takes(
    connection: Connection, production_id: ProductionId | None = None, limit: int = 200
) -> list[RowMapping]:
    """Takes of unfinished productions that failed and that no later take in the same role replaced."""
    later = production_takes.alias()
    replaced = select(later.c.take_id).where(
        later.c.production_id == production_takes.c.production_id,
        later.c.role == production_takes.c.role,
        later.c.at > production_takes.c.at,
    )
    wanted = [takes.c[name] for name in ("id", "engine", "attempt", "reason", "say", "finished_at")]
    query = _used(select(*wanted, production_takes.c.production_id, production_takes.c.role), "failed")
    if production_id is not None:
        query = query.where(production_takes.c.production_id == production_id)
    return _rows(connection, query.where(~replaced.exists()).order_by(takes.c.finished_at).limit(limit))


def parked_messages(
    connection: Connection, production_id: ProductionId | None = None, limit: int = 50
) -> list[RowMapping]:
    """Outbox rows that a person has to decide on, oldest first, without their bodies."""
    wanted = [outbox.c[name] for name in ("key", "production_id", "kind", "state", "ref", "created_at")]
    query = select(*wanted).where(outbox.c.state.in_(NEED_A_PERSON))
    if production_id is not None:
        query = query.where(outbox.c.production_id == production_id)
    return _rows(connection, query.order_by(outbox.c.created_at).limit(limit))


def waiting_for_people(connection: Connection, asked_before: float, limit: int = 50) -> list[RowMapping]:
    """Productions whose script or cut is on the table, or whose brief was asked about; longest first."""
    reviewed = productions.c.status.in_((Status.SCRIPT_REVIEW, Status.CUT_REVIEW)) | (
        (productions.c.status == Status.DRAFTING) & (productions.c.updated_at < asked_before)
    )
    wanted = [productions.c[name] for name in ("id", "status", "conversation", "updated_at")]
    return _rows(connection, select(*wanted).where(reviewed).order_by(productions.c.updated_at).limit(limit))


def scheduled(connection: Connection, limit: int = 50) -> list[RowMapping]:
    """Approved productions that wait for their date, the next first."""
    wanted = [productions.c[name] for name in ("id", "due", "zone", "conversation", "options")]
    waiting = select(*wanted).where(productions.c.status == Status.SCHEDULED)
    return _rows(connection, waiting.order_by(productions.c.due).limit(limit))


def ids_like(connection: Connection, start: str, limit: int = 20) -> list[str]:
    """Ids of productions that begin so, newest first."""
    query = select(productions.c.id).where(productions.c.id.startswith(start, autoescape=True))
    return list(connection.execute(query.order_by(productions.c.created_at.desc()).limit(limit)).scalars())


def _used(query: Select[tuple[object, ...]], state: str) -> Select[tuple[object, ...]]:
    return (
        query.join_from(takes, production_takes, production_takes.c.take_id == takes.c.id)
        .join(productions, productions.c.id == production_takes.c.production_id)
        .where(takes.c.state == state, productions.c.status.not_in(ENDED))
    )


def _rows(connection: Connection, query: Select[tuple[object, ...]]) -> list[RowMapping]:
    return list(connection.execute(query).mappings())
