"""Finished shots: size, coding, captions at the right place and time, joinable without re-encoding."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.engine import Json
from studio.errors import MediaUnusable, TakeRefused, WeightsMissing
from studio.profiles import PROFILES, profile_named
from studio.timeline import read_timeline
from studio.timing import lay_out
from tests.engines.talking import babble, weights, write_clip
from workers.engines.cut.finish import FinishShot
from workers.engines.inspect.frames import read_frames
from workers.probe import probe

pytestmark = pytest.mark.engine

FINISH: Json = {
    "profile": "square",
    "captions": "highlight",
    "label": "",
    "fps": 25,
    "lead": 0.0,
    "pauses": [],
}
BOX = np.array([240, 80, 58], float)
"""The highlight's colour, BGR."""


@pytest.fixture(scope="module")
def engine() -> FinishShot:
    finish = FinishShot()
    finish.load({"caption-font": weights("caption-font")})
    return finish


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finish")
    frames = round(babble(folder / "voice.wav", "We closed our seed round. Thank you all.") * 25 + 0.5)
    moving = [np.full((512, 512, 3), 110 + 20 * np.sin(i / 9), np.uint8) for i in range(frames)]
    write_clip(moving, folder / "picture.mp4")
    return folder


def finish(engine: FinishShot, folder: Path, **wanted: object) -> Path:
    out = folder / "out.mp4"
    inputs = {"picture": folder / "picture.mp4", "voice0": folder / "voice.wav"}
    engine.run(FINISH | wanted, inputs, out, 0, lambda share: None)
    return out


def pictures(path: Path) -> list[np.ndarray]:
    return [frame.to_ndarray(format="bgr24") for frame in read_frames(path)]


def boxed(picture: np.ndarray) -> np.ndarray:
    """Where the highlight's colour is, (n, 2) as (y, x)."""
    return np.argwhere(cv2.inRange(picture, BOX - 40, BOX + 40))


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_gets_its_size_and_coding(engine: FinishShot, folder: Path, name: str) -> None:
    facts, source = probe(finish(engine, folder, profile=name)), probe(folder / "picture.mp4")
    profile = profile_named(name)
    assert (facts.width, facts.height) == (profile.width, profile.height)
    assert (facts.codec, facts.codec_profile, facts.pixel_format) == ("h264", "High", "yuv420p")
    assert (facts.frames, facts.fps, facts.constant_rate) == (source.frames, "25", True)
    assert facts.channels == 0


def test_the_spoken_word_is_the_highlighted_one(engine: FinishShot, folder: Path) -> None:
    shots = pictures(finish(engine, folder))
    centres = []
    for word in read_timeline(folder / "voice.wav").words[:4]:
        found = boxed(shots[round((word.start + word.end) / 2 * 25)])
        assert len(found) > 200, f"no box at “{word.text}”"
        y, x = found.mean(0)
        centres.append((round(y / 40), x))
    assert centres == sorted(centres), "the box walks as one reads"
    assert not len(boxed(shots[0])), "nothing is shown before the first word"


def test_captions_follow_lead_and_pauses(engine: FinishShot, folder: Path, tmp_path: Path) -> None:
    first = read_timeline(folder / "voice.wav").words[0].start
    seconds = babble(tmp_path / "voice.wav", "We closed our seed round. Thank you all.")
    frames = lay_out([seconds], 0.8, (), 25).frames
    write_clip(
        [np.full((512, 512, 3), 110 + i % 7, np.uint8) for i in range(frames)], tmp_path / "picture.mp4"
    )
    shots = pictures(finish(engine, tmp_path, lead=0.8))
    appears = next(i for i, shot in enumerate(shots) if len(boxed(shot)))
    assert abs(appears / 25 - (first + 0.8)) <= 1 / 25


def test_off_means_off_and_plain_has_no_box(engine: FinishShot, folder: Path) -> None:
    off = pictures(finish(engine, folder, captions="off"))[20]
    plain = pictures(finish(engine, folder, captions="plain"))[20]
    assert not len(boxed(off)) and not len(boxed(plain))
    assert off.std() < 3 < plain.std()


@pytest.mark.parametrize("brightness", [5, 250])
def test_the_label_is_legible_on_dark_and_bright(engine: FinishShot, tmp_path: Path, brightness: int) -> None:
    frames = lay_out([babble(tmp_path / "voice.wav", "Hi.")], 0.0, (), 25).frames
    write_clip([np.full((512, 512, 3), brightness, np.uint8)] * frames, tmp_path / "picture.mp4")
    shot = pictures(finish(engine, tmp_path, captions="off", label="AI-generated"))[2]
    corner = cv2.cvtColor(shot, cv2.COLOR_BGR2GRAY)[: 720 // 6, : 720 // 3].astype(int)
    letters = corner > 225
    around = cv2.dilate(letters.astype(np.uint8), np.ones((5, 5))).astype(bool) & ~letters
    if brightness == 5:
        assert letters.sum() > 150
    assert np.percentile(corner[35:70, 40:160], 95) - np.percentile(corner[35:70, 40:160], 10) > 90
    assert around.any()


@pytest.mark.parametrize("off", [-1, 1])
def test_a_picture_one_frame_off_is_brought_to_its_length(
    engine: FinishShot, folder: Path, tmp_path: Path, off: int
) -> None:
    (tmp_path / "voice.wav").symlink_to(folder / "voice.wav")
    frames = probe(folder / "picture.mp4").frames
    write_clip(
        [np.full((512, 512, 3), 110 + i % 7, np.uint8) for i in range(frames + off)], tmp_path / "picture.mp4"
    )
    assert probe(finish(engine, tmp_path)).frames == frames


def test_a_picture_of_another_length_is_refused(engine: FinishShot, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "voice.wav").symlink_to(folder / "voice.wav")
    write_clip([np.full((512, 512, 3), 110, np.uint8)] * 20, tmp_path / "picture.mp4")
    with pytest.raises(TakeRefused, match="its voices need"):
        finish(engine, tmp_path)


def test_refusals(engine: FinishShot, folder: Path) -> None:
    inputs = {"picture": folder / "voice.wav", "voice0": folder / "voice.wav"}
    with pytest.raises(MediaUnusable):
        engine.run(FINISH, inputs, folder / "no.mp4", 0, lambda share: None)
    with pytest.raises(WeightsMissing):
        FinishShot().load({"caption-font": folder / "nowhere"})
