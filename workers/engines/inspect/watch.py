"""Watches a shot once: a mesh a few times a second, the mouth in every frame, stillness throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from workers.engines.faces.reader import FaceReader
from workers.engines.faces.shapes import Array, FaceBox, Landmarks
from workers.engines.inspect.frames import Stillness, luma, read_frames
from workers.engines.inspect.likeness import RIGID, Template, aligned_face, mouth_detail, similarity
from workers.engines.inspect.lips import patch


@dataclass(frozen=True, slots=True)
class Look:
    """What the mesh and the pixels say about one frame; `detail` is a share of the portrait's."""

    frame: int
    points: Array
    gap: float
    identity: float
    detail: float


@dataclass(slots=True)
class Watched:
    """One pass over a shot: a mouth patch for every frame up to the last look, and the looks."""

    asked: int = 0
    looks: list[Look] = field(default_factory=list)
    patches: list[Array] = field(default_factory=list)
    still: Stillness = field(default_factory=Stillness)


def watch(path: Path, reader: FaceReader, template: Template, step: int) -> Watched:
    """Decode `path` once, looking for the face in every `step`-th frame; raises MediaUnusable."""
    seen, waiting, near = Watched(), list[Array](), None
    for index, frame in enumerate(read_frames(path)):
        picture = luma(frame)
        seen.still.see(picture)
        waiting.append(picture)
        if index % step:
            continue
        seen.asked += 1
        found, near = _find(reader, frame, near)
        if found is None:
            continue
        seen.looks.append(_look(index, picture, found, template))
        seen.patches += _patches(waiting, seen.looks[-2:], template)
        waiting.clear()
    if seen.looks:
        seen.patches += [patch(picture, seen.looks[-1].points, template) for picture in waiting]
    return seen


def _find(reader: FaceReader, frame: Any, near: FaceBox | None) -> tuple[Landmarks | None, FaceBox | None]:
    """The face's mesh, looked for where it was; and where to look next."""
    picture = frame.to_ndarray(format="bgr24")
    found = reader.follow(picture, near) if near else reader.mesh(picture)
    if found is None:
        return None, None
    low, high = found.points[:468, :2].min(0), found.points[:468, :2].max(0)
    box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    return found, FaceBox(1.0, box, found.at(33, 263, 1, 13, 234, 454))


def _look(index: int, picture: Array, found: Landmarks, template: Template) -> Look:
    points = found.at(*RIGID)
    identity = similarity(template.face, aligned_face(picture, points, template.rigid), template.mask)
    right, left = found.at(33, 133).mean(0), found.at(362, 263).mean(0)
    size = int(min(float(np.linalg.norm(left - right)), template.eyes) / 0.36)
    portrait = mouth_detail(template.luma, template.found, template, size)
    detail = mouth_detail(picture, found, template, size) / max(portrait, 1e-3)
    return Look(index, points, found.mouth_gap, identity, detail)


def _patches(pictures: Sequence[Array], looks: Sequence[Look], template: Template) -> list[Array]:
    """Patches of the frames up to the newest look, the face's place interpolated from the look before."""
    new, old = looks[-1], looks[0]
    patches = []
    for back, picture in enumerate(reversed(pictures)):
        share = back / max(1, new.frame - old.frame)
        patches.append(patch(picture, new.points + share * (old.points - new.points), template))
    return patches[::-1]


def is_quiet(speech: Array, rate: int) -> Array:
    """Where speech has been silent for 0.15 s on both sides."""
    reach = int(0.15 * rate)
    loud = cv2.dilate((speech > 0.05).astype(np.uint8), np.ones((2 * reach + 1, 1), np.uint8)).ravel()
    return np.asarray(loud == 0)
