"""Erasing an address on request: links and codes go, what must stay as a record stays under a made-up name.

Every text of every table is looked through, so that a channel's own tables are covered as well. Videos of
others that are still open keep the address until they end: their record is in use.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    cast,
    delete,
    or_,
    select,
    update,
)

from studio.errors import NeedsFounder, NotNow
from studio.messages import is_private
from studio.store import inbox, people, whatsapp
from studio.store.personas import HOUSE
from studio.store.productions import ENDED, open_of
from studio.store.schema import approvers, followers, metadata, outbox, productions, replies
from studio.store.schema import inbox as inbox_table

SHORTEST = 6
AT_WORK = "Something of theirs is being read or sent just now; try it again in a minute."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased: the name used instead, those it was linked with, rows by table, rows that had to stay."""

    pseudonym: str
    linked: list[str]
    removed: dict[str, int]
    changed: dict[str, int]
    kept: int


def erase(connection: Connection, address: str) -> Receipt:
    """Remove an address from everything that has ended; raises NeedsFounder and NotNow when it is too early."""
    if HOUSE.fullmatch(address):
        raise NeedsFounder(f"“{address}” is whoever sits at this machine; there is no address to erase.")
    if not re.fullmatch(r"\w+:\S*\w", address):
        raise NeedsFounder(f"“{address}” is no address; one looks like slack:T012ABC:U345DEF.")
    if found := [str(row["id"]) for row in open_of(connection, [address])]:
        listed = ", ".join(found)
        raise NeedsFounder(f"A video of theirs is still open: {listed}. Cancel it first (--cancel).")
    names = _names(connection, address)
    whole, *others = (re.escape(name) for name in names)
    pattern = re.compile(rf"(?<!\w)(?:(?P<whole>{whole}){''.join(f'|{each}' for each in others)})(?!\w)")
    _check_calm(connection, address, pattern)
    linked, word = people.addresses_of(connection, address)[1:], secrets.token_hex(4)
    removed = dict(_remove(connection, address, pattern))
    changed, kept = _rename(connection, names, pattern, word)
    return Receipt(f"erased:{word}", linked, removed, changed, kept)


def _rename(
    connection: Connection, names: list[str], pattern: re.Pattern[str], word: str
) -> tuple[dict[str, int], int]:
    """(rows that were changed by table, rows that belong to an open production and stay)."""

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda found: f"erased{':' if found['whole'] else '-'}{word}", value)
        if isinstance(value, dict):
            return {name: renamed(each) for name, each in value.items()}
        return [renamed(each) for each in value] if isinstance(value, list) else value

    row = productions.c
    still_open = set(connection.execute(select(row.id).where(row.status.not_in(ENDED))).scalars())
    changed, kept = dict[str, int](), 0
    for table, before in _rows_with(connection, names):
        after = {name: renamed(value) for name, value in before.items()}
        if after == before:
            continue
        if before.get("production_id", before.get("id") if table is productions else None) in still_open:
            kept += 1
            continue
        connection.execute(update(table).where(*_same(table, before)).values(after))
        changed[table.name] = changed.get(table.name, 0) + 1
    return changed, kept


def _names(connection: Connection, address: str) -> list[str]:
    """The address, then how else the person is called: their id, theirs in conversations and rows of theirs."""
    channel, identity = address.partition(":")[0], address.rpartition(":")[2]
    found = {identity}
    for conversation in inbox.conversations_of(connection, address):
        if conversation.startswith(f"{channel}:") and channel != "slack" and is_private(conversation):
            found.add(conversation.rpartition(":")[2])
    for _, row in _own_rows(connection, identity):
        found |= {value for value in row.values() if isinstance(value, str) and any(map(str.isdigit, value))}
    others = (name for name in found if len(name) >= SHORTEST)  # what is shorter means other things as well
    return [address, *sorted(others, key=len, reverse=True)]


def _own_rows(connection: Connection, identity: str) -> Iterator[tuple[Table, dict[str, Any]]]:
    """(table, row) of what a channel knows of one person: rows that are named for them."""
    for table in metadata.sorted_tables:
        [key, *more] = table.primary_key.columns
        if isinstance(key.type, String) and not more:
            for row in connection.execute(select(table).where(key == identity)).mappings():
                yield table, dict(row)


def _check_calm(connection: Connection, address: str, pattern: re.Pattern[str]) -> None:
    unread = select(inbox_table.c.event_id).where(
        inbox_table.c.person == address, inbox_table.c.handled_at.is_(None)
    )
    unsettled = select(replies.c.id).where(replies.c.person == address, replies.c.settled_at.is_(None))
    sending = connection.execute(select(outbox.c.conversation).where(outbox.c.state == "sending")).scalars()
    if any(connection.execute(query).first() for query in (unread, unsettled)):
        raise NotNow(AT_WORK)
    if any(pattern.search(conversation) for conversation in sending):
        raise NotNow(AT_WORK)


def _remove(connection: Connection, address: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """(table, rows) of what is needed no more; what was not sent yet to a conversation of theirs is not sent."""
    people.forget(connection, address)
    if address.startswith(whatsapp.PREFIX):
        yield "WhatsApp's ids of messages", whatsapp.forget(connection, address.rpartition(":")[2])
    for table, row in list(_own_rows(connection, address.rpartition(":")[2])):
        yield table.name, connection.execute(delete(table).where(*_same(table, row))).rowcount
    for table, column in ((approvers, approvers.c.person), (followers, followers.c.address)):
        yield table.name, connection.execute(delete(table).where(column == address)).rowcount
    waiting = connection.execute(select(outbox.c.key, outbox.c.conversation).where(outbox.c.state == "new"))
    unsent = [key for key, conversation in waiting if pattern.search(conversation)]
    if unsent:
        connection.execute(delete(outbox).where(outbox.c.key.in_(unsent)))
    yield "unsent messages", len(unsent)


def _rows_with(connection: Connection, names: list[str]) -> Iterator[tuple[Table, dict[str, Any]]]:
    """(table, row) wherever one of the names may stand."""
    for table in metadata.sorted_tables:
        texts = [column for column in table.c if isinstance(column.type, String | Text | JSON)]
        found = [_as_text(column).contains(name, autoescape=True) for column in texts for name in names]
        for row in connection.execute(select(table).where(or_(*found))).mappings().all():
            yield table, dict(row)


def _same(table: Table, row: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [column == row[column.name] for column in table.primary_key]


def _as_text(column: Column[Any]) -> Any:
    return cast(column, Text) if isinstance(column.type, JSON) else column
