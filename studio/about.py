"""What the work at hand is about: fields that every log line written meanwhile carries.

They follow the work into asyncio tasks and `asyncio.to_thread`, so nobody passes them on by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_fields: ContextVar[Mapping[str, object] | None] = ContextVar("aiclone_about", default=None)


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Lines logged in here carry these fields as well: production, take, attempt, engine."""
    token = _fields.set({**known(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def known() -> Mapping[str, object]:
    """The fields in force here."""
    return _fields.get() or {}
