"""A talking clip made on the spot: a babbled voice with its timeline, a portrait whose jaw follows it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from studio.engine import Json
from studio.settings import Settings
from studio.timeline import Phone, Timeline, Word, write_voice
from studio.weights import Weights
from workers.engines.faces.reader import FaceReader
from workers.engines.faces.shapes import Array
from workers.engines.inspect.speech import RATE as ENVELOPE_RATE
from workers.engines.inspect.speech import envelope

FPS = 25
SIDE = 320


def weights(name: str) -> Path:
    """The folder of a pulled weight set."""
    return Weights(Settings().cache).folder(name)


@cache
def reader() -> FaceReader:
    """The face networks, loaded once."""
    return FaceReader(weights("faces"))


def portrait(name: str) -> Array:
    """A sample portrait, SIDE pixels square, BGR: "hopper" or "astronaut"."""
    file = next(path for path in sorted(weights(name).iterdir()) if path.suffix in (".jpg", ".png"))
    image = cv2.imread(str(file))
    scale = SIDE / image.shape[1]
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:SIDE]


def babble(path: Path, text: str, rate: int = 24_000, gain: float = 0.2) -> float:
    """Write a voiced, word-shaped sound with a timeline; returns its seconds."""
    at, words = 0.2, []
    for token in text.split():
        end = at + 0.1 + 0.05 * len(token)
        words.append(Word(token, round(at, 3), round(end, 3)))
        at = end + (0.45 if token[-1] in ".!?" else 0.06)
    times = np.arange(int((at + 0.15) * rate)) / rate
    source = sum(np.sin(2 * np.pi * 130 * h * times + h) / h for h in range(1, 24))
    loud = np.zeros_like(times)
    for word in words:
        inside = (times >= word.start) & (times < word.end)
        loud[inside] = np.sin(np.pi * (times[inside] - word.start) / (word.end - word.start)) ** 0.7
    phones = tuple(Phone("a", word.start, word.end) for word in words)
    write_voice(path, (gain * source * loud).astype(np.float32), rate, Timeline(tuple(words), phones))
    return len(times) / rate


def talking_frames(image: Array, request: Json, voice: Path, least: float = 0.0) -> list[Array]:
    """BGR frames in which the portrait's jaw follows the voice, at `least` that far open."""
    loud = envelope(request, {"voice0": voice})
    times = np.arange(round(len(loud) / ENVELOPE_RATE * FPS)) / FPS
    opening = least + (1 - least) * np.interp(times, np.arange(len(loud)) / ENVELOPE_RATE, loud)
    found = reader().mesh(image)
    assert found is not None
    width = float(np.linalg.norm(found.at(61)[0] - found.at(291)[0]))
    return [_frame(image, i, gap, found.at(13, 14).mean(0), width) for i, gap in enumerate(opening)]


def write_clip(frames: list[Array], out: Path) -> None:
    """Code BGR frames as the animate engines do: near-lossless H.264 without sound."""
    from imageio_ffmpeg import get_ffmpeg_exe

    height, width = frames[0].shape[:2]
    source = f"-f rawvideo -pix_fmt bgr24 -s {width}x{height} -r {FPS} -i -"
    target = "-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -c:v libx264 -preset ultrafast"
    command = f"{get_ffmpeg_exe()} -v error -y {source} {target} -crf 12 -pix_fmt yuv420p".split()
    subprocess.run([*command, str(out)], input=b"".join(f.tobytes() for f in frames), check=True)


def _frame(image: Array, number: int, opening: float, seam: Array, width: float) -> Array:
    xs, ys = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in image.shape[1::-1]))
    gap = opening * 0.4 * width * np.clip(1 - ((xs - seam[0]) / (0.55 * width)) ** 2, 0, 1)
    below = ys - seam[1]
    fall = gap * np.exp(-np.maximum(below - gap, 0) / (0.9 * width))
    moved = cv2.remap(image, xs, np.where(below >= gap, ys - fall, ys).astype(np.float32), cv2.INTER_LINEAR)
    dark = cv2.GaussianBlur(((below > 0) & (below < gap)).astype(np.float32), (0, 0), 1.0)[..., None]
    mixed = (moved * (1 - dark) + np.array([30, 25, 60]) * dark).astype(np.uint8)
    sway = np.float32([[1, 0, 1.2 * np.sin(number / 11 + 0.3)], [0, 1, np.sin(number / 7)]])
    return cv2.warpAffine(
        mixed, sway, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
