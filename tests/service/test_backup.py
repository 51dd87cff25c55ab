"""`aiclone db`: a backup while others write, back into either kind, and what a check finds."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from typer.testing import CliRunner

from studio.domain import PersonaId, ProductionId
from studio.errors import DiskFull, Misconfigured, ProviderBusy, StudioError
from studio.settings import Settings
from studio.store import Store, outbox, productions, schema
from studio.store.backup import restore, tables_of, verify, write_backup
from studio.store.check import faults
from studio.store.swap import put_back
from tests.databases import KINDS, Databases, driven
from tests.fakes.studio import GRACE, Floor
from workers.cli import TOLD, build
from workers.supervisor import Stack, environment_of

pytestmark = pytest.mark.service


@pytest.fixture
def floor(settings: Settings) -> Floor:
    """A studio with a video up for review, whose persona has a portrait."""
    made = Floor(settings)
    portrait = settings.home / "portrait"
    portrait.write_text("a face")
    with made.store.write() as connection:
        row = schema.personas.c
        portraits = {"navy": made.media.put(portrait)}
        connection.execute(update(schema.personas).where(row.id == GRACE.id).values(portraits=portraits))
    made.to_preview()
    return made


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.read() as connection:
        return {
            table.name: [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in tables_of(connection)
        }


def aiclone(settings: Settings, *words: object) -> tuple[int, str]:
    """A command of `aiclone db`: 0 or 1 and what it printed, 2 and the sentence of its refusal."""
    arguments = ["db", *map(str, words)]
    result = CliRunner().invoke(build(["db"]), arguments, env=environment_of(settings))
    if isinstance(result.exception, StudioError):
        return TOLD, result.exception.say
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_moves_house_with_every_row(
    floor: Floor, kind: str, databases: Databases, tmp_path: Path
) -> None:
    path = tmp_path / "b.jsonl.gz"
    count = write_backup(floor.store, path)
    other = Store(driven(databases.new(kind, tmp_path, migrated=False)))
    assert restore(path, other) == count == sum(map(len, everything(floor.store).values()))
    assert everything(other) == everything(floor.store)
    with other.read() as connection:  # unfinished takes have a NULL there, not the word null
        lost = "select count(*) from takes where finished_at is null and facts is not null"
        assert connection.execute(text(lost)).scalar() == 0
    with pytest.raises(Misconfigured, match="not empty"):
        restore(path, other)


def test_a_backup_sees_one_moment_while_others_write(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        productions.create(connection, ProductionId("p"), "desk:1", PersonaId("x"), "ann", "0", {})
    done = threading.Event()

    def write() -> None:
        for n in range(10_000):
            with store.write() as connection:  # the brief counts the messages
                outbox.put(connection, f"k{n:05}", "desk:1", "say", {"text": "x" * 500})
                connection.execute(update(schema.productions).values(brief=str(n + 1)))
            if done.is_set():
                break

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [write_backup(store, tmp_path / f"b{n}.jsonl.gz") for n in range(4)]
    finally:
        done.set()
        writer.join()
    assert counts[-1] > counts[0]
    for n in range(4):
        other = Store(f"sqlite:///{tmp_path / f'other{n}.db'}")
        restore(tmp_path / f"b{n}.jsonl.gz", other)
        found = everything(other)
        assert found["productions"][0]["brief"] == str(len(found["outbox"]))


@pytest.mark.parametrize("spoil", [lambda b: b[:-300], lambda b: gzip.compress(b"{}\n"), lambda b: b"text"])
def test_a_spoilt_backup_is_refused_before_anything_is_touched(
    tmp_path: Path, store: Store, spoil: Any, settings: Settings
) -> None:
    path = tmp_path / "b.jsonl.gz"
    write_backup(store, path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(Misconfigured, match="backup"):
        put_back(path, settings.database)
    flipped = gzip.compress(b'{"aiclone": "backup", "format": 1}\n["x", {}]\n{"rows": 1, "sha256": "0"}\n')
    path.write_bytes(flipped)
    with pytest.raises(Misconfigured, match="damaged"):
        verify(path)
    with pytest.raises(Misconfigured, match="no file"):
        verify(tmp_path / "none")


@pytest.mark.sqlite
def test_a_backup_that_has_no_room_leaves_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / ".b.part").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="No space left"):
        write_backup(store, tmp_path / "b")
    assert not list(tmp_path.glob("*b*"))
    with pytest.raises(Misconfigured, match="cannot be written"):
        write_backup(store, Path("/dev/full/b"))


@pytest.mark.sqlite
def test_a_restore_keeps_the_old_database_and_is_refused_while_it_is_in_use(
    floor: Floor, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "b.jsonl.gz"
    write_backup(floor.store, path)
    before = everything(floor.store)
    floor.write("approve")
    floor.look()
    with pytest.raises(ProviderBusy, match="aiclone run"):
        put_back(path, settings.database)
    newer = everything(floor.store)
    floor.desk.close()
    _, aside = put_back(path, settings.database)
    assert everything(Store(settings.database)) == before
    assert aside is not None
    assert everything(Store(f"sqlite:///{aside}")) == newer


@pytest.mark.sqlite
def test_a_damaged_database_is_said_and_replaced(store: Store, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl.gz"
    count = write_backup(store, path)
    store.close()
    file = settings.home / "aiclone.db"
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(Misconfigured, match="aiclone db restore"):
        Store(settings.database).migrate()
    assert put_back(path, settings.database)[0] == count
    assert everything(Store(settings.database)) == everything(Store(settings.database))


def test_the_commands(floor: Floor, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "b.jsonl.gz"
    status, said = aiclone(settings, "backup", path)
    assert (status, str(path) in said) == (0, True)
    assert aiclone(settings, "check", "--deep")[0] == 0
    floor.media.erase(floor.last("preview")["sha256"])
    status, said = aiclone(settings, "check")
    assert status == 1
    assert "cut 1 of" in said
    assert "copy it back" in said
    status, said = aiclone(settings, "restore", path)  # we still have it open, or it is not empty
    assert status == TOLD
    assert "in use" in said or "not empty" in said


@pytest.mark.sqlite
def test_nothing_is_restored_while_a_stack_runs(settings: Settings, store: Store, tmp_path: Path) -> None:
    write_backup(store, tmp_path / "b")
    store.close()
    procfile = tmp_path / "Procfile"
    procfile.write_text(f"idle: {sys.executable} -c 'import time; time.sleep(60)'\n")
    with Stack(settings, quiet=True, procfile=procfile, ready_s=0):
        status, said = aiclone(settings, "restore", tmp_path / "b")
    assert status == TOLD
    assert "AIClone runs on" in said
    assert aiclone(settings, "restore", tmp_path / "b")[0] == 0


def test_no_database_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    for word in ("backup", "check"):
        status, said = aiclone(settings, word)
        assert status == TOLD
        assert "aiclone run" in said


def spoilt(floor: Floor) -> Iterator[tuple[Any, str]]:
    row = schema.productions.c
    yield update(schema.productions).values(lease_until=9e12), "held until far in the future"
    yield update(schema.productions).values(lease_until=0.0, fence=-1), "held until far in the future"
    yield update(schema.productions).values(fence=1), ""
    yield update(schema.takes).where(schema.takes.c.engine == "kokoro").values(artifact=None), "has no file"
    yield update(schema.takes).where(schema.takes.c.engine == "kokoro").values(artifact="f" * 64), "missing"
    yield update(schema.outbox).values(state="unknown"), "is unknown"
    yield update(schema.outbox).values(state="done"), "missing"
    yield delete(schema.productions).where(row.id == floor.production()["id"]), "is in no row of productions"


def test_a_check_finds_what_is_wrong(floor: Floor, tmp_path: Path) -> None:
    assert faults(floor.store, floor.media, deep=True) == []
    for statement, sentence in spoilt(floor):
        with floor.store.write() as connection:
            connection.execute(statement)
        found = [fault.what for fault in faults(floor.store, floor.media)]
        assert any(sentence in what for what in found) if sentence else not found, (sentence, found)


def test_a_file_with_other_bytes_is_found_by_a_deep_check(floor: Floor) -> None:
    path = floor.media.fetch(floor.last("preview")["sheet"])
    path.write_text("something else")
    assert faults(floor.store, floor.media) == []
    [fault] = faults(floor.store, floor.media, deep=True)
    assert "damaged" in fault.what
