"""Engine "meshwarp": real renders, read back with the face networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.errors import MediaUnusable
from studio.timeline import Phone, Timeline, Word, write_voice
from studio.timing import lay_out
from tests.engines import portraits
from workers.engines.animate.framing import frame_portrait
from workers.engines.animate.meshwarp import MeshWarp
from workers.engines.animate.plates import PLATES, draw_plate
from workers.engines.faces.reader import FaceReader
from workers.engines.portrait.photo import Photo

pytestmark = pytest.mark.engine

FPS = 25
SPOKEN = "mɑm ɑ bæb ɑm pɑp æm wu ɑ"


@dataclass(frozen=True)
class Clip:
    """A decoded render: `frames` (n, h, w, 3) and per frame the lips' gap and the eyes' opening."""

    frames: np.ndarray
    gaps: np.ndarray
    eyes: np.ndarray


def make_voice(path: Path, text: str = SPOKEN, each: float = 0.14) -> list[Phone]:
    """A buzz with the loudness of `text`, a phone every `each` seconds."""
    phones, words, at, rate = [], [], 0.2, 24_000
    loud = np.zeros(int(rate * (0.2 + each * (len(text) + 2) + 0.5)), np.float32)
    for word in text.split():
        start = at
        for symbol in word:
            phones.append(Phone(symbol, at, at + each))
            loud[int(at * rate) : int((at + each) * rate)] = 0.08 if symbol in "pbm" else 0.6
            at += each
        words.append(Word(word, start, at))
        at += 0.04
    hum = np.sign(np.sin(2 * np.pi * 130 * np.arange(len(loud)) / rate)).astype(np.float32)
    write_voice(path, 0.4 * loud * hum, rate, Timeline(tuple(words), tuple(phones)))
    return phones


def decode(path: Path) -> np.ndarray:
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        ok, frame = capture.read()
        if not ok:
            return np.stack(frames)
        frames.append(frame)


@pytest.fixture(scope="module")
def engine() -> MeshWarp:
    warp = MeshWarp()
    warp.load({"faces": portraits.faces_folder()})
    return warp


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader(portraits.faces_folder())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("animate")
    photo = Photo()
    photo.load({"faces": portraits.faces_folder()})
    for name, path in (("hopper", portraits.hopper()), ("astronaut", portraits.astronaut())):
        photo.run({}, {"photo": path}, place / f"{name}.png", 0, lambda share: None)
    return place


def render(engine: MeshWarp, folder: Path, name: str = "hopper", seed: int = 1, **request: object) -> Path:
    out = folder / f"{name}-{seed}.mp4"
    wanted: dict[str, object] = {"width": 512, "height": 512, "framing": "close", "fps": FPS, **request}
    inputs = {"portrait": folder / f"{name}.png", "voice0": folder / "voice.wav"}
    engine.run(wanted, inputs, out, seed, lambda share: None)
    return out


@pytest.fixture(scope="module", params=["hopper", "astronaut"])
def clip(request: pytest.FixtureRequest, engine: MeshWarp, reader: FaceReader, folder: Path) -> Clip:
    make_voice(folder / "voice.wav")
    frames = decode(render(engine, folder, request.param))
    faces = [reader.mesh(frame) for frame in frames]
    assert all(face is not None for face in faces)
    gaps = np.array([face.mouth_gap for face in faces if face])
    return Clip(frames, gaps, np.array([face.eye_opening for face in faces if face]))


def around(track: np.ndarray, phone: Phone, reach: int = 1) -> np.ndarray:
    middle = int(((phone.start + phone.end) / 2 - 0.02) * FPS)
    return track[max(0, middle - reach) : middle + reach + 1]


def test_lips_close_on_p_b_m_and_open_on_vowels(clip: Clip, folder: Path) -> None:
    phones = make_voice(folder / "voice.wav")
    closed = [around(clip.gaps, phone).min() for phone in phones if phone.symbol in "pbm"]
    opened = [around(clip.gaps, phone).max() for phone in phones if phone.symbol in "ɑæ"]
    assert max(closed) < 0.075
    assert min(opened) > max(closed) + 0.04
    assert float(np.median(opened)) > 0.14


def test_the_mouth_follows_the_phones(clip: Clip, folder: Path) -> None:
    wanted = np.zeros(len(clip.gaps))
    for phone in make_voice(folder / "voice.wav"):
        wanted[int(phone.start * FPS) : int(phone.end * FPS)] = {"ɑ": 1, "æ": 0.9}.get(phone.symbol, 0.05)
    shifts = [float(np.corrcoef(np.roll(wanted, shift), clip.gaps)[0, 1]) for shift in range(-5, 6)]
    assert max(shifts) > 0.6
    assert abs(int(np.argmax(shifts)) - 5) <= 1


def test_silence_rests_with_closed_lips(clip: Clip) -> None:
    loudest = float(np.percentile(clip.gaps, 90))
    assert max(clip.gaps[:3].max(), clip.gaps[-3:].max()) < 0.55 * loudest


def test_eyes_blink_and_mostly_stay_open(clip: Clip) -> None:
    usual = float(np.median(clip.eyes))
    assert clip.eyes.min() < 0.88 * usual
    assert (clip.eyes > 0.9 * usual).mean() > 0.7


def test_shoulders_move_and_nothing_jumps(clip: Clip) -> None:
    height = clip.frames.shape[1]
    grey = clip.frames.mean(-1)[:, int(0.86 * height) :]
    assert np.abs(grey - grey[0]).mean((1, 2)).max() > 0.5
    steps = np.abs(np.diff(clip.frames[..., 1].astype(np.int16), axis=0)).mean((1, 2))
    assert steps.max() < 9


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_exactly_the_frames_of_the_layout(engine: MeshWarp, folder: Path, fps: int) -> None:
    make_voice(folder / "voice.wav", "mɑ")
    make_voice(folder / "voice1.wav", "bi")
    out = folder / "two.mp4"
    request = {
        "width": 320,
        "height": 426,
        "fps": fps,
        "lead": 0.31,
        "pauses": (0.17, 0.4),
        "tones": ("warm", "soft"),
    }
    inputs = {
        "portrait": folder / "hopper.png",
        "voice0": folder / "voice.wav",
        "voice1": folder / "voice1.wav",
    }
    engine.run(request, inputs, out, 3, lambda share: None)
    seconds = 0.2 + 0.14 * 4 + 0.5
    frames = decode(out)
    assert frames.shape == (lay_out([seconds, seconds], 0.31, (0.17, 0.4), fps).frames, 426, 320, 3)
    capture = cv2.VideoCapture(str(out))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(fps)


def test_same_seed_same_bytes_other_seed_other_bytes(engine: MeshWarp, folder: Path) -> None:
    make_voice(folder / "voice.wav", "mɑm")
    first = render(engine, folder, seed=5).read_bytes()
    assert render(engine, folder, seed=6).read_bytes() != first
    fresh = MeshWarp()
    fresh.load({"faces": portraits.faces_folder()})
    assert render(fresh, folder, seed=5).read_bytes() == first


def test_tones_move_differently(engine: MeshWarp, folder: Path) -> None:
    make_voice(folder / "voice.wav", "mɑm ɑ bæ")
    calm = decode(render(engine, folder, tones=("authoritative",))).astype(np.int16)
    lively = decode(render(engine, folder, tones=("storytelling",))).astype(np.int16)
    assert np.abs(lively - lively[0]).mean() > 1.15 * np.abs(calm - calm[0]).mean()


@pytest.mark.parametrize(("width", "height"), [(360, 640), (640, 360), (480, 480)])
@pytest.mark.parametrize("framing", ["wide", "medium", "close"])
def test_the_face_stays_well_in_the_frame(
    engine: MeshWarp, reader: FaceReader, folder: Path, width: int, height: int, framing: str
) -> None:
    make_voice(folder / "voice.wav", "ɑ", each=0.04)
    frame = decode(render(engine, folder, width=width, height=height, framing=framing))[5]
    face = reader.mesh(frame)
    assert face is not None
    points = face.points[:468]
    assert points[:, 0].min() > 2 and points[:, 0].max() < width - 2
    assert points[:, 1].max() < height * 0.95
    assert 0.25 < face.at(468, 473)[:, 1].mean() / height < 0.6


@pytest.mark.parametrize("plate", PLATES)
def test_plates_are_pictures(plate: str) -> None:
    picture = draw_plate(plate, 320, 180)
    assert picture.shape == (180, 320, 3) and picture.dtype == np.uint8
    assert 8 < picture.mean() < 225 and picture.std() > 5


def test_another_background_replaces_the_photos_own(engine: MeshWarp, folder: Path) -> None:
    make_voice(folder / "voice.wav", "ɑ")
    green = np.zeros((90, 160, 3), np.uint8)
    green[..., 1] = 200
    cv2.imwrite(str(folder / "green.png"), green)
    out = folder / "green.mp4"
    inputs = {
        "portrait": folder / "hopper.png",
        "voice0": folder / "voice.wav",
        "background": folder / "green.png",
    }
    engine.run({"width": 480, "height": 480}, inputs, out, 1, lambda share: None)
    corner = decode(out)[-1][:24, :24].reshape(-1, 3).mean(0)
    assert corner[1] > 170 and corner[0] < 40 and corner[2] < 40


def test_what_cannot_be_rendered_is_said(engine: MeshWarp, folder: Path, tmp_path: Path) -> None:
    make_voice(folder / "voice.wav", "ɑ")
    with pytest.raises(MediaUnusable, match="office"):
        render(engine, folder, background="moon")
    with pytest.raises(MediaUnusable, match="even"):
        render(engine, folder, width=321)
    with pytest.raises(MediaUnusable, match="voice"):
        engine.run(
            {"width": 64, "height": 64},
            {"portrait": folder / "hopper.png"},
            tmp_path / "x.mp4",
            1,
            lambda s: None,
        )


@pytest.mark.parametrize("aspect", [(640, 360), (480, 480)])
def test_close_is_closer_and_medium_keeps_the_hat(
    reader: FaceReader, folder: Path, aspect: tuple[int, int]
) -> None:
    portrait = cv2.imread(str(folder / "hopper.png"), cv2.IMREAD_UNCHANGED)
    face = reader.mesh(portrait[..., :3].copy())
    assert face is not None
    stages = [frame_portrait(portrait, face, framing, *aspect) for framing in ("wide", "medium", "close")]
    wide, medium, close = (stage.face.eye_distance for stage in stages)
    assert close > 1.1 * medium > 1.15 * wide
    assert stages[1].matte[stages[1].frame][0].max() < 0.2


def test_shoulders_cut_by_the_photo_fall_off_beyond_it(reader: FaceReader, folder: Path) -> None:
    portrait = cv2.imread(str(folder / "hopper.png"), cv2.IMREAD_UNCHANGED)
    face = reader.mesh(portrait[..., :3].copy())
    assert face is not None
    stage = frame_portrait(portrait, face, "wide", 640, 360)
    beside = int(stage.face.points[:, 0].max())
    wall = stage.picture[30:150, beside + 40 :].astype(np.int16).mean(-1)
    steps = np.abs(np.diff(wall, axis=1)).mean(0)
    assert steps.max() < 2.5 * np.median(steps)
    heights = (stage.matte > 0.5).sum(0)
    right = heights[beside:]
    assert np.abs(np.diff(right[20:])).max() < 12 and right[-1] == 0
