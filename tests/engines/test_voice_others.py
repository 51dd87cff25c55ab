"""espeak-ng in its own process, Piper in its own environment."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from studio.engine import Speak
from studio.errors import LanguageUnsupported
from studio.settings import Settings
from studio.weights import Weights
from tests.engines.voices import assert_sound, quiet
from workers.engines.voice.espeak import Espeak

pytestmark = pytest.mark.engine

TEXT = "Hi, I'm Kadar. We grew 3.5% 🚀 in Q3."
GIVEN = {"Kadar": "ka-DAR"}


def test_espeak(tmp_path: Path) -> None:
    engine, request = Espeak(), asdict(Speak(TEXT, "af_heart", pronunciations=GIVEN))
    engine.load({})
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        engine.run(request, {}, tmp_path / name, seed, quiet)
    timeline = assert_sound(tmp_path / "one", TEXT)
    assert "".join(phone.symbol for phone in timeline.phones[:4]) == "hIIm"
    assert (tmp_path / "one").read_bytes() == (tmp_path / "same").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


@pytest.mark.parametrize(
    ("language", "text", "phones"),
    [
        ("es", "Hola, 2 años.", "oladosaɲos"),
        ("fr", "L’équipe 🚀 grandit.", "lekipɡʁɑdi"),
        ("de", "Guten Tag!", "ɡutəntɑk"),
        ("ru", "Привет, мир.", "pɹivetmiɹ"),
        ("ar", "مرحبا بكم", "mɹħbabakam"),
        ("hi", "नमस्ते दुनिया", "nəmʌstedʊnɪja"),
        ("ko", "안녕하세요 여러분", "ɐnnjʌŋhɐsejojʌɾʌbun"),
    ],
)
def test_espeak_in_other_languages(language: str, text: str, phones: str, tmp_path: Path) -> None:
    engine, out = Espeak(), tmp_path / "out"
    engine.load({})
    engine.run(asdict(Speak(text, "af_heart", language=language)), {}, out, 1, quiet)
    assert "".join(phone.symbol for phone in assert_sound(out, text).phones) == phones


def test_a_language_or_script_espeak_cannot_read_is_named(tmp_path: Path) -> None:
    engine = Espeak()
    for text, language, say in (
        ("こんにちは", "ja", "espeak-ng does not speak Japanese"),
        ("Hola 世界", "es", "cannot say “世” in Spanish"),
    ):
        with pytest.raises(LanguageUnsupported, match=say):
            engine.run(asdict(Speak(text, "", language=language)), {}, tmp_path / "out", 1, quiet)


def test_piper(tmp_path: Path) -> None:
    settings = Settings()
    python = settings.cache / "venvs/piper/bin/python"
    if not python.is_file():
        pytest.skip("`aiclone engines install piper` makes Piper's environment")
    code = (
        "import json, sys; from pathlib import Path; from workers.engines.voice.piper import Piper;"
        "engine = Piper(); engine.load({'piper-joe': Path(sys.argv[1])});"
        "[engine.run(json.loads(sys.argv[2]), {}, Path(name), int(name[-1]), lambda share: None)"
        " for name in sys.argv[3:]]"
    )
    request = Speak(TEXT, "joe", pronunciations=GIVEN)
    names = [str(tmp_path / name) for name in ("a1", "b1", "c2")]
    folder = str(Weights(settings.cache).folder("piper-joe"))
    root = Path(__file__).parents[2]
    subprocess.run([python, "-c", code, folder, json.dumps(asdict(request)), *names], check=True, cwd=root)
    timeline = assert_sound(Path(names[0]), TEXT)
    assert "kədɑɹ" in "".join(phone.symbol for phone in timeline.phones)
    one, same, other = (Path(name).read_bytes() for name in names)
    assert one == same and one != other
