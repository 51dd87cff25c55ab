"""From an approved script to finished takes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from sqlalchemy import Connection

from agent.facts import LACKING, Facts, with_takes
from agent.purse import over_cap
from agent.queue_position import estimate_for, said
from agent.visit import Visit
from studio.domain import Status
from studio.errors import ConsentMissing, SpendCapped
from studio.messages import PROGRESS, SAY
from studio.queue import Order
from studio.store import outbox, personas, productions, reviews, takes
from tools.plan import Planned

CAPPED_S = 15.0


def order(visit: Visit) -> Facts | None:
    """Order every take that can be named and is not in use yet; consent is checked here and when it runs."""
    facts = visit.facts()
    assert facts.plan is not None
    used = {row_id for row_id, row in facts.rows.items() if "role" in row}
    with visit.store.write(visit.hold) as connection:
        try:
            personas.require_consent(connection, facts.persona)
        except ConsentMissing as trouble:
            key = f"consent:{visit.id}:{facts.version}"
            outbox.put(
                connection, key, facts.production["conversation"], SAY, {"text": trouble.say}, visit.id
            )
            productions.set_status(connection, visit.id, Status.CANCELLED)
            return None
        fresh = [planned for planned in facts.plan.takes if planned.take_id not in used]
        capped = over_cap(visit, connection, facts, fresh)
        if capped:
            key = f"cap:{visit.id}:{facts.version}:{hashlib.sha256(capped.encode()).hexdigest()[:8]}"
            outbox.put(connection, key, facts.production["conversation"], SAY, {"text": capped}, visit.id)
        else:
            _order(visit, facts, connection, fresh)
            known = with_takes(connection, facts)
    if capped:
        raise SpendCapped(capped, CAPPED_S)  # looked at again until there is room
    # a take that was there already may let the plan name more
    return None if any(known.take_state(each.take_id) == "done" for each in fresh) else known


def _order(visit: Visit, facts: Facts, connection: Connection, fresh: list[Planned]) -> None:
    new = {}
    for take_id, planned in sorted({each.take_id: each for each in reversed(fresh)}.items()):
        kind, body = str(visit.catalogue.spec(planned.engine).kind), asdict(order_of(planned, facts))
        # in one order, so that two productions that share takes never deadlock
        new[take_id] = takes.order(
            connection,
            take_id,
            kind,
            planned.engine,
            body,
            rank=facts.rank,
            founder=facts.persona.founder,
            born=facts.production["created_at"],
        )
    for planned in fresh:
        takes.use(
            connection,
            visit.id,
            planned.take_id,
            planned.role,
            reused=not new.pop(planned.take_id, False),
        )
    if (key := f"progress:{visit.id}:{facts.version}") not in facts.sent:
        productions.set_status(connection, visit.id, Status.RENDERING)
        _say_when(visit, facts, connection)
        meter = {"text": f"Rendering version {facts.version}.", "version": facts.version}
        outbox.put(connection, key, facts.production["conversation"], PROGRESS, meter, visit.id)


def _say_when(visit: Visit, facts: Facts, connection: Connection) -> None:
    """When rendering starts behind others, say once how long it will take."""
    key = f"queue:{visit.id}:{facts.version}"
    started = any(row["created_at"] >= facts.script_at for row in facts.rows.values())
    if started or facts.script is None or key in facts.sent:
        return
    found = estimate_for(connection, facts, facts.script, visit.floor)
    if found.ahead:
        outbox.put(connection, key, facts.production["conversation"], SAY, {"text": said(found)}, visit.id)


def order_of(planned: Planned, facts: Facts) -> Order:
    """What a media worker is told of a take."""
    return Order(
        planned.take_id,
        1,
        planned.engine,
        planned.request,
        planned.inputs,
        planned.seed,
        facts.id,
        facts.persona.id,
    )


def mend(visit: Visit) -> None:
    """For takes that cannot be made: the recipe's next engine if the engine is at fault, else ask a person."""
    facts = visit.facts()
    with visit.store.write(visit.hold) as connection:
        for row in facts.failed():
            role, engine = facts.role_of(row), facts.instead_of(row)
            text = row["say"] or "A take could not be made."
            if engine:
                text = f"{text} Using {engine} instead, the next engine of the recipe."
                reviews.add_retake(connection, visit.id, role, 0, engine, text)
            elif row["reason"] not in LACKING:
                text = f"{where(facts, role)}: {text}"
            key = facts.failure_key(row)
            outbox.put(connection, key, facts.production["conversation"], SAY, {"text": text}, visit.id)


def where(facts: Facts, role: str) -> str:
    """The part of the video a role stands for, in words."""
    lines = facts.script.lines if facts.script is not None else ()
    line_id = role.partition(":")[2]
    number = next((number for number, line in enumerate(lines, 1) if line.id == line_id), None)
    return f"Line {number}" if number is not None else "The cut"
