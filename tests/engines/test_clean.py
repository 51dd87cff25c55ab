"""DeepFilterNet takes noise out, trims, and says what is wrong with a recording."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio.engine import Speak
from studio.errors import MediaUnusable, VoiceSampleUnusable
from studio.timeline import read_samples
from tests.engines.voices import quiet
from workers.engines.clean.deepfilter import DeepFilter
from workers.engines.voice.espeak import Espeak

pytestmark = pytest.mark.engine

RATE = 48_000
Samples = NDArray[np.float64]
TEXT = "This is a recording of my own voice, and I speak for a good while, so that there is enough of it."


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Clean speech with a second of silence on both sides, 48 kHz."""
    wav = tmp_path_factory.mktemp("speech") / "a.wav"
    Espeak().run(asdict(Speak(TEXT, "am_michael")), {}, wav, 0, quiet)
    samples, rate = read_samples(wav)
    return np.asarray(np.pad(resample_poly(samples, 320, 147) if rate == 22_050 else samples, RATE))


@pytest.fixture(scope="module")
def engine() -> DeepFilter:
    filtering = DeepFilter()
    filtering.load({})
    return filtering


def clean(engine: DeepFilter, samples: Samples, folder: Path, trim: bool = True, rate: int = RATE) -> Samples:
    soundfile.write(folder / "in.flac", samples, rate)
    engine.run({"trim": trim}, {"audio": folder / "in.flac"}, folder / "out.wav", 0, quiet)
    done, found = soundfile.read(folder / "out.wav")
    assert found == RATE and done.ndim == 1
    return np.asarray(done)


def likeness(clear: Samples, other: Samples) -> float:
    """SI-SDR in dB."""
    scaled = clear * (np.dot(other, clear) / np.dot(clear, clear))
    return float(10 * np.log10(np.sum(scaled**2) / np.sum((other - scaled) ** 2)))


def test_noise_goes_and_time_stays(engine: DeepFilter, speech: Samples, tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    noisy = speech + 0.02 * chance.normal(size=len(speech))
    done = clean(engine, noisy, tmp_path, trim=False)
    assert len(done) == len(speech)
    assert likeness(speech, done) > likeness(speech, noisy) + 4


def test_trimmed_to_speech(engine: DeepFilter, speech: Samples, tmp_path: Path) -> None:
    stereo = np.stack([speech, speech], axis=1)
    done = clean(engine, stereo, tmp_path)
    spoken = len(speech) - 2 * RATE
    assert spoken - 0.4 * RATE < len(done) < spoken + 0.8 * RATE


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda s: np.zeros(5 * RATE), "silent"),
        (lambda s: s[RATE : RATE + RATE // 10], "0.1 seconds"),
        (lambda s: np.clip(s * 40, -1, 1), "clipped"),
        (lambda s: 0.1 * np.random.default_rng(0).normal(size=5 * RATE), "seconds of speech"),
    ],
)
def test_unusable(engine: DeepFilter, speech: Samples, make, sentence: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(VoiceSampleUnusable, match=sentence):
        clean(engine, make(speech), tmp_path)


def test_clipping_shows_through_another_rate(engine: DeepFilter, speech: Samples, tmp_path: Path) -> None:
    half = np.clip(speech[::2] * 40, -1, 1)
    with pytest.raises(VoiceSampleUnusable, match="clipped"):
        clean(engine, half, tmp_path, rate=RATE // 2)


def test_two_hours_are_refused_before_decoding(engine: DeepFilter, tmp_path: Path) -> None:
    with pytest.raises(VoiceSampleUnusable, match="120 minutes"):
        clean(engine, np.zeros(7200 * 1000), tmp_path, rate=1000)


def test_files_without_sound(engine: DeepFilter, tmp_path: Path) -> None:
    for content in (b"", b"not a recording", b"ffconcat version 1.0\nfile /etc/passwd\n"):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(MediaUnusable):
            engine.run({}, {"audio": tmp_path / "bad"}, tmp_path / "out.wav", 0, quiet)
