"""Conversations that follow a production: those of its asker's other linked channels.

A follower is written down with the first message shown there, and keeps its conversation and its number:
"<key>@<number>" names the copy of a message for ever, so that it too is shown once. It counts as long as its
address is linked with the asker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from studio.domain import ProductionId
from studio.messages import AT_HOME, PREVIEW, SCRIPT, is_private
from studio.store import inbox, outbox, people, productions, reviews
from studio.store.productions import ENDED
from studio.store.schema import followers
from studio.store.schema import outbox as outbox_table
from studio.store.schema import productions as production_table

Row = Mapping[Any, Any]


def put(connection: Connection, key: str, production: Row, kind: str, body: dict[str, Any]) -> None:
    """Write a message for a production's own conversation, and a copy for each that follows it."""
    identity = ProductionId(production["id"])
    outbox.put(connection, key, production["conversation"], kind, body, identity)
    for row in following(connection, production):
        outbox.put(connection, f"{key}@{row['number']}", row["conversation"], kind, body, identity)


def catch_up(connection: Connection, address: str) -> None:
    """Show what is under review of somebody's productions in every channel that follows since a moment ago."""
    rows = productions.open_of(connection, people.addresses_of(connection, address))
    productions.wake(
        connection, [ProductionId(row["id"]) for row in rows]
    )  # no visit writes before we are done
    for row in rows:
        kinds = [outbox.of_production(connection, row["id"], kind) for kind in (SCRIPT, PREVIEW)]
        cards = [card for kind in kinds for card in kind if card["conversation"] == row["conversation"]]
        if cards and reviews.decision_on(connection, cards[-1]["body"]["subject"]) is None:
            put(connection, cards[-1]["key"], row, cards[-1]["kind"], cards[-1]["body"])


def following(connection: Connection, production: Row) -> list[RowMapping]:
    """The followers of now, newly linked ones from now on: where each linked address wrote last, in private."""
    linked = people.addresses_of(connection, production["asked_by"])[1:]
    if not linked:
        return []
    known = _of(connection, production["id"])
    taken = {production["conversation"], *(row["conversation"] for row in known)}
    for address in sorted(set(linked) - {row["address"] for row in known}):
        conversation = last_private(connection, address)
        if conversation and conversation not in taken:
            taken.add(conversation)
            number = max((row["number"] for row in known), default=0) + 1
            new = {"production_id": production["id"], "number": number, "conversation": conversation}
            connection.execute(insert(followers).values(**new, address=address))
            known = _of(connection, production["id"])
    quiet = people.muted(connection, linked)
    return [row for row in known if row["address"] in linked and row["address"] not in quiet]


def shows(connection: Connection, production: Row, conversation: str) -> bool:
    """Whether a conversation is the production's own, or follows it with a link that holds."""
    return conversation in _conversations(connection, production)


def shown_in(connection: Connection, production: Row, start: str) -> str:
    """The conversation with a name that starts so in which a production is shown, "" for none."""
    found = _conversations(connection, production)
    return next((conversation for conversation in found if conversation.startswith(start)), "")


def followed_in(connection: Connection, conversation: str) -> list[RowMapping]:
    """Productions that a conversation follows, oldest first."""
    rows = connection.execute(
        select(production_table)
        .join(followers, followers.c.production_id == production_table.c.id)
        .where(followers.c.conversation == conversation)
        .order_by(production_table.c.created_at)
    ).mappings()
    return [row for row in rows if shows(connection, row, conversation)]


def last_shown(
    connection: Connection, conversation: str, before: float, production_id: ProductionId | None = None
) -> tuple[RowMapping, str] | None:
    """(production, subject) of the newest script or preview that was in front of a person there at a moment.

    Of the open production that is given, else of all that the conversation follows.
    """
    row = outbox_table.c
    shown_at = row.created_at if conversation.startswith(AT_HOME) else row.done_at
    query = (
        select(row.body, row.production_id)
        .join(production_table, production_table.c.id == row.production_id)
        .where(production_table.c.status.not_in(ENDED), row.conversation == conversation)
        .where(row.kind.in_((SCRIPT, PREVIEW)), shown_at <= before)
    )
    own = production_table.c.conversation == conversation
    query = query.where(~own) if production_id is None else query.where(row.production_id == production_id)
    for body, identity in connection.execute(query.order_by(row.created_at.desc())):
        production = productions.get(connection, identity)
        if shows(connection, production, conversation):
            return production, str(body["subject"])
    return None


def last_private(connection: Connection, address: str) -> str:
    """Where somebody last wrote with nobody else around, "" for nowhere."""
    found = inbox.conversations_of(connection, address)
    return next((conversation for conversation in found if is_private(conversation)), "")


def _conversations(connection: Connection, production: Row) -> list[str]:
    linked = people.addresses_of(connection, production["asked_by"])
    followers_ = _of(connection, production["id"]) if len(linked) > 1 else []
    return [
        production["conversation"],
        *(row["conversation"] for row in followers_ if row["address"] in linked),
    ]


def _of(connection: Connection, production_id: str) -> list[RowMapping]:
    query = select(followers).where(followers.c.production_id == production_id)
    return list(connection.execute(query.order_by(followers.c.number)).mappings())
