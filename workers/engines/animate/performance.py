"""From what is heard to what the puppet does, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workers.engines.animate.bases import MUSCLES
from workers.engines.animate.hearing import Voices
from workers.engines.animate.motion import move
from workers.engines.animate.puppet import Expression
from workers.engines.animate.tones import manner_tracks
from workers.engines.animate.visemes import RATE, SHAPE, mouth_track
from workers.engines.faces.shapes import Array

JAW, RAISE, DROP, WIDE, SMILE = 0.53, 0.15, 0.16, 0.10, 0.15


@dataclass(frozen=True, slots=True)
class Character:
    """What a portrait brings along: lips apart in the photo, glasses."""

    smiling: bool = False
    glasses: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the face and the pose (len(POSES),)."""

    expression: Expression
    pose: Array


def perform(voices: Voices, tones: tuple[str, ...], fps: int, seed: int, who: Character) -> list[Frame]:
    """All frames of a shot; the same seed gives the same frames."""
    count = voices.layout.frames
    starts = list(voices.layout.offsets)
    manner = manner_tracks(list(tones), starts, count / fps, fps)
    motion = move(voices.heard, manner, fps, np.random.default_rng(seed))
    times = (np.arange(count) + 0.5) / fps
    mouth = mouth_track(voices.phones, count / fps)[
        np.minimum((times * RATE).astype(int), int(count / fps * RATE))
    ]
    mouth = _closed_once(mouth, voices, fps)
    muscles, folds = muscles_of(mouth, voices.heard.level, manner, motion.brow, who)
    return [
        Frame(
            Expression(
                muscles[i],
                float(motion.blink[i]),
                (float(motion.gaze[i, 0]), float(motion.gaze[i, 1])),
                float(folds[i]),
                float(mouth[i, 7]),
            ),
            motion.pose[i],
        )
        for i in range(count)
    ]


def _closed_once(mouth: Array, voices: Voices, fps: int) -> Array:
    """Every p, b, m shuts the lips in at least one frame, however short it is."""
    closed = mouth.copy()
    for phone in voices.phones:
        if phone.symbol.strip("ˈˌː")[:1] in ("p", "b", "m"):
            at = int(((phone.start + phone.end) / 2 - 0.025) * fps)
            if 0 <= at < len(closed):
                closed[at] = 0
                closed[at, SHAPE.index("press")] = 1
    return closed


def muscles_of(
    mouth: Array, level: Array, manner: dict[str, Array], brow: Array, who: Character
) -> tuple[Array, Array]:
    """Muscle weights (n, len(MUSCLES)) and the folds' (n,), of mouth shapes (n, len(SHAPE)) in a manner."""
    shape = {name: mouth[:, index] for index, name in enumerate(SHAPE)}
    jaw = shape["jaw"] * (0.76 + 0.38 * level)
    talking = np.clip(jaw * 2 + shape["drop"] + shape["pucker"], 0, 1)
    relaxed = -(0.40 + 0.32 * (1 - talking)) if who.smiling else 0.0
    columns = {
        "jaw": JAW * jaw,
        "raise": RAISE * (shape["raise"] + 0.35 * jaw) + 0.02 * shape["tuck"],
        "drop": DROP * shape["drop"],
        "wide": WIDE * shape["wide"] - 0.06 * jaw + (0.17 * relaxed if who.smiling else 0.0),
        "pucker": shape["pucker"],
        "press": shape["press"],
        "tuck": shape["tuck"],
        "smile": SMILE * (manner["smile"] * (1 - 0.35 * shape["pucker"]) + relaxed),
        "close": np.ones(len(mouth)),
        "brow": 0.055 * brow,
        "frown": 0.06 * manner["frown"],
        "squint": 0.03 * manner["squint"] + 0.01 * talking,
    }
    weights = np.stack([np.broadcast_to(columns[name], len(mouth)) for name in MUSCLES], 1)
    folds = columns["smile"] / SMILE + 0.35 * np.maximum(shape["wide"], 0) + 0.15 * shape["jaw"]
    return weights.astype(np.float32), folds.astype(np.float32)
