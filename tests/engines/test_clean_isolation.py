"""ElevenLabs' isolation against the loopback vendor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.engine import Clean
from studio.errors import CreditSpent, MediaUnusable, ProviderDown, VoiceSampleUnusable
from tests.engines.voices import quiet
from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.speech import spoken
from workers.engines.clean.isolation import Isolation

pytestmark = pytest.mark.engine
RATE = 48_000


@pytest.fixture
def vendor() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture
def engine(vendor: ElevenLabsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Isolation]:
    monkeypatch.setenv("AICLONE_ELEVENLABS_API_KEY", vendor.key)
    monkeypatch.setenv("AICLONE_ELEVENLABS_API_URL", vendor.url)
    made = Isolation()
    made.load({})
    yield made
    made.close()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of speech with a second of silence on either side."""
    samples, rate, _ = spoken("I agree that this studio makes videos with my face and my voice. " * 2, 1.0, 0)
    still = np.zeros(rate, np.float32)
    path = tmp_path_factory.mktemp("noisy") / "in.wav"
    soundfile.write(path, np.concatenate([still, samples, still]), rate)
    return path


def test_a_recording_comes_back_trimmed_at_48_khz(
    engine: Isolation, vendor: ElevenLabsServer, recording: Path, tmp_path: Path
) -> None:
    receipt = tmp_path / "t1.json"
    inputs = {"audio": recording, "receipt": receipt}
    engine.run(asdict(Clean()), inputs, tmp_path / "out.wav", 0, quiet)
    found = soundfile.info(tmp_path / "out.wav")
    assert (found.samplerate, found.channels) == (RATE, 1)
    assert found.duration < soundfile.info(recording).duration - 1
    assert json.loads(receipt.read_text())["characters"] == vendor.paid > 0
    paid = vendor.paid
    engine.run(asdict(Clean()), inputs, tmp_path / "again.wav", 0, quiet)
    assert vendor.paid == paid


def test_refusals(engine: Isolation, vendor: ElevenLabsServer, recording: Path, tmp_path: Path) -> None:
    short, none = tmp_path / "short.wav", tmp_path / "none.wav"
    samples, rate = soundfile.read(recording, dtype="float32")
    soundfile.write(short, samples[rate : int(4.2 * rate)], rate)
    none.write_text("no sound")
    for path, error in ((short, VoiceSampleUnusable), (none, MediaUnusable)):
        with pytest.raises(error):
            engine.run(asdict(Clean()), {"audio": path}, tmp_path / "out.wav", 0, quiet)
    assert not vendor.calls
    vendor.limit = 0
    with pytest.raises(CreditSpent):
        engine.run(asdict(Clean()), {"audio": recording}, tmp_path / "out.wav", 0, quiet)
    vendor.fails("isolate", "cut")
    receipt = tmp_path / "t2.json"
    with pytest.raises(ProviderDown):
        engine.run(asdict(Clean()), {"audio": recording, "receipt": receipt}, tmp_path / "o.wav", 0, quiet)
    assert json.loads(receipt.read_text())["state"] == "asked"
