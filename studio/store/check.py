"""Whether the facts hold together, and whether the media store has what they name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Connection, select, text

from studio.media import MediaStore, sha256_of
from studio.store import LEASE_S, Store
from studio.store.personas import sample_hashes
from studio.store.schema import (
    approvals,
    consents,
    cuts,
    followers,
    outbox,
    personas,
    productions,
    replies,
    retakes,
    scripts,
    spend,
    takes,
    voices,
)
from studio.store.schema import production_takes as uses

BELONGS: tuple[tuple[Column[str], Column[str]], ...] = (
    *((table.c.production_id, productions.c.id) for table in (scripts, cuts, replies, retakes, uses, spend)),
    (approvals.c.production_id, productions.c.id),
    (outbox.c.production_id, productions.c.id),
    (followers.c.production_id, productions.c.id),
    (uses.c.take_id, takes.c.id),
    (cuts.c.take_id, takes.c.id),
    (productions.c.persona_id, personas.c.id),
    (consents.c.persona_id, personas.c.id),
    (voices.c.persona_id, personas.c.id),
)
RESTORE = "put back a backup: `aiclone db restore PATH`"
FETCH = "copy it back from the backup of the media folder"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be, and what to do."""

    what: str
    mend: str


def faults(store: Store, media: MediaStore, deep: bool = False) -> list[Fault]:
    """Everything that is wrong; `deep` hashes every stored file that is named."""
    with store.read() as connection:
        whole = list(_damage(connection))
        return whole or [
            *_orphans(connection),
            *_odd_rows(connection),
            *_missing(connection, media, deep),
        ]


def _damage(connection: Connection) -> Iterator[Fault]:
    if connection.dialect.name == "sqlite":
        for (line,) in connection.execute(text("pragma integrity_check(20)")):
            if line != "ok":
                yield Fault(f"The database file is damaged: {line}", RESTORE)


def _orphans(connection: Connection) -> Iterator[Fault]:
    for child, parent in BELONGS:
        lost = select(child).where(child.is_not(None), child.not_in(select(parent))).distinct()
        for (found,) in connection.execute(lost):
            yield Fault(
                f"{child.table.name}: {child.name} {found} is in no row of {parent.table.name}", RESTORE
            )


def _odd_rows(connection: Connection) -> Iterator[Fault]:
    row = productions.c
    far = time.time() + 20 * LEASE_S
    for (found,) in connection.execute(select(row.id).where((row.fence < 0) | (row.lease_until > far))):
        yield Fault(f"Production {found} is held until far in the future", "set this machine's clock right")
    done = select(takes.c.id).where(takes.c.state == "done", takes.c.artifact.is_(None))
    for (found,) in connection.execute(done):
        yield Fault(f"Take {found} is done and has no file", RESTORE)
    unsent = select(outbox.c.key, outbox.c.state, outbox.c.ref).where(
        outbox.c.state.in_(("failed", "unknown"))
    )
    for key, state, ref in connection.execute(unsent):
        yield Fault(f"Message {key} is {state}{f': {ref}' if ref else ''}", "look whether it arrived")
    foreign = select(approvals.c.subject, approvals.c.sha256).where(
        approvals.c.subject.startswith("cut:"),
        approvals.c.sha256 != "",
        approvals.c.sha256.not_in(select(cuts.c.artifact)),
    )
    for subject, sha in connection.execute(foreign):
        yield Fault(f"The approval of {subject} names {sha[:12]}, which is no cut", RESTORE)


def _missing(connection: Connection, media: MediaStore, deep: bool) -> Iterator[Fault]:
    for sha, whose in sorted(_named(connection).items()):
        if not media.has(sha):
            yield Fault(f"{whose}: the stored file {sha} is missing", FETCH)
        elif not media.fetch(sha).stat().st_size or (deep and sha256_of(media.fetch(sha)) != sha):
            yield Fault(f"{whose}: the stored file {sha} is damaged", FETCH)


def _named(connection: Connection) -> dict[str, str]:
    """SHA-256 → whose file it is, for every file that a fact names and that may not have been erased."""
    found = {}
    for sha, engine in connection.execute(
        select(takes.c.artifact, takes.c.engine).where(takes.c.artifact.is_not(None))
    ):
        found[sha] = f"a take of {engine}"
    for row in connection.execute(select(cuts)):
        found |= {row.artifact: f"cut {row.version} of {row.production_id}", row.sheet: "its contact sheet"}
    for row in connection.execute(select(personas).where(personas.c.removed_at.is_(None))):
        found |= dict.fromkeys((*row.portraits.values(), *sample_hashes(row.samples)), f"persona {row.name}")
    found |= {row.sha256: f"version {row.number} of a voice" for row in connection.execute(select(voices))}
    return found
