"""One prepared home for all journeys, and a house of its own for each module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.journeys.house import House, settings_of
from workers.setup import prepare


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with weights and the sample persona, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    prepare(settings_of(folder / "home", folder / "deliveries"), Console(stderr=True))
    return folder / "home"


@pytest.fixture(scope="module")
def house(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running stack on a fresh home; ends with Ctrl-C."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(furnished, folder / "home")
    made = House(settings_of(folder / "home", folder / "deliveries"))
    made.start()
    yield made
    made.stop()
