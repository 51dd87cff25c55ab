"""Listeners for any language, loaded and run on tiny random weights: what they hear is noise, how they run is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from studio.engine import Listen, Transcribe
from studio.errors import MediaUnusable
from studio.settings import Settings
from studio.weights import Weights
from tests.engines.tiny.whisper import write
from tests.engines.voices import render
from workers.engines.listen.transcribe import AnyTranscriber
from workers.engines.listen.whisper_any import WhisperAny

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("weights_ready")]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    settings, folder = Settings(), tmp_path_factory.mktemp("whisper") / "large"
    write(folder, Weights(settings.cache, settings.weights_folder).folder("whisper-tiny-en"))
    return {"whisper-large": folder}


@pytest.fixture(scope="module")
def listener(weights: dict[str, Path]) -> Iterator[WhisperAny]:
    engine = WhisperAny()
    engine.load(weights)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("voice") / "voice.wav", "Two funds, no drama.")


def heard(engine: Any, request: Any, audio: Path, out: Path) -> Any:
    engine.run(asdict(request), {"audio": audio}, out, 1, lambda _: None)
    return json.loads(out.read_bytes())


def test_what_it_hears_is_words_with_their_times(listener: WhisperAny, voice: Path, tmp_path: Path) -> None:
    found = heard(listener, Listen("es"), voice, tmp_path / "out")
    assert found["text"]
    assert " ".join(word["text"] for word in found["words"]) == " ".join(found["text"].split())
    assert all(0 <= word["start"] <= word["end"] <= 30 for word in found["words"])
    assert found == heard(listener, Listen("es"), voice, tmp_path / "again")


def test_what_is_no_sound_is_refused(listener: WhisperAny, tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"no sound")
    with pytest.raises(MediaUnusable):
        heard(listener, Listen("es"), tmp_path / "noise.wav", tmp_path / "out")


def test_clips_to_train_on_come_with_doubts(weights: dict[str, Path], voice: Path, tmp_path: Path) -> None:
    engine = AnyTranscriber()
    engine.load(weights)
    told = heard(engine, Transcribe("pt"), voice, tmp_path / "told")
    assert told["confidence"] < 0
    assert 0 <= told["no_speech"] <= 1
    assert told["compression"] > 0
    engine.close()
