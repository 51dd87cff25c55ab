"""Putting a backup in the place of the database that is in use; the old one is kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from studio.errors import Misconfigured, ProviderBusy
from studio.store import Store
from studio.store.backup import restore, verify

LOGS = ("-wal", "-shm")


def put_back(path: Path, url: str) -> tuple[int, Path | None]:
    """Restore a backup; (rows, where the old database went). Raises Misconfigured when one is in use."""
    verify(path)
    file = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    if file is None:
        return _restored(path, url), None
    target = Path(file)
    fresh = target.with_name(f"{target.name}.restoring")
    for left in ("", *LOGS):
        fresh.with_name(fresh.name + left).unlink(missing_ok=True)
    if target.exists():
        _settle(target)
    count = _restored(path, f"sqlite:///{fresh}")
    _settle(fresh)
    aside = _keep(target) if target.exists() else None
    fresh.replace(target)
    return count, aside


def _restored(path: Path, url: str) -> int:
    store = Store(url)
    try:
        return restore(path, store)
    finally:
        store.close()


def _settle(file: Path) -> None:
    """Fold a database's log into its file; impossible, and thereby refused, while any process has it open."""
    with closing(sqlite3.connect(file, timeout=1.0)) as connection:
        try:
            connection.execute("pragma journal_mode=delete").fetchone()
        except sqlite3.OperationalError as error:
            raise ProviderBusy(f"{file} is in use ({error}): end `aiclone run` first.") from None
        except sqlite3.DatabaseError:
            return  # damaged: that is why it is replaced


def _keep(target: Path) -> Path:
    aside = target.with_name(f"{target.stem}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}{target.suffix}")
    if aside.exists():
        raise Misconfigured(f"{aside} is there already; try again in a second.")
    for log in LOGS:  # only a damaged file still has them
        if (left := target.with_name(target.name + log)).exists():
            left.replace(aside.with_name(aside.name + log))
    try:
        os.link(target, aside)  # the old file is never missing, not even for a moment
    except OSError:
        shutil.copyfile(target, aside)
    return aside
