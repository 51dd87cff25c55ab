"""Who is who: addresses that one person linked with a one-time code.

An address is what a channel calls somebody: "slack:T1:U1", "whatsapp:…", "owner" for whoever sits at this
machine. One that was never linked stands for itself.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from studio.store.dialects import insert_once, lock
from studio.store.schema import link_codes, link_tries, people

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is taken for something else
LENGTH, CODE_S = 8, 600.0
TRIES, TRIES_S = 5, 3600.0

_MINE = select(people.c.person_id).where(people.c.address == bindparam("wanted")).scalar_subquery()
_LINKED = select(people.c.address).where(people.c.person_id == _MINE).order_by(people.c.linked_at)


def addresses_of(connection: Connection, address: str) -> list[str]:
    """Every address of whoever has this one, itself first."""
    linked = connection.execute(_LINKED, {"wanted": address}).scalars()
    return [address, *(each for each in linked if each != address)]


def are_one(connection: Connection, one: str, other: str) -> bool:
    """Whether two addresses belong to the same person."""
    return one == other or other in addresses_of(connection, one)


def issue_code(connection: Connection, address: str, conversation: str) -> str:
    """A fresh code for an address, asked for in that conversation; its older ones are worth nothing then."""
    connection.execute(delete(link_codes).where(link_codes.c.address == address))
    code = ""
    while not any(character.isdigit() for character in code):  # so that no code is a word
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    values = {"code_hash": _hash(code), "address": address, "conversation": conversation}
    connection.execute(insert(link_codes).values(**values, expires_at=time.time() + CODE_S))
    return code


def has_code(connection: Connection, address: str, code: str) -> bool:
    """Whether this is the address's own code."""
    mine = select(link_codes.c.code_hash).where(link_codes.c.address == address)
    return connection.execute(mine).scalar() == _hash(code)


def use_code(connection: Connection, code: str) -> RowMapping | None:
    """Whose code it is ("address", "conversation"), for the first who asks; None for everybody else."""
    row, now = link_codes.c, time.time()
    return (
        connection.execute(
            delete(link_codes)
            .where(row.code_hash == _hash(code), row.expires_at.between(now, now + CODE_S))
            .returning(row.address, row.conversation)
        )
        .mappings()
        .first()
    )


def may_try(connection: Connection, address: str) -> bool:
    """Whether fewer than five wrong codes came from that address within the last hour."""
    lock(connection, f"codes:{address}")
    row, now = link_tries.c, time.time()
    old = ~row.at.between(now - TRIES_S, now + TRIES_S)
    connection.execute(delete(link_tries).where(row.address == address, old))
    wrong = select(func.count()).where(row.address == address)
    return int(connection.execute(wrong).scalar_one()) < TRIES


def note_wrong_try(connection: Connection, address: str, try_id: str) -> None:
    """A code that was none."""
    insert_once(connection, link_tries, id=try_id, address=address, at=time.time())


def link(connection: Connection, one: str, other: str) -> bool:
    """Make one person of two addresses, and of everything linked with them; False when that was so already."""
    lock(connection, "people")
    if are_one(connection, one, other):
        return False
    known = {address: _person_of(connection, address) for address in (one, other)}
    person, merged = known[one] or uuid.uuid4().hex, known[other]
    if merged:
        connection.execute(update(people).where(people.c.person_id == merged).values(person_id=person))
    for address, before in known.items():
        if not before:
            insert_once(connection, people, address=address, person_id=person, linked_at=time.time(), muted=0)
    return True


def unlink(connection: Connection, address: str) -> list[str]:
    """Take an address out; those that it was linked with. One that is left alone is no link."""
    lock(connection, "people")
    others = addresses_of(connection, address)[1:]
    gone = [address, *others] if len(others) < 2 else [address]
    connection.execute(delete(people).where(people.c.address.in_(gone)))
    return others


def mute(connection: Connection, address: str, muted: bool) -> bool:
    """Whether other channels' videos are shown there; False for an address that is linked with nothing."""
    changed = connection.execute(update(people).where(people.c.address == address).values(muted=int(muted)))
    return changed.rowcount == 1


def muted(connection: Connection, addresses: Sequence[str]) -> set[str]:
    """Those of them that asked for quiet."""
    quiet = select(people.c.address).where(people.c.address.in_(addresses), people.c.muted == 1)
    return set(connection.execute(quiet).scalars())


def links(connection: Connection) -> list[RowMapping]:
    """Every linked address, those of one person beside each other."""
    rows = connection.execute(select(people).order_by(people.c.person_id, people.c.linked_at))
    return list(rows.mappings())


def forget(connection: Connection, address: str) -> list[str]:
    """Remove an address with its links, codes and tries; those that it was linked with."""
    others = unlink(connection, address)
    for table in (link_codes, link_tries):
        connection.execute(delete(table).where(table.c.address == address))
    return others


def _person_of(connection: Connection, address: str) -> str:
    found = connection.execute(select(people.c.person_id).where(people.c.address == address)).scalar()
    return str(found or "")


def _hash(code: str) -> str:
    return hashlib.sha256(f"aiclone link {code.upper()}".encode()).hexdigest()
