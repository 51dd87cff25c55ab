"""What the face networks find, as plain arrays in image pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.engines.faces import points

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A detected face: `score` 0..1, `box` (x, y, width, height), `keypoints` (6, 2) float32.

    Keypoints: right eye, left eye, nose tip, mouth, right ear, left ear (the subject's sides).
    """

    score: float
    box: tuple[float, float, float, float]
    keypoints: Array


@dataclass(frozen=True, slots=True)
class Landmarks:
    """A face mesh: `points` (478, 3) float32, x and y in pixels, z in the same unit, smaller is nearer."""

    points: Array
    score: float = 1.0

    def at(self, *vertices: int) -> Array:
        """The x, y of these vertices as (n, 2)."""
        return self.points[list(vertices), :2]

    def moved(self, step: Array) -> Landmarks:
        """The same face shifted by `step` (2,) pixels."""
        return Landmarks(self.points + np.array([*step, 0], np.float32), self.score)

    @property
    def eye_distance(self) -> float:
        """Pixels between the centres of the irises."""
        right, left = self.at(points.RIGHT_IRIS, points.LEFT_IRIS)
        return float(np.linalg.norm(left - right))

    @property
    def mouth_gap(self) -> float:
        """Distance of the inner lips in the middle, as a share of the mouth's width."""
        return _span(self, 13, 14) / _span(self, 61, 291)

    @property
    def eye_opening(self) -> float:
        """Mean distance of the lids as a share of the eye's width; about 0.3 open, under 0.12 shut."""
        right = _span(self, 145, 159) / _span(self, 33, 133)
        left = _span(self, 374, 386) / _span(self, 362, 263)
        return (right + left) / 2

    @property
    def yaw(self) -> float:
        """How far the head is turned, in radians; positive towards the image's right."""
        across = self.points[points.LEFT_CHEEK_EDGE] - self.points[points.RIGHT_CHEEK_EDGE]
        return float(np.arctan2(across[2], np.hypot(across[0], across[1])))

    @property
    def roll(self) -> float:
        """How far the head is tilted in the image's plane, in radians."""
        right, left = self.at(33, 263)
        return float(np.arctan2(left[1] - right[1], left[0] - right[0]))


def _span(face: Landmarks, a: int, b: int) -> float:
    return max(float(np.linalg.norm(face.at(b)[0] - face.at(a)[0])), 1e-6)
