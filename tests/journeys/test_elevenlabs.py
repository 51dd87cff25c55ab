"""A founder's cloned voice in a whole stack: real processes, the key in the environment, a loopback vendor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from studio.messages import PREVIEW
from studio.store import personas
from studio.timeline import read_timeline
from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.world import STOCK_VOICE
from tests.journeys.house import House, settings_of, until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
LINE = "We build small and fast compilers for everybody who writes programs."


@pytest.fixture
def vendor() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture
def house(furnished: Path, tmp_path: Path, vendor: ElevenLabsServer) -> Iterator[House]:
    """A running stack whose recipe is ElevenLabs."""
    shutil.copytree(furnished, tmp_path / "home")
    settings = settings_of(tmp_path / "home", tmp_path / "deliveries")
    settings.recipe, settings.elevenlabs_api_url = "elevenlabs", vendor.url
    settings.elevenlabs_api_key = SecretStr(vendor.key)
    made = House(settings)
    with made.store.write() as connection:
        personas.set_voice(connection, personas.named(connection, ""), "elevenlabs", STOCK_VOICE)
    made.start()
    yield made
    made.stop()


def test_from_a_brief_to_a_delivered_file(house: House, vendor: ElevenLabsServer) -> None:
    talk = house.to_render(f"Script: {LINE}")
    preview = house.shown(talk, PREVIEW)
    voices = [row for row in house.takes(talk) if row["engine"] == "elevenlabs"]
    assert vendor.paid == sum(row["cost"]["characters"] for row in voices) >= len(LINE)
    assert preview["usd"] == pytest.approx(vendor.paid * 0.3 / 1000, abs=1e-4)
    spoken = read_timeline(
        house.settings.home / "media/sha256" / voices[0]["artifact"][:2] / voices[0]["artifact"]
    )
    assert [word.text for word in spoken.words] == LINE.split()
    house.decide(talk, preview["subject"])
    assert house.delivered(talk).stat().st_size
    until(lambda: not list((house.settings.home / "media/paid").glob("*.answer")), 5)
    logs = [path for path in (house.settings.home / "logs").rglob("*") if path.is_file()]
    assert logs
    assert not [path for path in logs if vendor.key.encode() in path.read_bytes()]
    assert vendor.key not in str(house.messages(talk))
