"""Money: what was spent, and what is reserved by takes that are ordered and not made yet.

A reservation has no row of its own: it is the price of every ordered take of a paid engine. A take that is
done, or failed after it was billed, has a row in `spend` instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from studio.catalogue import Catalogue
from studio.domain import ProductionId, TakeId
from studio.store.schema import production_takes, spend, takes

Price = Callable[[str, dict[str, Any]], float]
"""USD for a take, from its engine and its request."""


def billed(connection: Connection, catalogue: Catalogue, outcome: dict[str, Any]) -> dict[str, Any]:
    """What `settle` needs of an attempt that a vendor billed, else {}; the price joins the outcome's cost."""
    cost = outcome.get("cost") or {}
    query = select(takes.c.engine).where(takes.c.id == outcome["take_id"])
    engine = connection.execute(query).scalar() if "characters" in cost else None
    if engine is None:
        return {}
    usd = catalogue.terms_for(engine).usd(cost["characters"])
    outcome["cost"] = {**cost, "usd": round(usd, 6)}
    return {"engine": engine, "characters": cost["characters"], "usd": usd}


def settle(connection: Connection, take_id: TakeId, engine: str, characters: int, usd: float) -> None:
    """Record what a take was billed, for the production that ordered it."""
    query = select(production_takes.c.production_id).where(production_takes.c.take_id == take_id)
    ordered = query.order_by(production_takes.c.reused, production_takes.c.at)
    connection.execute(
        insert(spend).values(
            production_id=connection.execute(ordered).scalar() or "",
            what="take",
            model=engine,
            prompt_hash="",
            tokens_in=characters,
            tokens_out=0,
            usd=usd,
            at=time.time(),
        )
    )


def reserved(
    connection: Connection, engines: Collection[str], price: Price, production_id: ProductionId | None = None
) -> float:
    """USD of paid takes that are ordered: of one production, or of all."""
    query = select(takes.c.id, takes.c.engine, takes.c.order).where(
        takes.c.state == "ordered", takes.c.engine.in_(list(engines))
    )
    if production_id is not None:
        query = query.where(
            takes.c.id.in_(
                select(production_takes.c.take_id).where(
                    production_takes.c.production_id == production_id, production_takes.c.reused == 0
                )
            )
        )
    return sum(price(row.engine, row.order["request"]) for row in connection.execute(query))


def spent_since(connection: Connection, moment: float) -> float:
    """USD spent on everything since `moment`."""
    total = select(func.coalesce(func.sum(spend.c.usd), 0.0)).where(spend.c.at >= moment)
    return float(connection.execute(total).scalar_one())


def month_began(now: float) -> float:
    """When the calendar month of `now` began (UTC)."""
    day = datetime.fromtimestamp(now, UTC)
    return day.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
