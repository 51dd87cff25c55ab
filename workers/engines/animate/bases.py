"""The muscles: smooth displacement fields of the face, one for each expression parameter.

Every field comes twice, for the layer above the parting of the lips and for the layer below it, so that the
lips can part without smearing. Beyond the corners of the mouth both layers agree.
"""

from __future__ import annotations

import numpy as np

from workers.engines.animate.mouth_frame import COLUMNS, MouthFrame
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

MUSCLES = (
    *("jaw", "raise", "drop", "wide", "pucker", "press", "tuck", "smile", "close"),
    *("brow", "frown", "squint"),
)


def ease(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


class Muscles:
    """Builds the fields on points given in pixels; displacements are pixels for a parameter of 1."""

    def __init__(self, mouth: MouthFrame, face: Landmarks, xy: Array, brow_strength: float) -> None:
        """`xy` is (h, w, 2); `brow_strength` weakens brows that are seen through glasses."""
        self._mouth, self._face, self._xy, self._brow_strength = mouth, face, xy, brow_strength
        uv = mouth.to_mouth(xy)
        self._u, self._v = uv[..., 0], uv[..., 1]
        self._a = np.abs(self._u)
        self._above = np.interp(self._u, COLUMNS, mouth.upper) - self._v
        self._below = self._v - np.interp(self._u, COLUMNS, mouth.lower)
        self._chin = float(mouth.to_mouth(face.at(points.CHIN))[0, 1])
        self._lip = np.clip(1 - (self._u / 0.95) ** 2, 0, 1) ** 0.85

    def layers(self) -> tuple[Array, Array]:
        """Upper and lower layer, each (len(MUSCLES), h, w, 2) float32."""
        pairs = [getattr(self, f"_{name}")() for name in MUSCLES]
        upper, lower = (np.stack([pair[i] for pair in pairs]).astype(np.float32) for i in (0, 1))
        return upper, lower

    def _move(self, across: Array | float, down: Array | float) -> Array:
        shape = self._u.shape
        step: Array = np.multiply.outer(np.broadcast_to(across, shape), self._mouth.across)
        done: Array = (
            step + np.multiply.outer(np.broadcast_to(down, shape), self._mouth.down)
        ) * self._mouth.unit
        return done

    def _fade(self, distance: Array, reach: float) -> Array:
        return 1 - ease(0, reach, distance)

    def _jaw(self) -> tuple[Array, Array]:
        side = np.exp(-(np.abs(self._u / 1.75) ** 3))
        blend = ease(0.05, 0.75 * self._chin, self._below)
        fall = 1 - ease(1.0, 1.85, self._v / self._chin)
        corner = 0.20 * np.exp(-(((self._a - 1) / 0.42) ** 2))
        down = np.maximum(
            self._lip * (1 - blend) + side * blend, corner * np.exp(-((self._below / 0.6) ** 2))
        )
        hollow = (
            -0.07 * np.sign(self._u) * np.exp(-(((self._a - 1.75) / 0.5) ** 2) - ((self._v - 0.2) / 0.7) ** 2)
        )
        above = corner * np.exp(-((np.maximum(self._above, 0) / 0.45) ** 2))
        return self._move(hollow, above), self._move(hollow, down * fall)

    def _raise(self) -> tuple[Array, Array]:
        return self._move(0, -self._lip * self._fade(self._above, 0.8)), self._move(0, 0)

    def _drop(self) -> tuple[Array, Array]:
        return self._move(0, 0), self._move(0, self._lip * self._fade(self._below, 0.65))

    def _sideways(self) -> Array:
        outside = np.exp(-(((self._a - 1) / 0.55) ** 2))
        reach = np.where(self._a < 1, self._a, outside) * np.sign(self._u)
        far = np.maximum(np.maximum(self._above, self._below), 0)
        return reach * np.exp(-((far / 0.6) ** 2))

    def _wide(self) -> tuple[Array, Array]:
        reach = self._sideways()
        both = self._move(reach, -0.15 * np.abs(reach) ** 2)
        return both, both

    def _fuller(self, distance: Array) -> Array:
        """1 in the red of a lip, 0 at its inner edge and far from it."""
        x = np.maximum(distance, 0) / 0.2
        return x * np.exp(1 - x) * np.clip(1.15 - self._u**2, 0, 1)

    def _pucker(self) -> tuple[Array, Array]:
        narrow = -0.30 * self._sideways()
        upper = self._move(narrow, -0.055 * self._fuller(self._above))
        return upper, self._move(narrow, 0.075 * self._fuller(self._below))

    def _press(self) -> tuple[Array, Array]:
        upper = self._move(0, 0.05 * self._fuller(self._above))
        return upper, self._move(0, -0.075 * self._fuller(self._below))

    def _tuck(self) -> tuple[Array, Array]:
        inward = 0.08 * self._fuller(self._below) + 0.045 * self._lip * self._fade(self._below, 0.5)
        return self._move(0, 0), self._move(0, -inward)

    def _smile(self) -> tuple[Array, Array]:
        level = float(self._mouth.upper[[0, -1]].mean())
        ring = np.exp(-((np.hypot(self._a - 1, self._v - level) / 0.6) ** 2)) * ease(0.1, 1.0, self._a)
        cheek = np.exp(-((np.hypot(self._a - 1.4, self._v + 0.75) / 0.6) ** 2))
        both = self._move(np.sign(self._u) * (0.5 * ring + 0.12 * cheek), -ring - 0.4 * cheek)
        return both, both

    def _close(self) -> tuple[Array, Array]:
        gap = np.interp(self._u, COLUMNS, self._mouth.gap) * np.clip((1 - self._a) * 1e3, 0, 1)
        chin = 0.22 * float(self._mouth.gap.max()) * np.exp(-((self._u / 1.2) ** 2))
        lift = np.maximum(0.6 * gap * self._fade(self._below, 0.8), chin * ease(0.2, 0.7, self._below))
        lift = lift * (1 - ease(1.0, 1.7, self._v / self._chin))
        return self._move(0, 0.4 * gap * self._fade(self._above, 0.75)), self._move(0, -lift)

    def _near(self, vertices: tuple[int, ...], reach: float) -> Array:
        """A soft hill over the nearest of these vertices, `reach` in eye distances."""
        eye = self._face.eye_distance
        away = np.full(self._u.shape, 1e9, np.float32)
        for spot in self._face.at(*vertices):
            away = np.minimum(away, ((self._xy - spot) ** 2).sum(-1))
        hill: Array = np.exp(-away / (reach * eye) ** 2)
        return hill

    def _clear_of_eyes(self) -> Array:
        """0 on the eyes, 1 from the brows upward."""
        clear = np.ones(self._u.shape, np.float32)
        for lid in (points.RIGHT_LID_UPPER, points.LEFT_LID_UPPER):
            spots = self._face.at(*lid)
            level = self._mouth.to_mouth(spots)[2:7, 1].mean()
            reach = 0.28 * self._face.eye_distance / self._mouth.unit
            near = np.abs(self._mouth.to_mouth(spots.mean(0))[0] - self._u) * self._mouth.unit
            side = near < 0.55 * self._face.eye_distance
            clear = np.where(side, ease(0, reach, level - self._v), clear)
        return clear

    def _brow(self) -> tuple[Array, Array]:
        hill = self._near(points.RIGHT_BROW + points.LEFT_BROW, 0.20) * self._clear_of_eyes()
        up = self._face.eye_distance / self._mouth.unit * self._brow_strength * hill
        return self._move(0, -up), self._move(0, 0)

    def _frown(self) -> tuple[Array, Array]:
        hill = self._near((107, 55, 336, 285), 0.17) * self._clear_of_eyes()
        size = self._face.eye_distance / self._mouth.unit * self._brow_strength * hill
        return self._move(
            -np.sign(self._u) * 0.7 * np.clip(self._a * 3, 0, 1) * size, 0.8 * size
        ), self._move(0, 0)

    def _squint(self) -> tuple[Array, Array]:
        hill = self._near((145, 144, 153, 374, 373, 380), 0.12)
        up = self._face.eye_distance / self._mouth.unit * hill * self._brow_strength
        return self._move(0, -up), self._move(0, 0)
