"""Personas and the consents without which they may not be used."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from studio.cleaning import Clip, choose_references
from studio.domain import PersonaId
from studio.engine import Json
from studio.errors import ConsentMissing, NeedsFounder, PersonaUnknown
from studio.store import people
from studio.store.dialects import lock
from studio.store.schema import approvers, consents, personas

_BY_ID = select(personas).where(personas.c.id == bindparam("wanted"))
_CONSENTS = (
    select(consents)
    .where(consents.c.persona_id == bindparam("wanted"))
    .order_by(consents.c.granted_at.desc())
)
HOUSE = re.compile(r"[^:]*|cli:[a-z]+")
"""Who sits at this machine; everybody else is known as "channel:place:person" and must be named."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A founder's likeness: `portraits` name → SHA-256, `voices` engine → voice id, `lexicon` word → say.

    `clips`: what was measured of each of the `samples` (SHA-256), in their order; empty for older personas.
    """

    id: PersonaId
    name: str
    founder: str
    portraits: dict[str, str]
    voices: dict[str, str]
    samples: tuple[str, ...]
    lexicon: dict[str, str]
    clips: tuple[Clip, ...] = ()

    def references(self, tone: str, most: int) -> tuple[str, ...]:
        """The samples to imitate for a tone, best first; the first ones where nothing was measured of them."""
        return choose_references(self.clips, tone, most) if self.clips else self.samples[:most]


def sample_hashes(kept: Iterable[str | Json]) -> tuple[str, ...]:
    """The hashes in a row's `samples`: alone in older rows, else with what was measured of them."""
    return tuple(each if isinstance(each, str) else each["sha256"] for each in kept)


def _persona(row: RowMapping) -> Persona:
    return Persona(
        PersonaId(row["id"]),
        row["name"],
        row["founder"],
        dict(row["portraits"]),
        dict(row["voices"]),
        sample_hashes(row["samples"]),
        dict(row["lexicon"]),
        tuple(Clip(**each) for each in row["samples"] if not isinstance(each, str)),
    )


def add(connection: Connection, persona: Persona, consent: dict[str, Any]) -> None:
    """Store a persona with its consent {"sha256", "statement", "exemption", "expires_at"?}; names are unique."""
    lock(connection, "personas")
    check_free(connection, persona.name)
    now = time.time()
    connection.execute(
        insert(personas).values(
            id=persona.id,
            name=persona.name,
            founder=persona.founder,
            portraits=persona.portraits,
            voices=persona.voices,
            samples=[asdict(clip) for clip in persona.clips] or list(persona.samples),
            lexicon=persona.lexicon,
            created_at=now,
        )
    )
    connection.execute(
        insert(consents).values(id=uuid.uuid4().hex, persona_id=persona.id, granted_at=now, **consent)
    )


def check_free(connection: Connection, name: str) -> None:
    """Raise NeedsFounder when a persona of that name is there."""
    if any(each.name.casefold() == name.casefold() for each in all_of(connection)):
        raise NeedsFounder(f"There is a persona “{name}” already; remove it or choose another name.")


def named(connection: Connection, name: str) -> Persona:
    """The persona of that name, or the only one when `name` is empty; raises PersonaUnknown."""
    everyone = all_of(connection)
    if not name and len(everyone) >= 1:
        return everyone[0]
    for persona in everyone:
        if persona.name.casefold() == name.casefold():
            return persona
    known = ", ".join(persona.name for persona in everyone) or "none yet; `aiclone persona add` makes one"
    raise PersonaUnknown(f"There is no persona “{name}”. There is: {known}.")


def by_id(connection: Connection, persona_id: PersonaId) -> Persona:
    """The persona of that id, removed or not; raises PersonaUnknown."""
    row = connection.execute(_BY_ID, {"wanted": persona_id}).mappings().first()
    if row is None:
        raise PersonaUnknown
    return _persona(row)


def all_of(connection: Connection) -> list[Persona]:
    """Every persona in use, oldest first."""
    rows = connection.execute(
        select(personas).where(personas.c.removed_at.is_(None)).order_by(personas.c.created_at)
    )
    return [_persona(row) for row in rows.mappings()]


def require_consent(connection: Connection, persona: Persona) -> RowMapping:
    """The consent in force; raises ConsentMissing when there is none, it expired or was revoked."""
    row = connection.execute(_CONSENTS, {"wanted": persona.id}).mappings().first()
    if row is None:
        raise ConsentMissing(f"There is no consent for {persona.name}, so nothing may be rendered with it.")
    if row["revoked_at"] is not None:
        raise ConsentMissing(f"The consent for {persona.name} was revoked.")
    if row["expires_at"] is not None and row["expires_at"] < time.time():
        raise ConsentMissing(f"The consent for {persona.name} has expired.")
    return row


def remove(connection: Connection, persona: Persona) -> None:
    """Take a persona out of use and revoke its consents."""
    now = time.time()
    connection.execute(
        update(personas)
        .where(personas.c.id == persona.id)
        .values(removed_at=now, name=f"{persona.name} (removed {persona.id[:8]})", samples=[])
    )
    connection.execute(
        update(consents)
        .where(consents.c.persona_id == persona.id, consents.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def set_voice(connection: Connection, persona: Persona, engine: str, voice: str) -> None:
    """Name a persona's voice for an engine; "" takes it away. Raises PersonaUnknown when it was removed."""
    lock(connection, f"persona:{persona.id}")
    voices = {**by_id(connection, persona.id).voices, engine: voice}
    changed = connection.execute(
        update(personas)
        .where(personas.c.id == persona.id, personas.c.removed_at.is_(None))
        .values(voices={name: each for name, each in voices.items() if each})
    )
    if changed.rowcount != 1:
        raise PersonaUnknown(f"{persona.name} was removed.")


def teach(connection: Connection, persona: Persona, word: str, say: str) -> None:
    """Keep how a persona says a word, for this and all later productions; "" forgets it."""
    lock(connection, "personas")
    known = by_id(connection, persona.id).lexicon
    lexicon = {each: said for each, said in known.items() if each.casefold() != word.casefold()}
    lexicon |= {word: say} if say else {}
    connection.execute(update(personas).where(personas.c.id == persona.id).values(lexicon=lexicon))


def allow(connection: Connection, persona: Persona, person: str) -> bool:
    """Name somebody who may approve videos of this persona; False when that was so already."""
    if person in approvers_of(connection, persona.id):
        return False
    connection.execute(insert(approvers).values(persona_id=persona.id, person=person, allowed_at=time.time()))
    return True


def disallow(connection: Connection, persona: Persona, person: str) -> bool:
    """Take that back; False when it was not so."""
    row = approvers.c
    removed = connection.execute(delete(approvers).where(row.persona_id == persona.id, row.person == person))
    return removed.rowcount == 1


def approvers_of(connection: Connection, persona_id: str) -> list[str]:
    """Those who were named, first come first."""
    rows = connection.execute(
        select(approvers.c.person)
        .where(approvers.c.persona_id == persona_id)
        .order_by(approvers.c.allowed_at)
    )
    return [str(person) for (person,) in rows]


def may_approve(connection: Connection, persona_id: str, person: str) -> bool:
    """Whether somebody may say yes: whoever sits at this machine, and those who were named; so may their links."""
    mine = people.addresses_of(connection, person)
    named = approvers_of(connection, persona_id)
    return any(HOUSE.fullmatch(address) or address in named for address in mine)


def knows(connection: Connection, person: str) -> bool:
    """Whether somebody, or whoever they are linked with, sits at this machine or was named for a persona in use."""
    mine, row = people.addresses_of(connection, person), approvers.c
    named = (
        select(row.person)
        .join(personas, personas.c.id == row.persona_id)
        .where(row.person.in_(mine), personas.c.removed_at.is_(None))
        .limit(1)
    )
    return any(map(HOUSE.fullmatch, mine)) or connection.execute(named).first() is not None
