"""Head turns, nods and tilts, breathing and the sway of the shoulders: one warp of the whole frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.animate.field import Field, Rect, grid_of
from workers.engines.animate.framing import Stage
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

POSES = ("yaw", "pitch", "roll", "across", "down", "nearer", "breath", "sway")


@dataclass(frozen=True, slots=True)
class Head:
    """The head as an ellipse: `centre` and half axes in pixels, `pivot` where the neck bends."""

    centre: Array
    half_width: float
    half_height: float
    pivot: Array
    chin: float


def head_of(face: Landmarks) -> Head:
    """The ellipse of a head with its hair, from the mesh."""
    right, left = face.at(points.RIGHT_CHEEK_EDGE, points.LEFT_CHEEK_EDGE)
    top, chin = face.at(points.FOREHEAD, points.CHIN)
    middle = (right + left) / 2
    half = float(np.linalg.norm(left - right)) / 2
    tall = float(np.linalg.norm(chin - top)) * 0.72
    centre = np.array([middle[0], top[1] * 0.55 + chin[1] * 0.45], np.float32)
    pivot = np.array([middle[0], chin[1] + 0.45 * tall], np.float32)
    return Head(centre, half * 1.35, tall, pivot, float(chin[1]))


class Poser:
    """Moves head and shoulders of a stage; weights follow POSES (radians, then eye distances)."""

    def __init__(self, stage: Stage) -> None:
        rows, cols = stage.frame
        whole = Rect(cols.start, rows.start, cols.stop, rows.stop)
        step = max(4, round(max(whole.size) / 160))
        unit = stage.face.eye_distance
        bases = _bases(stage, head_of(stage.face), grid_of(whole, step), unit)
        rect, active = _active(bases, whole, step, 0.02 * unit / 40)
        self._window = (
            slice(rect.y0 - rows.start, rect.y1 - rows.start),
            slice(rect.x0 - cols.start, rect.x1 - cols.start),
        )
        self._field = Field(rect, step, bases[(slice(None), *active)], from_whole=True)
        self.take(np.zeros(len(POSES)))

    def take(self, pose: Array) -> None:
        """Set the pose of the next warps."""
        self._field.solve(pose.astype(np.float32))

    def warp(self, picture: Array, out: Array) -> None:
        """Write the moved `picture` (the stage's, uint8) to `out`, which has the frame's size."""
        self._field.warp(picture, out[self._window])


def _bases(stage: Stage, head: Head, grid: Array, unit: float) -> Array:
    x, y = grid[..., 0], grid[..., 1]
    hold = _head_weight(stage, head, grid)
    near = _depth(stage.face, head, grid) * hold
    zero = np.zeros_like(x)
    height = stage.frame[0].stop
    body = ease(head.chin - 0.1 * head.half_height, head.chin + 1.3 * head.half_height, y)
    matte = _person(stage, grid)
    chest = body * (0.35 + 0.65 * matte)
    low = np.clip((y - head.chin) / max(height - head.chin, 1.0), 0, 1)
    rise = -unit * (chest * (1 - 0.45 * low) + 0.75 * hold * (1 - body))
    lean = unit * (chest * (1 - 0.75 * low) + 0.6 * hold * (1 - body))
    dx, dy = x - head.pivot[0], y - head.pivot[1]
    fields = (
        (near, zero),
        (zero, near),
        (-dy * hold, dx * hold),
        (unit * hold, zero),
        (zero, unit * hold),
        (dx * hold, dy * hold),
        (zero, rise),
        (lean, zero),
    )
    return np.stack([np.stack(pair, -1) for pair in fields]).astype(np.float32)


def _head_weight(stage: Stage, head: Head, grid: Array) -> Array:
    """1 on the head, fading into the neck down to the collar and into the background around it."""
    x, y = grid[..., 0], grid[..., 1]
    away = np.hypot((x - head.centre[0]) / head.half_width, (y - head.centre[1]) / head.half_height)
    weight = 1 - ease(1.05, 2.1, away)
    above = y < head.centre[1]
    weight = np.where(above, np.maximum(weight, 1 - ease(1.3, 2.3, away)), weight)
    weight = weight * (1 - ease(head.chin + 0.05 * head.half_height, head.chin + 1.25 * head.half_height, y))
    done: Array = cv2.GaussianBlur(weight.astype(np.float32), (0, 0), 1.5)
    return done


def _depth(face: Landmarks, head: Head, grid: Array) -> Array:
    """Pixels towards the camera: the mesh where there is one, else an ellipsoid."""
    x, y = grid[..., 0], grid[..., 1]
    away = ((x - head.centre[0]) / head.half_width) ** 2 + ((y - head.centre[1]) / head.half_height) ** 2
    ball = np.sqrt(np.clip(1 - away, 0, 1)) * head.half_width * 0.55
    mesh = face.points[:468]
    spots = ((mesh[:, :2] - grid[0, 0]) / (grid[1, 1] - grid[0, 0])).astype(int)
    ok = (spots >= 0).all(1) & (spots[:, 0] < x.shape[1]) & (spots[:, 1] < x.shape[0])
    value: Array = np.zeros(x.shape, np.float32)
    mass: Array = np.zeros(x.shape, np.float32)
    nearness = mesh[:, 2].max() - mesh[:, 2]
    np.add.at(value, (spots[ok, 1], spots[ok, 0]), nearness[ok])
    np.add.at(mass, (spots[ok, 1], spots[ok, 0]), 1)
    value, mass = (cv2.GaussianBlur(each, (0, 0), 2.0) for each in (value, mass))
    known = np.clip(mass / max(float(np.percentile(mass[mass > 1e-4], 30)), 1e-6), 0, 1)
    depth = known * value / np.maximum(mass, 1e-5) + (1 - known) * ball
    done: Array = cv2.GaussianBlur(depth.astype(np.float32), (0, 0), 1.2)
    return done


def _person(stage: Stage, grid: Array) -> Array:
    small = cv2.resize(stage.matte[stage.frame], grid.shape[1::-1], interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 2.5)


def _active(bases: Array, whole: Rect, step: int, least: float) -> tuple[Rect, tuple[slice, slice]]:
    """The part of the frame that moves at all, in pixels and in cells."""
    strength = np.abs(bases).max((0, 3)) > least
    rows, cols = np.flatnonzero(strength.any(1)), np.flatnonzero(strength.any(0))
    down, across = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)
    x0, y0 = whole.x0 + across.start * step, whole.y0 + down.start * step
    x1, y1 = min(whole.x0 + across.stop * step, whole.x1), min(whole.y0 + down.stop * step, whole.y1)
    return Rect(x0, y0, x1, y1), (down, across)
