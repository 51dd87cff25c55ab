"""From nothing and from every released schema to this one, on both kinds, by several processes at once."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, insert, select, text

from studio.domain import PersonaId, ProductionId, Status
from studio.errors import Misconfigured, ProviderDown
from studio.messages import cut_subject
from studio.settings import Settings
from studio.store import Store, inbox, personas, productions, reviews, takes
from studio.store.backup import restore, tables_of
from studio.store.inbox import Inbound
from studio.store.revisions import KNOWN, MIGRATIONS
from studio.store.schema import metadata
from tests.databases import KINDS, Databases, driven
from workers.child import ROOT
from workers.desk import open_desk

pytestmark = pytest.mark.service
RELEASED = Path(__file__).parent.parent / "fixtures" / "0.1.0"
MIGRATE = "import sys; from studio.store import Store; Store(sys.argv[1]).migrate()"


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Store:
    """A database without a single table."""
    return Store(driven(databases.new(request.param, tmp_path, migrated=False)))


def released_rows() -> list[tuple[str, dict[str, Any]]]:
    lines = (RELEASED / "facts.jsonl").read_text().splitlines()
    return [(name, row) for name, row in map(json.loads, lines[1:])]


def as_backup(lines: str, path: Path) -> Path:
    """Those lines as `aiclone db backup` ends and packs them."""
    end = {"rows": lines.count("\n") - 1, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    path.write_bytes(gzip.compress((lines + json.dumps(end) + "\n").encode()))
    return path


def check_released(store: Store) -> None:
    """Every released row is there with the values that it had; new columns may have come."""
    with store.read() as connection:
        tables = {table.name: table for table in tables_of(connection)}
        for name in tables:
            had = [row for table, row in released_rows() if table == name]
            has = [dict(row) for row in connection.execute(select(tables[name])).mappings()]
            for row in had:
                assert any(row.items() <= found.items() for found in has), (name, row)
            assert len(had) == len(has) or not had


def check_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_database_gets_exactly_the_schema(empty: Store) -> None:
    empty.migrate()
    check_schema(empty)
    empty.migrate()


def test_the_released_schema_is_upgraded_with_its_rows(empty: Store) -> None:
    empty.migrate("0001")
    with empty.write() as connection:
        found = MetaData()
        found.reflect(connection)
        for name, row in released_rows():
            present = {column: value for column, value in row.items() if value is not None}
            connection.execute(insert(found.tables[name]), present)
    empty.migrate()
    check_schema(empty)
    check_released(empty)
    with empty.write() as connection:
        assert personas.named(connection, "Grace").founder == "Grace Hopper"
        newest = ProductionId(productions.latest(connection)[0]["id"])
        row = productions.script_row(connection, newest)
        assert row is not None
        assert productions.script_of(row).lines


def test_a_backup_of_the_released_version_is_restored_and_upgraded(empty: Store, tmp_path: Path) -> None:
    path = as_backup((RELEASED / "facts.jsonl").read_text(), tmp_path / "old.jsonl.gz")
    assert restore(path, empty) == len(released_rows())
    check_schema(empty)
    check_released(empty)
    with empty.write() as connection:  # numbers go on behind those that came in
        call = {"model": "m", "prompt_hash": "", "tokens_in": 0, "tokens_out": 0, "usd": 1.0}
        productions.add_spend(connection, ProductionId("p"), "read", call)


@pytest.mark.logs_errors
def test_what_the_released_version_had_shown_can_be_approved_after_the_upgrade(
    empty: Store, settings: Settings, tmp_path: Path
) -> None:
    restore(as_backup((RELEASED / "facts.jsonl").read_text(), tmp_path / "old.jsonl.gz"), empty)
    desk = open_desk(settings.model_copy(update={"database_url": empty.url}))
    with empty.write() as connection:
        oldest = productions.latest(connection)[-1]
        body = {"subject": cut_subject(oldest["id"], 1), "decision": "approve"}
        inbox.append(connection, Inbound("desk", "yes", oldest["conversation"], "ann", "decision", body))
        productions.wake(connection, [row["id"] for row in productions.latest(connection)])
    asyncio.run(desk.sweep())
    with empty.read() as connection:
        decision = reviews.decision_on(connection, body["subject"])
        cut = productions.cut_row(connection, oldest["id"])
        assert cut is not None
        assert decision is not None
        assert decision["sha256"] == cut["artifact"]
        assert takes.to_ring(connection) == []  # nobody's shown cut is rendered anew
        statuses = {row["conversation"]: row["status"] for row in productions.latest(connection)}
    assert statuses["desk:test"] == Status.DELIVERING
    assert statuses["desk:second"] == Status.CUT_REVIEW
    assert statuses["desk:fourth"] == Status.SCRIPT_REVIEW
    desk.close()


def test_processes_that_migrate_at_the_same_instant_all_succeed(empty: Store) -> None:
    command = [sys.executable, "-c", MIGRATE, empty.url]
    started = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate(timeout=60)[1] for process in started] == [b""] * 3
    check_schema(empty)


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(empty: Store) -> None:
    empty.migrate()
    with empty.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
        productions.create(connection, ProductionId("p1"), "desk:1", PersonaId("x"), "ann", "a brief", {})
    with pytest.raises(Misconfigured, match=r"newer AIClone .*9999.*aiclone db restore"):
        empty.migrate()
    with empty.read() as connection:
        assert productions.get(connection, ProductionId("p1"))["brief"] == "a brief"


def test_a_database_that_does_not_answer_is_a_sentence_without_the_password(free_port: int) -> None:
    store = Store(f"postgresql+psycopg://me:secret@127.0.0.1:{free_port}/x?connect_timeout=2")
    with pytest.raises(ProviderDown, match="AICLONE_DATABASE_URL") as raised:
        store.migrate()
    assert "secret" not in raised.value.say


@pytest.mark.parametrize("usual", ["postgresql://me@host/x", "postgres://me@host/x"])
def test_the_usual_url_gets_our_driver(usual: str) -> None:
    settings = Settings(database_url=usual, _env_file=None)  # type: ignore[call-arg]
    assert settings.database == "postgresql+psycopg://me@host/x"


def test_the_names_of_the_files_are_their_chain() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert chain[::-1] == list(KNOWN)
