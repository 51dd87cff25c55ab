"""The studio with one protection removed at a time; each must break a promise, or the harness proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, RowMapping, select, update

from studio.domain import ProductionId
from studio.store import Hold, Store, inbox
from studio.store.inbox import Inbound
from studio.store.schema import outbox as outbox_table
from studio.store.schema import productions
from tests.chaos.ledger import Ledger
from tests.chaos.trial import Parts, accept
from workers.desk import Desk
from workers.relay import Relay, Way


def hasty_accept(store: Store, ledger: Ledger, event: Inbound) -> None:
    """Answers before it commits."""
    ledger.write("ack", event.event_id, subject=event.body.get("subject", ""))
    with store.write() as connection:
        inbox.append(connection, event)


class GuessingRelay(Relay):
    """Sends again without asking what became of the first time."""

    async def find(self, way: Way) -> str | None:
        """Never mind."""
        return None


class HastyRelay(Relay):
    """Looks once, and believes that what is not there yet will never come."""

    def may_land(self, row: RowMapping, way: Way) -> float:
        """It has landed or it is lost."""
        return 0.0


class TrustingDesk(Desk):
    """Believes that no ring is ever lost: it does not sweep."""

    async def sweep(self) -> None:
        """Only what was rung for."""
        await self.look()


def plain_accept(store: Store, ledger: Ledger, event: Inbound) -> None:
    """Lets a click answer whatever is current, as a plain resume of a paused graph would."""
    if event.kind == "decision":
        with store.read() as connection:
            newest = connection.execute(
                select(outbox_table.c.body)
                .where(outbox_table.c.conversation == event.conversation)
                .where(outbox_table.c.kind.in_(("script", "preview")))
                .order_by(outbox_table.c.created_at.desc())
            ).scalar()
        ledger.write("ack", event.event_id, subject=event.body["subject"])
        body = {**event.body, "subject": newest["subject"] if newest else ""}
        event = Inbound(event.source, event.event_id, event.conversation, event.person, event.kind, body)
    accept(store, ledger, event)


class LeaselessStore(Store):
    """Lets anybody work on any production at any time; the fence stays."""

    def _acquire(self, production_id: ProductionId, lease_s: float) -> Hold:
        with self.write() as connection:
            connection.execute(
                update(productions).where(productions.c.id == production_id).values(lease_until=0.0)
            )
        return super()._acquire(production_id, lease_s)


class FencelessStore(Store):
    """Lets whoever held a production once write to it for ever."""

    @contextmanager
    def write(self, hold: Hold | None = None) -> Iterator[Connection]:
        """Without a look at the fence."""
        with super().write() as connection:
            yield connection


# by name: the parts, and the place at which deaths are tried first
MUTANTS = {
    "answer before commit": (Parts(accept=hasty_accept), "before commit"),
    "no look before a repeated post": (Parts(relay=GuessingRelay), "shown outside"),
    "no wait for what may still land": (Parts(relay=HastyRelay, words=("", "late")), "shown outside"),
    "no sweep": (Parts(desk=TrustingDesk), "after commit"),
    "a click answers whatever is current": (Parts(accept=plain_accept), ""),
}
