"""What Slack needs remembered: workspaces that installed the app, uploads under way, messages by reference."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from studio.store.schema import inbox, outbox, productions, slack_installations, slack_states, slack_uploads

PREFIX = "slack:"


def save_installation(connection: Connection, identity: str, team_id: str, body: dict[str, Any]) -> None:
    """Remember a workspace; the newest installation replaces the one before."""
    forget_installation(connection, identity)
    connection.execute(
        insert(slack_installations).values(id=identity, team_id=team_id, body=body, installed_at=time.time())
    )


def installation(connection: Connection, identity: str) -> dict[str, Any] | None:
    """What Slack gave when that workspace installed the app."""
    found = connection.execute(
        select(slack_installations.c.body).where(slack_installations.c.id == identity)
    ).scalar()
    return dict(found) if found is not None else None


def installation_in(connection: Connection, team_id: str) -> dict[str, Any] | None:
    """What Slack gave when that team installed the app last."""
    found = connection.execute(
        select(slack_installations.c.body)
        .where(slack_installations.c.team_id == team_id)
        .order_by(slack_installations.c.installed_at.desc())
        .limit(1)
    ).scalar()
    return dict(found) if found is not None else None


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


def open_conversation(connection: Connection, places: str) -> str:
    """The newest conversation there that has unread words or a production that has not ended, "" for none."""
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
            productions.c.status.not_in(("delivered", "cancelled")),
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
