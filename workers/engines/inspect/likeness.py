"""Compares the face in a frame with the portrait's: rigid alignment, then picture by picture.

`identity` is no face recognition. It asks whether the same picture of a face is being moved: both faces are
aligned on eyes and nose, band-passed, and correlated outside of mouth, eyes and outline. That catches a wrong
portrait, a broken warp or drift; it cannot tell whether two different photos show one person.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.faces.points import LOWER_LIP_INNER, UPPER_LIP_INNER
from workers.engines.faces.shapes import Array, Landmarks

RIGID = (33, 133, 362, 263, 168, 6, 197, 2)
"""Eye corners, nose bridge, nose base: the vertices that talking moves least."""
SIDE = 96
"""An aligned face is SIDE pixels square, its eyes 0.36 SIDE apart."""


@dataclass(frozen=True, slots=True)
class Template:
    """A portrait to compare with.

    In units of the aligned square: `rigid` (8, 2), `mouth` (x, y), `width` of the mouth. `face` is the
    band-passed aligned portrait, `mask` where to compare it, `gap` its mouth's opening in mouth widths,
    `eyes` their distance in pixels, `luma` the portrait itself with its landmarks `found`.
    """

    rigid: Array
    mouth: Array
    width: float
    face: Array
    mask: Array
    gap: float
    eyes: float
    luma: Array
    found: Landmarks


def make_template(luma: Array, found: Landmarks) -> Template:
    """Align a portrait's luma by its landmarks."""
    points = found.at(*RIGID)
    rigid = canonical(points, points)
    lips = canonical(found.at(61, 291), points)
    mouth, width = lips.mean(0), float(np.linalg.norm(lips[1] - lips[0]))
    face, mask = aligned_face(luma, points, rigid), _mask(rigid, mouth, width)
    return Template(rigid, mouth, width, face, mask, found.mouth_gap, found.eye_distance, luma, found)


def canonical(points: Array, rigid: Array) -> Array:
    """`points` (n, 2) in an upright unit square in which the eyes of `rigid` have fixed places."""
    right, left = rigid[:2].mean(0), rigid[2:4].mean(0)
    along = left - right
    turn = np.array([[along[0], -along[1]], [along[1], along[0]]]) / float(along @ along)
    placed: Array = (points - (right + left) / 2) @ turn * 0.36 + np.array([0.5, 0.38])
    return placed


def _mask(rigid: Array, mouth: Array, width: float) -> Array:
    """Weights 0..1 of the aligned square: an oval of face without eyes and mouth."""
    mask = np.zeros((SIDE, SIDE), np.float32)

    def oval(x: float, y: float, wide: float, high: float, value: float) -> None:
        centre, axes = (round(x * SIDE), round(y * SIDE)), (round(wide * SIDE), round(high * SIDE))
        cv2.ellipse(mask, centre, axes, 0, 0, 360, value, -1)

    oval(0.5, 0.45, 0.36, 0.42, 1.0)
    for eye in (rigid[:2].mean(0), rigid[2:4].mean(0)):
        oval(eye[0], eye[1], 0.13, 0.06, 0.0)
    oval(mouth[0], mouth[1] + 0.1, 0.75 * width, 0.2, 0.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.0))


def aligned(picture: Array, points: Array, target: Array, size: int) -> Array:
    """`picture` (luma) with its rigid `points` brought onto `target`, size x size, smoothed when shrunk."""
    there = fit_similarity(points, target)
    scale = float(np.hypot(there[0, 0], there[0, 1]))
    if scale < 0.75:  # blur only what will be seen
        low, high = points.min(0) - 2 * np.ptp(points, 0), points.max(0) + 4 * np.ptp(points, 0)
        left, top = np.maximum(low, 0).astype(int)
        picture = picture[top : int(high[1]), left : int(high[0])]
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale)
        there[:, 2] += there[:, :2] @ np.array([left, top])
    return np.asarray(cv2.warpAffine(picture, there, (size, size), flags=cv2.INTER_LINEAR))


def aligned_face(picture: Array, points: Array, rigid: Array) -> Array:
    """The aligned, band-passed face, SIDE x SIDE."""
    return band_pass(aligned(picture, points, rigid * SIDE, SIDE))


def fit_similarity(points: Array, target: Array) -> Array:
    """The least-squares turn, scale and shift from `points` to `target`, (2, 3) (Umeyama 1991 in 2D)."""
    a, b = points - points.mean(0), target - target.mean(0)
    scale = (a**2).sum()
    cos, sin = (a * b).sum() / scale, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / scale
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = target.mean(0) - turn @ points.mean(0)
    return np.asarray(np.c_[turn, shift], np.float32)


def band_pass(face: Array) -> Array:
    """Features between 1 and 8 pixels, free of light and contrast."""
    face = face.astype(np.float32)
    detail = cv2.GaussianBlur(face, (0, 0), 1.0) - cv2.GaussianBlur(face, (0, 0), 8.0)
    return np.asarray(detail / np.sqrt(cv2.GaussianBlur(detail**2, (0, 0), 8.0) + 4.0))


def similarity(face: Array, other: Array, mask: Array) -> float:
    """Weighted correlation of two band-passed faces, best over shifts of up to 2 pixels."""
    best = -1.0
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            moved = np.roll(other, (dy, dx), (0, 1))
            top = float((mask * face * moved).sum())
            best = max(best, top / float(np.sqrt((mask * face**2).sum() * (mask * moved**2).sum()) + 1e-9))
    return best


def mouth_detail(picture: Array, found: Landmarks, template: Template, size: int) -> float:
    """Variance of the Laplacian of lips and chin, without the mouth's inside, aligned at `size` pixels.

    The inside is left out because teeth are sharp and come and go.
    """
    rigid = template.rigid * size
    face = aligned(picture, found.at(*RIGID), rigid, size).astype(np.float32)
    edges = cv2.Laplacian(cv2.GaussianBlur(face, (0, 0), 0.8), cv2.CV_32F)
    there = fit_similarity(found.at(*RIGID), rigid)
    inside = found.at(*UPPER_LIP_INNER, *LOWER_LIP_INNER) @ there[:, :2].T + there[:, 2]
    x, y, half = template.mouth[0] * size, template.mouth[1] * size, template.width * size * 0.6
    mask = np.zeros((size, size), np.uint8)
    mask[int(y - half * 0.8) : int(y + half * 1.2), int(x - half) : int(x + half)] = 1
    hull = cv2.convexHull(np.round(inside).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 0)
    cv2.polylines(mask, [hull], True, 0, max(1, round(0.16 * half)))
    return float(edges[mask > 0].var())
