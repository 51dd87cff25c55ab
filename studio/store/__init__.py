"""The facts: SQLite (WAL) by default, PostgreSQL for several hosts; the only truth of the studio.

`Store` opens transactions; the modules beside it hold the statements, one function for each question asked,
and take the connection first. A writer passes its `Hold`: the transaction opens only while that hold's fence
is still the production's, so a process that lost its lease changes nothing.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Float, bindparam, create_engine, event, select, update
from sqlalchemy.engine import make_url

from studio.domain import ProductionId
from studio.errors import Misconfigured, NotNow
from studio.failpoints import failpoint
from studio.store import schema
from studio.store.clock import is_over
from studio.store.dialects import SQLITE_BUSY, explain
from studio.store.revisions import KNOWN, MIGRATIONS, NEWEST, revision_of

LEASE_S, SET_UP_S = 15.0, 10.0
POSTGRESQL_READ = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
SQLITE_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "journal_size_limit=16777216",  # the log shrinks to this after a checkpoint
)

# asked by every visit: built once
_ROW = schema.productions.c
_ONE = _ROW.id == bindparam("wanted")
_ACQUIRE = (
    update(schema.productions)
    .where(_ONE, is_over(_ROW.lease_until, bindparam("now", type_=Float)))
    .values(fence=_ROW.fence + 1, lease_until=bindparam("until"), wake=0)
    .returning(_ROW.fence)
)
_RENEW = (
    update(schema.productions)
    .where(_ONE, _ROW.fence == bindparam("fenced"))
    .values(lease_until=bindparam("until"))
)
_RENEW_AND_WAKE = _RENEW.values(wake=1)
_FENCE = select(_ROW.fence).where(_ONE).with_for_update()


class Held(NotNow):
    """Another process is working on this production."""


class Fenced(NotNow):
    """This process lost its hold on the production; another one goes on."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write one production's facts, as long as `fence` is the newest."""

    production_id: ProductionId
    fence: int


class Store:
    """One database; safe to share between threads."""

    def __init__(self, url: str, lease_s: float = LEASE_S) -> None:
        self.url, self.lease_s = url, lease_s
        named = make_url(url)
        if named.get_backend_name() == "sqlite" and not (named.database or "").startswith("file:"):
            Path(named.database or "").parent.mkdir(parents=True, exist_ok=True)
        self.engine = _engine(url)
        # SQLite lets one write at a time and makes the others sleep and retry; threads of ours queue instead
        self._turn = threading.RLock() if self.engine.dialect.name == "sqlite" else nullcontext()
        weakref.finalize(self, self.engine.dispose)  # whoever forgets `close` leaves no connection open

    def migrate(self, to: str = "head") -> None:
        """Bring the schema to this program's version; raises Misconfigured for a database of a newer one."""
        found, wanted = self.revision(), NEWEST if to == "head" else to
        if found and found not in KNOWN:
            raise Misconfigured(
                f"A newer AIClone made this database (schema {found}; this one knows up to {NEWEST}). "
                "Install that version, or put back a backup made with this one: `aiclone db restore`."
            )
        if found != wanted:
            self._upgrade(wanted)

    def _upgrade(self, to: str) -> None:
        from alembic import command  # a quarter of a second, which every command would pay
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["engine"] = self.engine
        command.upgrade(config, to)

    def revision(self) -> str:
        """The schema's version that the database has, "" for an empty one."""
        with self.read() as connection:
            return revision_of(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks and sees one moment, however long it looks, while others write."""
        options: dict[str, Any] = {} if self.engine.dialect.name == "sqlite" else POSTGRESQL_READ
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, hold: Hold | None = None) -> Iterator[Connection]:
        """A transaction that writes; raises DiskFull, and with a hold Fenced when the hold was lost."""
        connecting = self.engine.connect().execution_options(write=True)
        with connecting as connection, self._turn, connection.begin():
            if hold is not None:
                _check_fence(connection, hold)
            yield connection
            failpoint("before commit")
        failpoint("after commit")

    @contextmanager
    def hold(self, production_id: ProductionId, lease_s: float | None = None) -> Iterator[Hold]:
        """Lease one production; a thread keeps the lease alive. Raises Held."""
        lease_s = lease_s or self.lease_s
        hold = self._acquire(production_id, lease_s)
        done = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(hold, lease_s, done), daemon=True)
        keeper.start()
        failed = True
        try:
            yield hold
            failed = False
        finally:
            done.set()
            keeper.join()
            self._renew(hold, 0.0, awake=failed)  # a visit that failed is made again

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    def _acquire(self, production_id: ProductionId, lease_s: float) -> Hold:
        now = time.time()
        with self.write() as connection:
            which = {"wanted": production_id, "now": now, "until": now + lease_s}
            fence = connection.execute(_ACQUIRE, which).scalar()
            if fence is None:
                raise Held
        return Hold(production_id, fence)

    def _keep(self, hold: Hold, lease_s: float, done: threading.Event) -> None:
        while not done.wait(lease_s / 3):
            with suppress(NotNow):  # a lease that cannot be renewed ends, and the fence keeps us out
                self._renew(hold, time.time() + lease_s)

    def _renew(self, hold: Hold, until: float, awake: bool = False) -> None:
        which = {"wanted": hold.production_id, "fenced": hold.fence, "until": until}
        with self.write() as connection:
            connection.execute(_RENEW_AND_WAKE if awake else _RENEW, which)


def _check_fence(connection: Connection, hold: Hold) -> None:
    found = connection.execute(_FENCE, {"wanted": hold.production_id}).scalar()
    if found != hold.fence:
        raise Fenced


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)  # words stay out of logs
    else:
        arguments = {"timeout": 30.0, "check_same_thread": False}
        engine = create_engine(url, connect_args=arguments, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", explain, retval=True)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    until = time.monotonic() + SET_UP_S
    for pragma in SQLITE_PRAGMAS:
        # switching a new file to WAL does not wait for another process that does so, whatever busy_timeout says
        while True:
            try:
                connection.execute(f"pragma {pragma}")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # a deferred transaction that writes late can fail at once with "database is locked"
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("begin immediate" if write else "begin")
