"""Every defect made for real in a shot turns exactly its own item of the report red."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.engine import Json
from studio.errors import MediaUnusable, PortraitUnusable
from studio.limits import State
from studio.lipsync import match
from studio.profiles import PROFILES
from studio.report import HeardLine, SeenShot, build_report
from studio.timeline import read_samples, read_timeline, write_voice
from tests.engines.talking import babble, portrait, talking_frames, weights, write_clip
from workers.engines.inspect.shot import ShotInspector

pytestmark = pytest.mark.engine

REQUEST: Json = {"fps": 25, "framing": "medium", "lead": 0.2, "pauses": [0.4]}
LINE = "We closed our seed round. It took one very long night."
CUT: Json = {
    "freeze_s": 0.0,
    "black_frames": 0,
    "loudness": -16.0,
    "true_peak": -2.0,
    "seconds": 5.0,
    "violations": [],
}
Frames = list[np.ndarray]
Change = Callable[[Frames], Frames]


@pytest.fixture(scope="module")
def engine() -> ShotInspector:
    inspector = ShotInspector()
    inspector.load({"faces": weights("faces")})
    return inspector


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspect")
    babble(folder / "voice.wav", LINE)
    for name in ("hopper", "astronaut"):
        cv2.imwrite(str(folder / f"{name}.png"), portrait(name))
        write_clip(talking_frames(portrait(name), REQUEST, folder / "voice.wav"), folder / f"{name}.mp4")
    return folder


@pytest.fixture(scope="module")
def frames(folder: Path) -> Frames:
    return talking_frames(portrait("hopper"), REQUEST, folder / "voice.wav")


def inspect(engine: ShotInspector, folder: Path, **inputs: str) -> Json:
    names = {"picture": "hopper.mp4", "portrait": "hopper.png", "voice0": "voice.wav"} | inputs
    engine.run(REQUEST, {k: folder / v for k, v in names.items()}, folder / "o.json", 0, lambda share: None)
    facts: Json = json.loads((folder / "o.json").read_text())
    return facts


def red(facts: Json) -> list[str]:
    shots = [SeenShot(("l1",), facts)]
    return [item.name for item in build_report([], shots, CUT, PROFILES["square"]).red()]


@pytest.mark.parametrize("name", ["hopper", "astronaut"])
def test_a_clean_shot_is_all_green(engine: ShotInspector, folder: Path, name: str) -> None:
    facts = inspect(engine, folder, picture=f"{name}.mp4", portrait=f"{name}.png")
    shots = [SeenShot(("l1",), facts)]
    report = build_report([HeardLine("l1", LINE, LINE)], shots, CUT, PROFILES["square"])
    assert [i for i in report.items if i.state is not State.GREEN] == []
    assert abs(match(facts["lip_scores"], facts["speech_s"]).offset_ms) <= 40


def test_another_portrait_is_no_likeness(engine: ShotInspector, folder: Path) -> None:
    assert "likeness" in red(inspect(engine, folder, portrait="astronaut.png"))
    assert "likeness" in red(inspect(engine, folder, picture="astronaut.mp4"))


@pytest.mark.parametrize("ms", [-200, 200])
def test_sound_shifted_against_the_picture(engine: ShotInspector, folder: Path, ms: int) -> None:
    samples, rate = read_samples(folder / "voice.wav")
    spoken = read_timeline(folder / "voice.wav")
    phones = tuple(
        replace(p, start=max(0.0, p.start + ms / 1000), end=p.end + ms / 1000) for p in spoken.phones
    )
    moved = np.roll(samples, ms * rate // 1000)
    write_voice(folder / "shifted.wav", moved, rate, replace(spoken, phones=phones))
    facts = inspect(engine, folder, voice0="shifted.wav")
    assert abs(match(facts["lip_scores"], facts["speech_s"]).offset_ms + ms) <= 40
    assert red(facts) == ["sync"]


def test_lips_of_other_words(engine: ShotInspector, folder: Path) -> None:
    babble(folder / "other.wav", "Notwithstanding, extraordinarily. No. A cat sat. Unbelievable!")
    samples, rate = read_samples(folder / "other.wav")
    count = len(read_samples(folder / "voice.wav")[0])
    resized = np.resize(samples, count)
    write_voice(folder / "other.wav", resized, rate, read_timeline(folder / "other.wav"))
    facts = inspect(engine, folder, voice0="other.wav")
    assert "lips" in red(facts), facts


def frozen(frames: Frames) -> Frames:
    return frames[:40] + [frames[40]] * 35 + frames[75:]


def blacked(frames: Frames) -> Frames:
    return frames[:30] + [np.zeros_like(frames[0])] * 4 + frames[34:]


def blurred(frames: Frames) -> Frames:
    high, wide = frames[0].shape[:2]
    mask = np.zeros((high, wide, 1), np.float32)
    cv2.ellipse(mask, (wide // 2, int(high * 0.55)), (wide // 6, high // 7), 0, 0, 360, 1.0, -1)
    return [(f * (1 - mask) + cv2.GaussianBlur(f, (0, 0), 2.2) * mask).astype(np.uint8) for f in frames]


def mute(frames: Frames) -> Frames:
    return [np.roll(frames[0], round(2 * np.sin(i / 7)), 1) for i in range(len(frames))]


DEFECTS: list[tuple[Change, str]] = [
    (frozen, "freezes"),
    (blacked, "black"),
    (blurred, "sharpness"),
    (mute, "lips"),
]


@pytest.mark.parametrize(("change", "item"), DEFECTS)
def test_a_spoilt_picture(
    engine: ShotInspector, folder: Path, frames: Frames, change: Change, item: str
) -> None:
    write_clip(change(frames), folder / "spoilt.mp4")
    facts = inspect(engine, folder, picture="spoilt.mp4")
    assert red(facts) == [item], facts


def test_a_mouth_that_hangs_open(engine: ShotInspector, folder: Path) -> None:
    frames = talking_frames(portrait("hopper"), REQUEST, folder / "voice.wav", least=0.75)
    write_clip(frames, folder / "open.mp4")
    facts = inspect(engine, folder, picture="open.mp4")
    assert red(facts) == ["silence"], facts


def test_no_face_at_all(engine: ShotInspector, folder: Path, frames: Frames) -> None:
    corner = cv2.resize(frames[0][:80, :80], frames[0].shape[1::-1])
    write_clip([np.roll(corner, i, 0) for i in range(len(frames))], folder / "none.mp4")
    assert "face" in red(inspect(engine, folder, picture="none.mp4"))


def test_refusals(engine: ShotInspector, folder: Path) -> None:
    cv2.imwrite(str(folder / "wall.png"), np.full((300, 300, 3), 128, np.uint8))
    with pytest.raises(PortraitUnusable):
        inspect(engine, folder, portrait="wall.png")
    with pytest.raises(MediaUnusable):
        inspect(engine, folder, picture="voice.wav")
