"""Training on tiny random weights: it learns, survives a kill, ends early, and what it made is spoken with."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from math import gcd
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio.engine import Json, Speak, Train
from studio.errors import EngineDied, LanguageUnsupported, NeedsFounder
from studio.media import sha256_of
from tests.engines.heavy import Driver, interpreter, tiny
from tests.engines.voices import quiet
from workers.child import ROOT
from workers.engine_process import EngineProcess
from workers.engines.train.cutting import Samples
from workers.engines.voice.espeak import Espeak

pytestmark = pytest.mark.engine

LIMIT_S = 1200.0
RATE = 22_050
SAID = ("We grew this year", "Everyone was here", "Thank you all", "They came home", "Who is there")
ASKED = Train(steps=6, batch=1, rate=2e-3, every=2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny weights in a folder of this run: imprints are written beside them."""
    root = tmp_path_factory.mktemp("weights")
    for folder in tiny("xtts", "tests.engines.tiny.training").iterdir():
        shutil.copytree(folder, root / folder.name, copy_function=os.link)
    return {path.name: path for path in root.iterdir()}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five clips of up to 1.2 s with their words, the last of them held out."""
    folder = tmp_path_factory.mktemp("material")
    (folder / "clips").mkdir()
    rows: list[Json] = []
    for at, text in enumerate(SAID):
        name = f"clips/{at}.wav"
        soundfile.write(folder / name, spoken(text, folder)[: int(1.2 * RATE)], RATE, subtype="PCM_16")
        rows.append({"file": name, "text": text, "held_out": at == len(SAID) - 1})
    (folder / "manifest.json").write_text(json.dumps({"language": "en", "clips": rows}))
    return folder


@pytest.fixture(scope="module")
def trainer(weights: dict[str, Path]) -> Iterator[Driver]:
    with narrow("xtts-training", weights) as made:
        yield made


@contextmanager
def narrow(name: str, weights: dict[str, Path]) -> Iterator[Driver]:
    """An engine on one thread: with two, such small layers mostly wait for each other on a busy machine."""
    engine = EngineProcess(name, weights, python=interpreter("xtts"), threads=1)
    with asyncio.Runner() as runner:
        yield Driver(engine, runner)
        runner.run(engine.close())


def spoken(text: str, folder: Path) -> Samples:
    path = folder / "spoken.wav"
    Espeak().run(asdict(Speak(text, "am_michael")), {}, path, 0, quiet)
    samples, rate = soundfile.read(path, dtype="float32")
    common = gcd(rate, RATE)
    return np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)


def tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """A safetensors file of 32-bit floats."""
    body = path.read_bytes()
    (size,) = struct.unpack("<Q", body[:8])
    head = json.loads(body[8 : 8 + size])
    return {
        name: np.frombuffer(body[8 + size :][slice(*at["data_offsets"])], np.float32)
        for name, at in head.items()
        if name != "__metadata__" and at["dtype"] == "F32"
    }


@dataclass(frozen=True)
class Runs:
    """A training killed with SIGKILL behind its third step and resumed, and the same one unbroken."""

    resumed: Json
    whole: Json
    outs: tuple[Path, Path]


@pytest.fixture(scope="module")
def runs(trainer: Driver, clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """How far the process was when it died is read from what it left; both runs go on to the same step."""
    room, engine = tmp_path_factory.mktemp("runs"), trainer.engine
    broken, unbroken = (Path(shutil.copytree(clips, room / name)) for name in ("broken", "unbroken"))

    def kill(_: float) -> None:
        if json.loads((broken / "now.json").read_bytes())["step"] >= 3 and engine.pid:
            os.killpg(engine.pid, signal.SIGKILL)

    with pytest.raises(EngineDied, match="SIGKILL"):
        trainer.runner.run(run(engine, broken, room / "none", replace(ASKED, steps=10_000), kill))
    steps = json.loads((broken / "now.json").read_bytes())["step"] // 2 * 2 + 4
    outs = room / "out-broken", room / "out-unbroken"
    resumed, whole = (
        trainer.runner.run(run(engine, work, out, replace(ASKED, steps=steps), quiet))
        for work, out in zip((broken, unbroken), outs, strict=True)
    )
    return Runs(resumed, whole, (outs[0] / "out.safetensors", outs[1] / "out.safetensors"))


def test_it_learns(runs: Runs) -> None:
    assert runs.whole["best"] < runs.whole["before"] - 0.1
    assert runs.whole["best_step"] and not runs.whole["early"] and runs.whole["left_out"] == 0


def test_a_killed_run_ends_where_an_unbroken_one_does(runs: Runs) -> None:
    resumed, whole = runs.resumed, runs.whole
    assert resumed["resumed"] and resumed["resumed"][0] % 2 == 0 and whole["resumed"] == []
    assert resumed["steps"] == whole["steps"] and resumed["best_step"] == whole["best_step"]
    assert np.allclose([row[2] for row in resumed["curve"]], [row[2] for row in whole["curve"]], atol=1e-4)
    ours, theirs = map(tensors, runs.outs)
    assert set(ours) == set(theirs) and len(ours) > 50
    assert max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours) < 1e-4


async def run(
    engine: EngineProcess, work: Path, folder: Path, asked: Train, progress: Callable[[float], None]
) -> Json:
    """One attempt; what it left in `result.json`."""
    folder.mkdir(exist_ok=True)
    await engine.run(asdict(asked), {"work": work}, folder / "out.safetensors", 1, LIMIT_S, progress)
    found: Json = json.loads((work / "result.json").read_bytes())
    return found


def test_without_an_improvement_it_ends_early_and_makes_no_version(
    trainer: Driver, clips: Path, tmp_path: Path
) -> None:
    still = replace(ASKED, rate=0.0, every=1, patience=2, steps=50)
    work = Path(shutil.copytree(clips, tmp_path / "work"))
    with pytest.raises(NeedsFounder, match="2 steps did not make the held-out clips any better"):
        trainer.runner.run(run(trainer.engine, work, tmp_path / "out", still, quiet))
    result = json.loads((work / "result.json").read_bytes())
    assert result["early"] and result["steps"] == 2
    assert not list((tmp_path / "out").iterdir())


def test_a_language_it_does_not_know(trainer: Driver, clips: Path, tmp_path: Path) -> None:
    work = Path(shutil.copytree(clips, tmp_path / "work"))
    manifest = json.loads((work / "manifest.json").read_bytes()) | {"language": "eo"}
    (work / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(LanguageUnsupported, match="eo"):
        trainer.runner.run(run(trainer.engine, work, tmp_path / "out", ASKED, quiet))


def test_a_trained_version_is_spoken_with_and_the_base_comes_back(
    runs: Runs, weights: dict[str, Path], tmp_path: Path
) -> None:
    recording, checkpoint = tmp_path / "recording.wav", runs.outs[1]
    soundfile.write(recording, np.tile(spoken(" ".join(SAID), tmp_path), 2), RATE)
    request, given = asdict(Speak("We grew.", "")), {"reference0": recording}
    heard: list[str] = []
    with narrow("xtts", weights) as voice:
        for at, inputs in enumerate((given, given | {"checkpoint": checkpoint}, given)):
            out = tmp_path / str(at) / "out.wav"
            out.parent.mkdir()
            voice.runner.run(voice.engine.run(request, inputs, out, 1, LIMIT_S, quiet))
            heard.append(sha256_of(out))
    assert heard[0] == heard[2] != heard[1]
    names = {path.name for path in (weights["xtts-v2"].parent / ".derived/xtts-v2/imprints").iterdir()}
    assert len([name for name in names if sha256_of(checkpoint)[:16] in name]) == 1 and len(names) == 2


def test_a_cpu_is_refused_for_weights_of_full_size_unless_it_is_asked_for() -> None:
    script = (
        "from workers.engines.train.xtts import _device\nfrom studio.errors import Misconfigured\n"
        "assert (_device('cpu', 440_000_000), _device('', 700_000)) == ('cpu', 'cpu')\n"
        "for asked in ('', 'cuda'):\n"
        "    try: print(_device(asked, 440_000_000))\n"
        "    except Misconfigured as error: print(error.say)\n"
    )
    command = [str(interpreter("xtts")), "-c", script]
    hidden = {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, env=hidden, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "would take days" in said and "--device cpu" in said and "torch sees no GPU" in said
