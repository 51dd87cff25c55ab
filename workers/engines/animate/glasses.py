"""Glasses: whether the face wears any, and which pixels are frame or reflection and must stay put."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

CERTAIN = 0.4
PATCH = 64


def glasses_score(picture: Array, face: Landmarks) -> float:
    """How much a line crosses the bridge of the nose, about 0..1; bare faces stay under 0.2."""
    eye = face.eye_distance
    middle = face.at(points.NOSE_BRIDGE)[0]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    turn = cv2.getRotationMatrix2D(
        (float(middle[0]), float(middle[1])), float(np.degrees(face.roll)), 48 / eye
    )
    turn[:, 2] += PATCH / 2 - middle
    patch = cv2.GaussianBlur(cv2.warpAffine(grey, turn, (PATCH, PATCH)), (0, 0), 1.0)
    bridge = patch[20:58, 27:38].mean(1)
    curve = np.abs(bridge - cv2.GaussianBlur(bridge[:, None], (0, 0), 4.0)[:, 0])
    return float(np.clip(curve.max() / max(float(patch.std()), 8.0), 0, 1))


def frame_mask(picture: Array, face: Landmarks) -> Array:
    """(h, w) float32, 1 on frames and reflections around the eyes; all 0 without glasses."""
    if glasses_score(picture, face) < CERTAIN:
        return np.zeros(picture.shape[:2], np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    eye = face.eye_distance
    side = max(3, round(0.20 * eye)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel).astype(np.float32)
    bright = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel).astype(np.float32)
    skin = float(np.median(cv2.getRectSubPix(grey, (side, side), tuple(map(float, face.at(50)[0])))))
    black = _below(grey, 0.5 * skin)
    found = np.maximum(np.maximum(ease(24, 60, dark) * black, black), ease(45, 90, bright))
    found = found * (1 - _openings(face, picture.shape[:2]))
    done: Array = np.clip(
        cv2.GaussianBlur(found.astype(np.float32), (0, 0), max(0.6, 0.012 * eye)) * 1.4, 0, 1
    )
    return done


def _below(grey: Array, level: float) -> Array:
    """1 well below `level`, 0 above it."""
    return 1 - ease(0.75 * level, 1.15 * level, grey.astype(np.float32))


def _openings(face: Landmarks, shape: tuple[int, ...]) -> Array:
    """1 inside the eyes with their lashes, where dark pixels are no frame."""
    mask = np.zeros(shape, np.uint8)
    pairs = (
        (points.RIGHT_LID_UPPER, points.RIGHT_LID_LOWER),
        (points.LEFT_LID_UPPER, points.LEFT_LID_LOWER),
    )
    for upper, lower in pairs:
        outline = np.concatenate([face.at(*upper), face.at(*lower)[::-1]])
        centre = outline.mean(0)
        grown = centre + (outline - centre) * np.array([1.12, 1.35])
        cv2.fillPoly(mask, [np.round(grown * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.015 * face.eye_distance))
    return np.clip(soft.astype(np.float32) / 255 * 1.3, 0, 1)
