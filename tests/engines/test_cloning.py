"""Cloning voices: their real loading and speaking, on tiny random weights. What they sound like is not tested."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.engine import Speak
from studio.errors import LanguageUnsupported, ScriptTooLong, TextUnspeakable, VoiceSampleUnusable
from studio.media import sha256_of
from studio.settings import Settings
from studio.timeline import read_samples, read_timeline
from studio.weights import Weights
from tests.engines.heavy import LIMIT_S, Driver, driver, installed, interpreter, tiny
from tests.engines.voices import quiet, render
from workers.child import ROOT
from workers.engines import ENGINES, engine_spec
from workers.engines.voice.espeak import Espeak
from workers.engines.voice.imprint import forget

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

CLONING = [name for name in ENGINES if engine_spec(name).references]
SAID = (
    "This is my own voice, and I speak for a good while, so that there is enough of it for everyone who wants to "
    "hear me today and tomorrow."
)
TEXT = "Hi, I'm Kadar. We grew 3.5% in Q3."
GIVEN = {"Kadar": "ka-DAR"}
ARABIC = "مرحبا بكم، هذا صوتي."
LINES = {
    "en": "We grew 3.5%.", "es": "Crecimos un 3,5 %.", "fr": "Nous avons grandi de 3,5 %.", "zh": "我们增长了3.5%。",
    "de": "Wir sind um 3,5 % gewachsen.", "it": "Siamo cresciuti del 3,5%.", "pt": "Crescemos 3,5%.",
    "pl": "Urośliśmy o 3,5%.", "tr": "%3,5 büyüdük.", "ru": "Мы выросли на 3,5%.", "nl": "We groeiden 3,5%.",
    "cs": "Vyrostli jsme o 3,5 %.", "ar": "نمونا بنسبة 3.5%.", "hu": "Három év alatt 25% a növekedés.",
    "ko": "우리는 3.5% 성장했습니다.", "ja": "私たちは3.5%成長しました。", "hi": "हम 3.5% बढ़े।",
}  # fmt: skip


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two recordings of two people, each seven seconds or more."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = [folder / "man.wav", folder / "woman.wav"]
    for path, voice in zip(paths, ("am_michael", "af_bella"), strict=True):
        Espeak().run(asdict(Speak(SAID, voice)), {}, path, 0, quiet)
    return paths


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny weights of every cloning engine, in a folder of this run: imprints are written beside them."""
    root = tmp_path_factory.mktemp("weights")
    folders = [*tiny("xtts", "tests.engines.tiny.coqui").iterdir()]
    if installed("chatterbox"):
        folders += tiny("chatterbox", "tests.engines.tiny.chatterbox").iterdir()
    for folder in folders:
        shutil.copytree(folder, root / folder.name, copy_function=_linked)
    return {path.name: path for path in root.iterdir()} | {
        "kokoro": Weights(Settings().cache).folder("kokoro")
    }


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


@pytest.fixture(scope="module")
def warm(weights: dict[str, Path]) -> Iterator[Callable[[str], Driver]]:
    """A cloning engine in its environment, started when first asked for and warm until the end."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(driver(name, interpreter(name), weights)))


@pytest.fixture(params=CLONING)
def voice(request: pytest.FixtureRequest, warm: Callable[[str], Driver]) -> Driver:
    """Each cloning engine."""
    return warm(request.param)


@pytest.fixture
def xtts(warm: Callable[[str], Driver]) -> Driver:
    """XTTSv2."""
    return warm("xtts")


def test_a_line_in_the_voice_of_a_recording(voice: Driver, recordings: list[Path], tmp_path: Path) -> None:
    request = asdict(Speak(TEXT, "", pronunciations=GIVEN))
    for name, recording, seed in (("one", 0, 1), ("other", 1, 1), ("take", 0, 2), ("same", 0, 1)):
        voice.run(request, {"reference0": recordings[recording]}, tmp_path / name / "out.wav", seed)
        assert voice.heard[-1] == 1.0 and all(later >= earlier for earlier, later in pairwise(voice.heard))
    one, same, other, take = ((tmp_path / name / "out.wav") for name in ("one", "same", "other", "take"))
    assert one.read_bytes() == same.read_bytes()
    assert one.read_bytes() != other.read_bytes()
    assert one.read_bytes() != take.read_bytes()
    samples, rate = read_samples(one)
    words = read_timeline(one).words
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert [word.text for word in words] == TEXT.split()
    assert edges == sorted(edges) and edges[0] >= 0 and edges[-1] <= len(samples) / rate
    assert 0.2 < float(np.abs(samples).max()) <= 1.0
    if voice.engine.name == "chatterbox":
        assert watermarks(one, recordings[0]) == ["1.0", "0.0"]


def test_what_is_refused(voice: Driver, recordings: list[Path], tmp_path: Path) -> None:
    samples, rate = soundfile.read(recordings[0])
    soundfile.write(tmp_path / "short.wav", samples[: 5 * rate], rate)
    soundfile.write(tmp_path / "silent.wav", np.zeros(8 * rate), rate)
    good = {"reference0": recordings[0]}
    for text, language, inputs, error, sentence in (
        (TEXT, "en", {}, VoiceSampleUnusable, "no recording"),
        (TEXT, "en", {"reference0": tmp_path / "short.wav"}, VoiceSampleUnusable, "at least 6"),
        (TEXT, "en", {"reference0": tmp_path / "silent.wav"}, VoiceSampleUnusable, "silent"),
        (TEXT, "eo", good, LanguageUnsupported, "speak"),
        ("🚀 …", "en", good, TextUnspeakable, "no words"),
    ):
        with pytest.raises(error, match=sentence):
            voice.run(asdict(Speak(text, "", language=language)), inputs, tmp_path / "refused" / "out.wav")


@pytest.mark.parametrize(("text", "language"), [(TEXT, "en"), ("Hola, soy Kadar.", "es")])
def test_openvoice_keeps_the_times_of_kokoro(
    text: str, language: str, warm: Callable[[str], Driver], recordings: list[Path], tmp_path: Path
) -> None:
    request = asdict(Speak(text, "af_heart", language=language, pronunciations=GIVEN))
    warm("openvoice").run(request, {"reference0": recordings[0]}, tmp_path / "out.wav", 3)
    stock = render(tmp_path / "stock.wav", text, 3, language=language, pronunciations=GIVEN)
    assert read_timeline(tmp_path / "out.wav") == read_timeline(stock)


def watermarks(*paths: Path) -> list[str]:
    """What the watermark's makers find in each file, in their environment."""
    ask = (
        "from workers.engines.torch_cpu import mend_torchaudio; mend_torchaudio()\n"
        "import sys, perth, soundfile; marker = perth.PerthImplicitWatermarker()\n"
        "print(*(float(marker.get_watermark(*soundfile.read(path))) for path in sys.argv[1:]))"
    )
    command = [interpreter("chatterbox"), "-c", ask, *paths]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return said.splitlines()[-1].split()


def test_xtts_speaks_arabic_and_long_lines_in_pieces(
    xtts: Driver, recordings: list[Path], tmp_path: Path
) -> None:
    good = {"reference0": recordings[0]}
    arabic = asdict(Speak(ARABIC, "", language="ar"))
    xtts.run(arabic, good, tmp_path / "arabic" / "out.wav")
    assert [word.text for word in read_timeline(tmp_path / "arabic" / "out.wav").words] == ARABIC.split()
    chunks = len(xtts.heard)
    xtts.run(asdict(Speak("We grew this year. " * 15, "")), good, tmp_path / "long" / "out.wav")
    assert len(xtts.heard) > chunks
    with pytest.raises(ScriptTooLong, match="two lines"):
        xtts.run(asdict(Speak("We grew this year. " * 200, "")), good, tmp_path / "longer" / "out.wav")


def test_every_language_of_xtts_has_a_line() -> None:
    assert set(LINES) == set(engine_spec("xtts").languages)


@pytest.mark.parametrize("language", LINES)
def test_xtts_speaks(language: str, xtts: Driver, recordings: list[Path], tmp_path: Path) -> None:
    request = asdict(
        Speak(LINES[language], "", language=language, pace=4.0)
    )  # quick, for the vocoder is slow
    xtts.run(request, {"reference0": recordings[0]}, tmp_path / "out.wav")
    timeline = read_timeline(tmp_path / "out.wav")
    assert [word.text for word in timeline.words] == LINES[language].split()
    assert len(read_samples(tmp_path / "out.wav")[0])


def test_what_xtts_would_say_wrongly_is_refused(xtts: Driver, recordings: list[Path], tmp_path: Path) -> None:
    request = asdict(Speak("В 2024 году мы выросли.", "", language="ru"))
    with pytest.raises(LanguageUnsupported, match="“2024 году”"):
        xtts.run(request, {"reference0": recordings[0]}, tmp_path / "out.wav")


def test_imprints_are_kept_by_content_and_forgotten(
    xtts: Driver, weights: dict[str, Path], recordings: list[Path], tmp_path: Path
) -> None:
    request, root = asdict(Speak("We grew.", "")), weights["xtts-v2"].parent
    copied = Path(shutil.copyfile(recordings[1], tmp_path / "another name.wav"))
    folder = root / ".derived" / "xtts-v2" / "imprints"
    for at, recording in enumerate((recordings[1], copied)):
        xtts.run(request, {"reference0": recording}, tmp_path / str(at) / "out.wav")
    assert (tmp_path / "0/out.wav").read_bytes() == (tmp_path / "1/out.wav").read_bytes()
    mine = [path for path in folder.iterdir() if sha256_of(recordings[1])[:16] in path.name]
    assert len(mine) == 1
    forget(root, [sha256_of(recordings[1])])
    assert not mine[0].exists()


def test_a_trained_version_is_spoken_with_and_the_base_comes_back(
    xtts: Driver, weights: dict[str, Path], recordings: list[Path], tmp_path: Path
) -> None:
    version, given = weights["xtts-v2"] / "version.safetensors", {"reference0": recordings[0]}
    heard: list[str] = []
    for at, inputs in enumerate((given, given | {"checkpoint": version}, given)):
        xtts.run(asdict(Speak("We grew.", "")), inputs, tmp_path / str(at) / "out.wav")
        heard.append(sha256_of(tmp_path / str(at) / "out.wav"))
    assert heard[0] == heard[2] != heard[1]
    names = [path.name for path in (weights["xtts-v2"].parent / ".derived/xtts-v2/imprints").iterdir()]
    assert len([name for name in names if sha256_of(version)[:16] in name]) == 1


def test_a_checkpoint_is_left_as_it_came(xtts: Driver, weights: dict[str, Path]) -> None:
    assert xtts.engine.is_warm
    pristine = tiny("xtts", "tests.engines.tiny.coqui") / "xtts-v2" / "model.pth"
    assert sha256_of(pristine) == sha256_of(weights["xtts-v2"] / "model.pth")


def test_a_line_is_called_off_in_its_middle(xtts: Driver, recordings: list[Path], tmp_path: Path) -> None:
    heard: list[float] = []

    def call_off(share: float) -> None:
        heard.append(share)
        task = asyncio.current_task()
        if share > 0 and task is not None:
            task.cancel()

    request, inputs = asdict(Speak("We grew this year.", "")), {"reference0": recordings[0]}
    with pytest.raises(asyncio.CancelledError):
        xtts.runner.run(xtts.engine.run(request, inputs, tmp_path / "out.wav", 1, LIMIT_S, call_off))
    assert heard[0] == 0.0 and 0.0 < heard[1] < 0.98
    assert not xtts.engine.is_warm and not any(tmp_path.iterdir())
