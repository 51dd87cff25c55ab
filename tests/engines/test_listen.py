"""Listening to what is no speech, and aligning words that are not there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.engine import Listen
from studio.errors import LanguageUnsupported, MediaUnusable, TextUnspeakable
from studio.picking import faults_of
from studio.settings import Settings
from studio.weights import Weights
from tests.engines.voices import assert_sound, quiet, render
from workers.engines.listen.sphinx import Sphinx
from workers.engines.listen.transcribe import Transcriber
from workers.engines.listen.whisper import Whisper, WhisperBase, doublings, is_looping

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sphinx() -> Sphinx:
    engine = Sphinx()
    engine.load({})
    return engine


def test_aligning_names_and_numbers(sphinx: Sphinx, tmp_path: Path) -> None:
    text = "Zyxopolis grew 24%, thanks to our API."
    render(tmp_path / "a.wav", text, voice="am_michael")
    before = soundfile.read(tmp_path / "a.wav", dtype="int16")[0]
    sphinx.run({"text": text}, {"audio": tmp_path / "a.wav"}, tmp_path / "b.wav", 0, quiet)
    timeline = assert_sound(tmp_path / "b.wav", text)
    after = soundfile.read(tmp_path / "b.wav", dtype="int16")[0]
    assert np.abs(before.astype(int) - after.astype(int)).max() <= 1
    assert timeline.phones[0].symbol == "z"


def test_what_cannot_be_aligned(sphinx: Sphinx, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"nothing")
    soundfile.write(tmp_path / "short.wav", np.zeros(1600), 16_000)
    for name, request, error in (
        ("bad.wav", {"text": "hello"}, MediaUnusable),
        ("short.wav", {"text": "hello there everybody, good to see you"}, MediaUnusable),
        ("short.wav", {"text": "🚀"}, TextUnspeakable),
        ("short.wav", {"text": "bonjour", "language": "fr"}, LanguageUnsupported),
    ):
        with pytest.raises(error):
            sphinx.run(request, {"audio": tmp_path / name}, tmp_path / "out.wav", 0, quiet)


def test_a_clip_is_transcribed_with_its_doubts(tmp_path: Path) -> None:
    engine = Transcriber()
    engine.load({"whisper-tiny-en": Weights(Settings().cache).folder("whisper-tiny-en")})
    render(tmp_path / "a.wav", "We built this company with our own hands.", voice="am_michael")
    soundfile.write(tmp_path / "s.wav", np.zeros(48_000), 16_000)
    for name in ("a", "s"):
        engine.run({}, {"audio": tmp_path / f"{name}.wav"}, tmp_path / f"{name}.json", 0, quiet)
    heard, silence = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("a", "s"))
    assert "company" in heard["text"] and heard["confidence"] > -1.0 and heard["compression"] < 2.4
    assert heard["no_speech"] < 0.6 and (not silence["text"].strip() or silence["no_speech"] > 0.6)
    with pytest.raises(LanguageUnsupported, match="English only"):
        engine.run({"language": "de"}, {"audio": tmp_path / "a.wav"}, tmp_path / "o.json", 0, quiet)


def test_whisper_on_silence_and_rubbish(tmp_path: Path) -> None:
    engine = Whisper()
    engine.load({"whisper-tiny-en": Weights(Settings().cache).folder("whisper-tiny-en")})
    soundfile.write(tmp_path / "s.wav", np.zeros(48_000), 16_000)
    engine.run({}, {"audio": tmp_path / "s.wav"}, tmp_path / "o.json", 0, quiet)
    assert set(json.loads((tmp_path / "o.json").read_text())) == {"text", "words"}
    (tmp_path / "bad.wav").write_bytes(b"nothing")
    with pytest.raises(MediaUnusable):
        engine.run({}, {"audio": tmp_path / "bad.wav"}, tmp_path / "o.json", 0, quiet)


def test_a_spanish_take_is_heard_as_its_script_and_another_word_is_not(tmp_path: Path) -> None:
    engine = WhisperBase()
    engine.load({"whisper-base": Weights(Settings().cache).folder("whisper-base")})
    text, out = "El producto está listo para los clientes.", tmp_path / "o.json"
    for said, blamed in ((text, []), ("El producto no está listo para los bancos.", ["words"])):
        render(tmp_path / "a.wav", said, voice="ef_dora", language="es")
        engine.run(asdict(Listen("es", text)), {"audio": tmp_path / "a.wav"}, out, 0, quiet)
        heard = json.loads(out.read_text())
        assert [fault.name for fault in faults_of(text, heard, {}, language="es")] == blamed
    with pytest.raises(LanguageUnsupported, match="Spanish, French, Italian and Portuguese"):
        engine.run(asdict(Listen("hi")), {"audio": tmp_path / "a.wav"}, out, 0, quiet)


def test_a_phrase_said_twice_is_noticed() -> None:
    assert is_looping("we build it and we build it and".split())
    assert not is_looping("we build it and then we build more".split())


@pytest.mark.parametrize(
    ("heard", "often"),
    [
        ("Il nostro, nostro gruppo.", 1),
        ("Payer les salaires-salaires.", 1),
        ("La IA ahorramos a ahorramos tiempo.", 1),
        ("Sono cresciute e cresciute.", 1),
        ("Lavora da Milano e da Torino.", 0),
        ("Venti o più.", 0),
    ],
)
def test_a_word_said_twice_is_counted(heard: str, often: int) -> None:
    assert doublings(heard.split()) == often
