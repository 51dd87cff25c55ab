"""Separators: their real loading and separating, on tiny weights. How well they separate is not tested."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.engine import Speak
from studio.errors import MediaUnusable, VoiceSampleUnusable
from tests.engines.heavy import driver, interpreter, tiny
from tests.engines.voices import quiet
from workers.child import ROOT
from workers.engines.clean.speech import resampled
from workers.engines.voice.espeak import Espeak

pytestmark = pytest.mark.engine

SAID = "This is a recording of my own voice, and I speak for a while."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About four seconds of speech."""
    wav = tmp_path_factory.mktemp("speech") / "a.wav"
    Espeak().run(asdict(Speak(SAID, "am_michael")), {}, wav, 0, quiet)
    return wav


def test_demucs_gives_a_voice_as_long_as_what_it_heard(speech: Path, tmp_path: Path) -> None:
    folder = tiny("demucs", "tests.engines.tiny.separators", "demucs")
    out = tmp_path / "out.wav"
    command = [interpreter("demucs"), "-m", "tests.engines.tiny.raw", folder, speech, out]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    heard = json.loads(said.splitlines()[-1])
    assert len(set(heard)) > 2 and heard == sorted(heard) and heard[-1] <= 0.95
    voice, rate = soundfile.read(out)
    assert rate == 44_100 and abs(len(voice) / rate - soundfile.info(speech).duration) < 0.01
    assert np.isfinite(voice).all() and voice.std() > 0


def test_demucs_refuses_what_holds_no_speech(speech: Path, tmp_path: Path) -> None:
    weights = {"htdemucs": tiny("demucs", "tests.engines.tiny.separators", "demucs")}
    (tmp_path / "bad").write_bytes(b"not a recording")
    with driver("demucs", interpreter("demucs"), weights) as engine:
        with pytest.raises(VoiceSampleUnusable, match="seconds of speech"):  # random weights make no speech
            engine.run({}, {"audio": speech}, tmp_path / "refused" / "out.wav")
        with pytest.raises(MediaUnusable):
            engine.run({}, {"audio": tmp_path / "bad"}, tmp_path / "bad out" / "out.wav")


def test_audio_separator(speech: Path, tmp_path: Path) -> None:
    weights = {"uvr-mdx": tiny("audio-separator", "tests.engines.tiny.separators", "uvr")}
    with driver("audio-separator", interpreter("audio-separator"), weights) as engine:
        engine.run({"trim": False}, {"audio": speech}, tmp_path / "out.wav")
        assert engine.heard[-1] == 1.0
    voice, rate = soundfile.read(tmp_path / "out.wav")
    given, found = soundfile.read(speech)
    assert rate == 48_000
    same = resampled(given.astype(np.float32), found, rate)[: len(voice)]
    assert abs(len(voice) - len(same)) < 100
    # The tiny model halves the spectrum: the same speech, quieter.
    likeness = float(np.corrcoef(voice[: len(same)], same[: len(voice)])[0, 1])
    assert likeness > 0.99 and 0.2 < voice.std() / same.std() < 0.6
