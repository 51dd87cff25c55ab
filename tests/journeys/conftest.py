"""One prepared home for all journeys; a house of its own, a Slack and a WhatsApp for each module that wants them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from tests.fakes.slack import App, SlackServer
from tests.fakes.whatsapp import Person, WhatsAppServer
from tests.journeys.house import House, installed, settings_of
from workers.child import ROOT
from workers.setup import prepare


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with weights and the sample persona, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    prepare(settings_of(folder / "home", folder / "deliveries"), Console(stderr=True))
    return folder / "home"


@pytest.fixture(scope="module")
def house(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running stack on a fresh home."""
    with installed(furnished, tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackServer]:
    """A workspace with the app as its manifest declares it."""
    manifest = yaml.safe_load((ROOT / "slack-manifest.yaml").read_text())
    with SlackServer(App.declared(manifest)) as server:
        yield server


@pytest.fixture(scope="module")
def wa() -> Iterator[WhatsAppServer]:
    """A WhatsApp number whose template is approved."""
    with WhatsAppServer() as server:
        server.template("aiclone_waiting", "Your video studio has something for you.", replies=("Show me",))
        yield server


@pytest.fixture(scope="module")
def ann(wa: WhatsAppServer) -> Person:
    """Somebody with a phone."""
    return wa.person("Ann", phone="+49 151 1234567")
