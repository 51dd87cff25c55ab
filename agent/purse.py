"""What paid engines will cost, and whether the settings allow it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from agent.facts import Facts
from agent.visit import Visit
from studio.catalogue import Catalogue
from studio.domain import Line, ProductionId, Script
from studio.engine import Kind
from studio.recipes import recipe_named
from studio.settings import Settings
from studio.store import productions, spending
from studio.store.dialects import lock
from tools.describe import diff
from tools.plan import Planned

VOICED = {"pace", "pronunciations", "recipe"}
WAY_OUT = "Shorten the script, name a recipe that costs nothing, or raise {setting}; then I go on by myself."


def quote(catalogue: Catalogue, script: Script, lines: Sequence[Line] | None = None) -> float:
    """USD that the voices of `lines`, by default all, will cost with the script's recipe."""
    engine = recipe_named(script.look.recipe).chains[Kind.VOICE][0]
    return sum(
        catalogue.price(engine, {"text": line.text}) for line in (script.lines if lines is None else lines)
    )


def revision_quote(catalogue: Catalogue, old: Script, new: Script) -> float:
    """USD of the lines that a revision speaks anew, were none of them spoken before."""
    if set(diff(old, new).look) & VOICED:
        return quote(catalogue, new)
    were = {line.id: _voice(line) for line in old.lines}
    return quote(catalogue, new, [line for line in new.lines if were.get(line.id) != _voice(line)])


def _voice(line: Line) -> tuple[object, ...]:
    return line.text, line.tone, line.seed


def over_cap(visit: Visit, connection: Connection, facts: Facts, wanted: Sequence[Planned]) -> str:
    """Why these takes may not be ordered now, "" when they may.

    Counts what was spent and what is reserved, in the transaction that orders them.
    """
    costs = {each.take_id: visit.catalogue.price(each.engine, each.request) for each in wanted}
    new = sum(usd for take, usd in costs.items() if facts.take_state(take) in ("", "failed"))
    if not new:
        return ""
    lock(connection, "spending")
    for cap, gone, what, setting in _purses(visit.settings, visit.catalogue, connection, visit.id):
        if gone + new > cap + 1e-9:
            before = f", after ${gone:.2f} spent or ordered" if gone >= 0.005 else ""
            return (
                f"These voices would cost ${new:.2f}{before}; the limit is ${cap:.2f} for {what}. "
                + WAY_OUT.format(setting=setting)
            )
    return ""


def _purses(
    settings: Settings, catalogue: Catalogue, connection: Connection, production_id: ProductionId
) -> list[tuple[float, float, str, str]]:
    month = spending.spent_since(connection, spending.month_began(time.time()))
    engines, price = catalogue.paid(), catalogue.price
    known: list[Any] = [
        (
            settings.spend_cap,
            productions.spent(connection, production_id)
            + spending.reserved(connection, engines, price, production_id),
            "one video",
            "AICLONE_SPEND_CAP",
        ),
        (
            settings.spend_cap_month,
            month + spending.reserved(connection, engines, price),
            "a month",
            "AICLONE_SPEND_CAP_MONTH",
        ),
    ]
    return known
