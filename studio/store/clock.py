"""Time in the store: the wall clock, which may jump by an hour, and what is believed of it.

A jump may delay work by up to the limits below. It never makes anything happen twice: leases decide who
begins, fences and claims decide whose word counts.
"""

from __future__ import annotations

import time

from sqlalchemy import BindParameter, Column, ColumnElement, Connection, bindparam, func, select

from studio.store.schema import inbox, outbox

Moment = float | BindParameter[float]
LEASE_MOST_S = 120.0
WAIT_MOST_S = 900.0
_LATEST = [
    select(func.max(column)).where(column.table.c.conversation == bindparam("wanted"))
    for column in (inbox.c.received_at, outbox.c.created_at)
]


def is_over(lease_until: Column[float], now: Moment) -> ColumnElement[bool]:
    """Whether a lease ran out; one that reaches further than any lease may is of before the clock jumped."""
    return (lease_until < now) | (lease_until > now + LEASE_MOST_S)


def has_come(not_before: Column[float], now: Moment) -> ColumnElement[bool]:
    """Whether a moment to wait for is here; one further away than any wait is of before the clock jumped."""
    return (not_before <= now) | (not_before > now + WAIT_MOST_S)


def in_seconds(wait_s: float) -> float:
    """The moment `wait_s` from now, at most WAIT_MOST_S away."""
    return time.time() + min(wait_s, WAIT_MOST_S)


def moment(connection: Connection, conversation: str) -> float:
    """Now, but later than everything in this conversation: its order survives a clock that goes back."""
    last = [connection.execute(latest, {"wanted": conversation}).scalar() for latest in _LATEST]
    return max(time.time(), *((found or 0.0) + 1e-6 for found in last))
