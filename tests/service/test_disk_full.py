"""A database whose disk is full: a sentence, nothing half done, and on it goes when there is room."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event

from studio.domain import Status
from studio.errors import DiskFull, NotNow
from studio.settings import Settings
from studio.store import Store, outbox
from tests.fakes.studio import Floor
from workers.agent import look

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
LIMIT = 1 << 30


class Disk:
    """Holds as many pages as it is told to; what is in the database stays there."""

    def __init__(self, store: Store) -> None:
        self.store, self.pages = store, LIMIT
        event.listen(store.engine, "checkout", self._limit)

    def fill(self, room: int = 0) -> None:
        """Leave so many pages of 4 kB."""
        with self.store.read() as connection:
            self.pages = room + int(connection.exec_driver_sql("pragma page_count").scalar_one())

    def _limit(self, connection: object, _record: object, _proxy: object) -> None:
        connection.execute(f"pragma max_page_count={self.pages}")  # type: ignore[attr-defined]


@pytest.fixture
def floor(settings: Settings) -> Floor:
    return Floor(settings)


def write_until_full(store: Store) -> int:
    for n in range(1000):
        try:
            with store.write() as connection:
                outbox.put(connection, f"filler{n}", "nobody:1", "deliver", {"text": "x" * 1000})
        except DiskFull as error:
            assert "The disk is full" in error.say
            return n
    raise AssertionError("it never filled up")


def test_what_fits_is_kept_what_does_not_is_refused_and_room_mends_it(store: Store) -> None:
    disk = Disk(store)
    disk.fill(room=5)
    kept = write_until_full(store)
    assert kept > 0
    with store.read() as connection:
        assert len(outbox.due(connection, 1000)) == kept
    disk.pages = LIMIT
    with store.write() as connection:
        assert outbox.put(connection, "more", "desk:1", "say", {"text": "y" * 9000})
        assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"


def test_an_approval_survives_a_disk_that_fills_up_at_every_moment(floor: Floor) -> None:
    floor.to_preview()
    floor.write("approve")
    disk, refused = Disk(floor.store), 0
    while floor.production()["status"] != Status.DELIVERED:
        disk.fill()
        refused += 1
        with suppress(NotNow):
            floor.look()
        asyncio.run(look({"desk": floor.desk}))  # the worker itself logs a warning and waits
        disk.fill(room=refused % 10)
        with suppress(NotNow):
            floor.look()
        floor.desk.calm_until.clear()
        with floor.store.write() as connection:  # the lease that could not be given back has ended
            connection.exec_driver_sql("update productions set lease_until = min(lease_until, 1)")
            connection.exec_driver_sql("update outbox set not_before = 0 where state != 'done'")
        with suppress(NotNow):
            asyncio.run(floor.desk.sweep())
        assert refused < 60
    assert refused > 0
    assert len(floor.messages("delivered")) == 1
    assert len(list(floor.settings.deliveries.glob("*.mp4"))) == 1


def test_a_lease_that_cannot_be_renewed_ends_quietly(floor: Floor) -> None:
    floor.write("Script: We build compilers.")
    floor.look()
    disk = Disk(floor.store)
    before = threading.active_count()
    with suppress(NotNow), floor.store.hold(floor.production()["id"], lease_s=0.1):
        disk.pages = 1
        threading.Event().wait(0.3)
    disk.pages = LIMIT
    assert threading.active_count() == before
    assert floor.production()["status"] == Status.SCRIPT_REVIEW


def test_the_log_of_a_busy_database_is_folded_in(store: Store, settings: Settings) -> None:
    for n in range(40):
        with store.write() as connection:
            outbox.put(connection, f"k{n}", "desk:1", "say", {"text": "x" * 400_000})
    log = Path(f"{settings.home / 'aiclone.db'}-wal")
    assert log.stat().st_size < 16_000_000 + 2_000_000
    with store.read() as connection:
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2
    store.close()
    assert not log.exists()
