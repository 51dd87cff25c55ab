"""Rules of the whole suite: one marker a module, only loopback, no ERROR logged; real services as fixtures."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from rich.console import Console

from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store
from tests.databases import KINDS, Databases, migrated
from workers.redis_server import redis_answers, redis_command
from workers.setup import pull_weights

MARKERS = {"unit", "service", "engine", "journey", "gpu"}
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

hypothesis.settings.register_profile("suite", derandomize=True, database=None)  # the same examples every time
hypothesis.settings.register_profile("search")  # `make search`: new ones, remembered when they fail
hypothesis.settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every module says what kind of test it holds."""
    for item in items:
        found = MARKERS & {mark.name for mark in item.iter_markers()}
        if len(found) != 1:
            raise pytest.UsageError(
                f"{item.nodeid} needs exactly one of {sorted(MARKERS)}, has {sorted(found)}"
            )


def refuse_the_world(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: a test that reaches beyond this machine fails."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(LOOPBACK):
        raise AssertionError(f"a test wanted to reach {args[1][0]}")


sys.addaudithook(refuse_the_world)


@pytest.fixture(autouse=True)
def no_errors_logged(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test that logged an ERROR fails, unless it is marked `logs_errors`."""
    yield
    if request.node.get_closest_marker("logs_errors") is None:
        errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
        assert not errors, f"logged as ERROR: {errors}"


@pytest.fixture(scope="session")
def weights_ready() -> None:
    """The default weights, fetched once into the shared cache."""
    pull_weights(Settings(), Console(stderr=True))


@pytest.fixture
def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Fresh databases of both kinds."""
    with Databases() as made:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that has a store or a studio runs on both kinds of database, unless it is marked `sqlite`."""
    names, one = set(metafunc.fixturenames), metafunc.definition.get_closest_marker("sqlite")
    if "database_url" in names and names & {"store", "floor"} and one is None:
        metafunc.parametrize("database_url", KINDS, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """What stands in AICLONE_DATABASE_URL: nothing for SQLite in the home folder."""
    kind: str = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        yield ""
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.new(kind, Path())
    yield url
    databases.drop(url)


@pytest.fixture
def settings(tmp_path: Path, free_port: int, database_url: str) -> Settings:
    """Settings of an empty home with its own Redis port."""
    return Settings(
        home=tmp_path / "home",
        database_url=database_url,
        deliveries=tmp_path / "deliveries",
        redis_url=f"redis://127.0.0.1:{free_port}/0",
        _env_file=None,  # type: ignore[call-arg]
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A migrated store."""
    made = migrated(settings.database)
    yield made
    made.close()


@pytest.fixture
def media(settings: Settings) -> MediaStore:
    """An empty media store."""
    return MediaStore(settings.home / "media")


@pytest.fixture
def redis(settings: Settings) -> Iterator[str]:
    """A real redis-server; its URL."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(redis_command(settings), stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + 10.0
        while not redis_answers(settings, 0.2) and time.monotonic() < until:
            time.sleep(0.02)
        yield settings.redis_url
        server.terminate()
