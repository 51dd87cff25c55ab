"""Which of somebody's messages carry ⏳ and ✅: those whose wish a render fulfils."""

from __future__ import annotations

import math
import time

from sqlalchemy import Connection, RowMapping, select

from studio.domain import Status
from studio.messages import PREVIEW, PROGRESS
from studio.store.schema import inbox, outbox, productions

CALLED_OFF = (Status.CANCELLED, Status.FAILED)
REACTABLE_S = 29 * 24 * 3600.0  # nothing older than thirty days


def asked_in(connection: Connection, key: str) -> str:
    """The message (wamid) whose wish a render fulfils: the last one before it was announced there, "" for none."""
    sent = _sent(connection, key)
    announced = _moments(connection, sent, PROGRESS) if sent is not None else []
    return _wish_at(connection, sent, announced[-1]) if sent is not None and announced else ""


def left_waiting(connection: Connection, key: str) -> list[str]:
    """Messages (wamid) whose ⏳ ends with that one: a newer wish took their place, or the video was called off."""
    sent = _sent(connection, key)
    announced = _moments(connection, sent, PROGRESS) if sent is not None else []
    if sent is None or not announced:
        return []
    now, status = _wish_at(connection, sent, announced[-1]), productions.c.status
    state = connection.execute(select(status).where(productions.c.id == sent["production_id"])).scalar()
    if sent["kind"] != PROGRESS and state not in CALLED_OFF:
        return []
    shown = _moments(connection, sent, PREVIEW)
    unseen = (
        begun
        for begun, next_ in zip(announced, [*announced[1:], math.inf], strict=True)
        if not any(begun <= at < next_ for at in shown)
    )
    wishes = dict.fromkeys(_wish_at(connection, sent, begun) for begun in unseen)
    return [wish for wish in wishes if wish and (sent["kind"] != PROGRESS or wish != now)]


def _sent(connection: Connection, key: str) -> RowMapping | None:
    return connection.execute(select(outbox).where(outbox.c.key == key)).mappings().first()


def _moments(connection: Connection, sent: RowMapping, kind: str) -> list[float]:
    """When messages of that kind were written for the same production and conversation, in their order."""
    row = outbox.c
    same = (row.production_id == sent["production_id"], row.conversation == sent["conversation"])
    asked = select(row.created_at).where(*same, row.kind == kind).order_by(row.created_at)
    return list(connection.execute(asked).scalars())


def _wish_at(connection: Connection, sent: RowMapping, moment: float) -> str:
    """The last words or decision (wamid) in a message's conversation until a moment."""
    row = inbox.c
    body = connection.execute(
        select(row.body)
        .where(
            row.conversation == sent["conversation"],
            row.source == "whatsapp",
            row.kind.in_(("text", "voice", "decision")),
            row.received_at <= moment,
            row.received_at > time.time() - REACTABLE_S,
        )
        .order_by(row.received_at.desc())
        .limit(1)
    ).scalar()
    return str((body or {}).get("wamid", ""))
