"""What Slack needs remembered: workspaces that installed the app, uploads under way, messages by reference."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, case, delete, func, insert, select, update

from studio.domain import Status
from studio.store.schema import (
    inbox,
    outbox,
    productions,
    slack_installations,
    slack_states,
    slack_uploads,
    spend,
)

PREFIX = "slack:"


def save_installation(connection: Connection, identity: str, team_id: str, body: dict[str, Any]) -> None:
    """Remember a workspace; the newest installation replaces the one before."""
    forget_installation(connection, identity)
    connection.execute(
        insert(slack_installations).values(id=identity, team_id=team_id, body=body, installed_at=time.time())
    )


def installation(connection: Connection, identity: str) -> RowMapping | None:
    """The row of a workspace that installed the app; its body is sealed (studio/vault.py)."""
    wanted = select(slack_installations).where(slack_installations.c.id == identity)
    return connection.execute(wanted).mappings().first()


def installation_in(connection: Connection, team_id: str) -> RowMapping | None:
    """The newest row of that team."""
    wanted = select(slack_installations).where(slack_installations.c.team_id == team_id)
    newest = wanted.order_by(slack_installations.c.installed_at.desc()).limit(1)
    return connection.execute(newest).mappings().first()


def installations(connection: Connection) -> Sequence[RowMapping]:
    """Every workspace that installed the app."""
    wanted = select(slack_installations).order_by(slack_installations.c.id)
    return connection.execute(wanted).mappings().all()


def seal_installation(connection: Connection, row: RowMapping, body: dict[str, Any]) -> None:
    """The same installation under another seal; one that was made anew meanwhile is left alone."""
    wanted = update(slack_installations).where(
        slack_installations.c.id == row["id"], slack_installations.c.installed_at == row["installed_at"]
    )
    connection.execute(wanted.values(body=body))


def forget_installation(connection: Connection, identity: str) -> None:
    """The workspace removed the app."""
    connection.execute(delete(slack_installations).where(slack_installations.c.id == identity))


def issue_state(connection: Connection, state: str, seconds: float) -> None:
    """A one-time word that comes back at the end of an installation."""
    now = time.time()
    connection.execute(delete(slack_states).where(slack_states.c.expires_at < now))
    connection.execute(insert(slack_states).values(state=state, expires_at=now + seconds))


def consume_state(connection: Connection, state: str) -> bool:
    """Whether the word was issued here, is fresh and was not used before."""
    row = slack_states.c
    used = connection.execute(delete(slack_states).where(row.state == state, row.expires_at >= time.time()))
    return used.rowcount == 1


def upload(connection: Connection, key: str) -> RowMapping | None:
    """How far the upload for that message is."""
    return connection.execute(select(slack_uploads).where(slack_uploads.c.key == key)).mappings().first()


def note_upload(
    connection: Connection, key: str, file_id: str, state: str, permalink: str = "", ts: str = ""
) -> None:
    """Remember an upload's file and state ("begun", "sharing", "shared") before the next call is made."""
    forget_upload(connection, key)
    connection.execute(
        insert(slack_uploads).values(
            key=key, file_id=file_id, state=state, permalink=permalink, ts=ts, at=time.time()
        )
    )


def forget_upload(connection: Connection, key: str) -> None:
    """The file was certainly not shared: the next attempt begins anew."""
    connection.execute(delete(slack_uploads).where(slack_uploads.c.key == key))


def upload_at(connection: Connection, ts: str) -> RowMapping | None:
    """The upload that was shared as that message."""
    return connection.execute(select(slack_uploads).where(slack_uploads.c.ts == ts)).mappings().first()


def message_at(connection: Connection, ref: str) -> RowMapping | None:
    """The outbox row that was posted under that reference."""
    return connection.execute(select(outbox).where(outbox.c.ref == ref)).mappings().first()


def message_of(connection: Connection, key: str) -> RowMapping | None:
    """The outbox row of that key."""
    return connection.execute(select(outbox).where(outbox.c.key == key)).mappings().first()


def was_received(connection: Connection, event_id: str) -> bool:
    """Whether an event of Slack is in the inbox."""
    row = inbox.c
    return (
        connection.execute(
            select(row.event_id).where(row.source == PREFIX[:-1], row.event_id == event_id)
        ).first()
        is not None
    )


def root_of(connection: Connection, conversation: str, refs: str) -> str:
    """The reference of the first message of a conversation that Slack has ("" for none).

    `refs` is what its references start with.
    """
    found = connection.execute(
        select(outbox.c.ref)
        .where(
            outbox.c.conversation == conversation,
            outbox.c.state == "done",
            outbox.c.ref.startswith(refs, autoescape=True),
        )
        .order_by(outbox.c.created_at)
        .limit(1)
    ).scalar()
    return str(found or "")


def people_in(connection: Connection, conversation: str) -> set[str]:
    """Everybody who wrote or pressed something in a conversation."""
    rows = connection.execute(select(inbox.c.person).where(inbox.c.conversation == conversation).distinct())
    return {str(person) for (person,) in rows}


def open_conversation(connection: Connection, places: str, parked: bool = True) -> str:
    """The newest conversation there that has unread words or a production that has not ended, "" for none.

    Those that only wait for their date count where `parked`.
    """
    over = ("delivered", "cancelled") if parked else ("delivered", "cancelled", "scheduled")
    unread = connection.execute(
        select(inbox.c.conversation)
        .where(inbox.c.conversation.startswith(places, autoescape=True), inbox.c.handled_at.is_(None))
        .order_by(inbox.c.received_at.desc())
        .limit(1)
    ).scalar()
    active = connection.execute(
        select(productions.c.conversation)
        .where(
            productions.c.conversation.startswith(places, autoescape=True),
            productions.c.status.not_in(over),
        )
        .order_by(productions.c.created_at.desc())
        .limit(1)
    ).scalar()
    return str(unread or active or "")


def recent(connection: Connection, since: float) -> Sequence[RowMapping]:
    """Productions of Slack's conversations that changed since then or are being made."""
    row = productions.c
    return (
        connection.execute(
            select(productions)
            .where(
                row.conversation.startswith(PREFIX, autoescape=True),
                (row.updated_at >= since) | (row.status == "rendering"),
            )
            .order_by(row.created_at)
        )
        .mappings()
        .all()
    )


def of_people(
    connection: Connection,
    person: str,
    persona_ids: Sequence[str],
    statuses: Sequence[Status] | None = None,
    limit: int = 10,
) -> Sequence[RowMapping]:
    """Productions somebody asked for or may approve, newest first; of those with a date only, the next first."""
    row = productions.c
    wanted = select(productions).where(_theirs(person, persona_ids))
    if statuses is not None:
        wanted = wanted.where(row.status.in_(statuses))
    order = row.due if statuses is not None and set(statuses) == {Status.SCHEDULED} else row.created_at.desc()
    return connection.execute(wanted.order_by(order).limit(limit)).mappings().all()


def week_of(
    connection: Connection, person: str, persona_ids: Sequence[str], since: float, until: float
) -> Sequence[RowMapping]:
    """Per persona, of what somebody asked for or may approve: persona_id; asked, delivered and coming (with a
    date) between those moments (Unix s); usd spent on what was asked for or delivered."""
    row = productions.c
    asked, done = row.created_at.between(since, until), row.updated_at.between(since, until)
    delivered = (row.status == Status.DELIVERED) & done
    coming = (row.status == Status.SCHEDULED) & row.due.between(since, until)
    counts = [
        func.sum(case((found, 1), else_=0)).label(name)
        for name, found in (("asked", asked), ("delivered", delivered), ("coming", coming))
    ]
    cost = func.coalesce(
        select(func.sum(spend.c.usd)).where(spend.c.production_id == row.id).scalar_subquery(), 0.0
    )
    wanted = (
        select(row.persona_id, *counts, func.sum(cost).label("usd"))
        .where(_theirs(person, persona_ids), asked | delivered | coming)
        .group_by(row.persona_id)
        .order_by(row.persona_id)
    )
    return connection.execute(wanted).mappings().all()


def _theirs(person: str, persona_ids: Sequence[str]) -> ColumnElement[bool]:
    return (productions.c.asked_by == person) | productions.c.persona_id.in_(persona_ids)
