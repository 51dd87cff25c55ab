"""Versions of a persona's trained voice; the one in use is named by the persona itself (`voices[engine]`)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from studio.domain import PersonaId
from studio.engine import Json
from studio.errors import VoiceMissing
from studio.store import personas
from studio.store.dialects import lock
from studio.store.personas import Persona
from studio.store.schema import voices

BASE = 0
"""The number that stands for the engine's own weights, untrained."""


@dataclass(frozen=True, slots=True)
class Version:
    """A finished training: `sha256` of its weights in the media store, `facts` of how it was made."""

    number: int
    sha256: str
    made_at: float
    facts: Json


def add(connection: Connection, persona: Persona, engine: str, sha256: str, facts: Json) -> Version:
    """Keep a finished training and use it from now on; the same weights twice are one version.

    Raises ConsentMissing or PersonaUnknown when the persona may not be used any more.
    """
    lock(connection, f"persona:{persona.id}")
    personas.require_consent(connection, persona)
    row = voices.c
    mine = (row.persona_id == persona.id, row.engine == engine)
    known = {each.sha256: each for each in of(connection, persona.id, engine)}
    if sha256 not in known:
        highest = connection.execute(
            select(func.coalesce(func.max(row.number), BASE)).where(*mine)
        ).scalar_one()
        known[sha256] = Version(highest + 1, sha256, time.time(), facts)
        connection.execute(
            insert(voices).values(
                persona_id=persona.id,
                engine=engine,
                number=highest + 1,
                sha256=sha256,
                made_at=known[sha256].made_at,
                facts=facts,
            )
        )
    personas.set_voice(connection, persona, engine, sha256)
    return known[sha256]


def of(connection: Connection, persona_id: PersonaId, engine: str) -> list[Version]:
    """The versions of a persona's voice for an engine, oldest first."""
    row = voices.c
    found = connection.execute(
        select(row.number, row.sha256, row.made_at, row.facts)
        .where(row.persona_id == persona_id, row.engine == engine)
        .order_by(row.number)
    )
    return [Version(*each) for each in found]


def numbered(connection: Connection, persona: Persona, engine: str, number: int) -> str:
    """The weights of a version, "" for 0, the base; raises VoiceMissing naming those there are."""
    versions = {each.number: each.sha256 for each in of(connection, persona.id, engine)} | {BASE: ""}
    if number not in versions:
        known = ", ".join(map(str, sorted(versions)))
        raise VoiceMissing(f"{persona.name} has no version {number} of a trained voice; there is {known}.")
    return versions[number]


def use(connection: Connection, persona: Persona, engine: str, number: int) -> None:
    """Speak with that version from the next render on; raises VoiceMissing."""
    personas.set_voice(connection, persona, engine, numbered(connection, persona, engine, number))


def forget(connection: Connection, persona_id: PersonaId) -> set[str]:
    """Take all versions of a persona away; the weights that are to be erased."""
    mine = voices.c.persona_id == persona_id
    found = set(connection.execute(select(voices.c.sha256).where(mine)).scalars())
    connection.execute(delete(voices).where(mine))
    return found
