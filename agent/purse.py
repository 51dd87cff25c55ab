"""What paid engines will cost, and whether the settings allow it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from agent.facts import Facts
from agent.visit import Visit
from studio.catalogue import Catalogue
from studio.domain import Line, Script
from studio.engine import Kind
from studio.recipes import recipe_named
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
    """Why these takes may not be ordered now, "" when they may."""
    costs = {each.take_id: visit.catalogue.price(each.engine, each.request) for each in wanted}
    return refusal(
        visit, connection, sum(usd for take, usd in costs.items() if facts.take_state(take) in ("", "failed"))
    )


def refusal(visit: Visit, connection: Connection, usd: float) -> str:
    """Why `usd` more may not be ordered for this production, "" when they may.

    Counts what was spent and what is reserved, in the transaction that orders.
    """
    if not usd:
        return ""
    lock(connection, "spending")
    for purse in _purses(visit, connection):
        if purse.gone + usd > purse.cap + 1e-9:
            before = f", after ${purse.gone:.2f} spent or ordered" if purse.gone >= 0.005 else ""
            return (
                f"These voices would cost ${usd:.2f}{before}; the limit is ${purse.cap:.2f} for {purse.what}. "
                + WAY_OUT.format(setting=purse.setting)
            )
    return ""


@dataclass(frozen=True, slots=True)
class _Purse:
    cap: float
    gone: float
    what: str
    setting: str


def _purses(visit: Visit, connection: Connection) -> tuple[_Purse, _Purse]:
    engines, price = visit.catalogue.paid(), visit.catalogue.price
    mine = productions.spent(connection, visit.id)
    mine += spending.reserved(connection, engines, price, visit.id)
    month = spending.spent_since(connection, spending.month_began(time.time()))
    month += spending.reserved(connection, engines, price)
    return (
        _Purse(visit.settings.spend_cap, mine, "one video", "AICLONE_SPEND_CAP"),
        _Purse(visit.settings.spend_cap_month, month, "a month", "AICLONE_SPEND_CAP_MONTH"),
    )
