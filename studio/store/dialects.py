"""What SQLite and PostgreSQL do each in their own way; everything else in this folder is the same for both."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, func, select, text
from sqlalchemy.engine import ExceptionContext

from studio.errors import DiskFull, Misconfigured, ProviderBusy, ProviderDown, StudioError

BUSY = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available
AWAY = ("08", "57P", "53300")  # connection lost, server going down or coming up, too many connections
STRANGE = ("28", "3D000", "42501")  # login refused, no such database, no right
FULL = "The disk is full; nothing was recorded. It goes on when there is room."
SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
SQLITE_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SQLITE_CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key is there, also when two connections do so at once; True when it is new.

    `values` name every column that has to be set: defaults of the program's side do not apply.
    """
    return connection.execute(_insert_once(table, tuple(values)), values).rowcount == 1


@cache
def _insert_once(table: Table, names: tuple[str, ...]) -> Executable:
    # as text, because SQLAlchemy 2.0 compiles its own form of this anew each time (inherit_cache = False)
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join(f":{name}" for name in names)
    insert = text(f'INSERT INTO "{table.name}" ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING')
    typed = (bindparam(name, type_=table.c[name].type) for name in names)
    return insert.bindparams(*typed).execution_options(preserve_rowcount=True)


def lock(connection: Connection, name: str) -> None:
    """Until this writing transaction ends, whoever locks the same name waits."""
    if connection.dialect.name != "sqlite":  # there a writing transaction is alone anyway
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def catch_up(connection: Connection, table: Table) -> None:
    """After rows came in with numbers of their own, let the database count on behind them."""
    column = table.autoincrement_column
    if connection.dialect.name == "sqlite" or column is None:
        return
    highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(select(func.setval(sequence, highest, False)))


def explain(context: ExceptionContext) -> StudioError | None:
    """The failure of a database as one of ours, None for a bug of ours."""
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    state = getattr(error, "sqlstate", None)
    if state == "53100":
        return DiskFull(FULL)
    if state in BUSY:
        return ProviderBusy("The database is busy; it will be tried again.", retry_after=1.0)
    reason = str(error).strip().splitlines()[-1:] or [""]
    if state is not None and state.startswith(STRANGE):
        return Misconfigured(f"The database refuses us ({reason[0]}); check AICLONE_DATABASE_URL.")
    if context.is_disconnect or _is_away(error, state):
        return ProviderDown(f"The database does not answer ({reason[0]}); check AICLONE_DATABASE_URL.")
    return None


def _is_away(error: BaseException | None, state: str | None) -> bool:
    if state is not None:
        return state.startswith(AWAY)
    return type(error).__name__ in ("OperationalError", "ConnectionTimeout")  # no answer: no state


def _of_sqlite(error: sqlite3.Error) -> StudioError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in SQLITE_BUSY:
        return ProviderBusy("The database is busy; it will be tried again.", retry_after=1.0)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(FULL)
    if code == sqlite3.SQLITE_IOERR:
        return ProviderDown(f"The database's disk has trouble ({error}); is there room on it?")
    if code in SQLITE_DAMAGED:
        return Misconfigured(
            f"The database file is damaged ({error}); `aiclone db restore` puts a backup in its place."
        )
    if code in SQLITE_CLOSED:
        return Misconfigured(f"The database file cannot be used ({error}); check its folder's rights.")
    return None
