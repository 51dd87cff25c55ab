"""How a portrait is cut to the frame: wide, medium, close; and what fills the frame where the photo ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from workers.engines.animate.beyond import continue_photo
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

HEIGHTS = {"wide": 9.6, "medium": 7.0, "close": 5.3}
EYE_LINE = {"wide": 0.37, "medium": 0.41, "close": 0.45}
HIGHEST_EYE_LINE, LOWEST_EYE_LINE = 0.29, 0.56
HEADROOM = {"wide": 1.45, "medium": 1.22, "close": 0.95}
CROWN = {"wide": 1.0, "medium": 1.0, "close": 0.86}
LEAST_WIDTH = {"wide": 3.7, "medium": 3.4, "close": 3.0}
ROOMY = 4.7
MARGIN = 0.04
TIGHTER = {"wide": 1.0, "medium": 0.88, "close": 0.70}


@dataclass(frozen=True, slots=True)
class Stage:
    """A portrait in its frame: `picture` (h, w, 3) uint8, `matte` (h, w) float32, `face` in the same pixels.

    All three reach `margin` pixels beyond the frame on every side, for what motion brings into view.
    """

    picture: Array
    matte: Array
    face: Landmarks
    margin: int

    @property
    def frame(self) -> tuple[slice, slice]:
        """Index of the frame's own pixels."""
        height, width = self.matte.shape
        return slice(self.margin, height - self.margin), slice(self.margin, width - self.margin)


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the portrait in its own pixels; it may reach beyond the photo."""

    x: float
    y: float
    width: float
    height: float


def choose_crop(shape: tuple[int, int], matte: Array, face: Landmarks, framing: str, aspect: float) -> Crop:
    """The rectangle for that framing; `aspect` is the frame's width by height, `shape` the photo's (h, w).

    Never below the photo's lower edge, where the body would end; elsewhere background may be added.
    """
    photo_height, photo_width = shape
    eyes = face.at(points.RIGHT_IRIS, points.LEFT_IRIS).mean(0)
    unit = max(face.eye_distance, 0.47 * float(np.linalg.norm(face.at(152)[0] - face.at(10)[0])))
    shaped = unit * aspect ** (-0.5 if aspect < 1 else -0.35)
    largest = max(min(photo_height, photo_width / aspect), ROOMY * shaped)
    tall = min(HEIGHTS[framing] * shaped, TIGHTER[framing] * largest)
    head_top, chin = _head_top(matte, face), float(face.at(points.CHIN)[0][1])
    tall = max(tall, HEADROOM[framing] * (chin - head_top), LEAST_WIDTH[framing] * unit / aspect)
    line = EYE_LINE[framing] - (0.03 if aspect < 0.8 else 0.0)
    line = max(line, CROWN[framing] * (eyes[1] - head_top) / tall + (0.0 if framing == "close" else 0.05))
    room = photo_height - float(eyes[1])
    line = min(max(line, 1 - room / tall), LOWEST_EYE_LINE, 0.885 - (chin - eyes[1]) / tall)
    tall = min(tall, room / (1 - line))
    top = min(float(eyes[1]) - line * tall, photo_height - tall)
    inside = min(0.0, head_top - 0.03 * tall, eyes[1] - HIGHEST_EYE_LINE * tall, photo_height - tall)
    top = max(top, inside)
    wide = tall * aspect
    centre = 0.75 * float(eyes[0]) + 0.25 * float(face.at(points.CHIN)[0][0])
    left = centre - wide / 2
    if wide <= photo_width:
        left = min(max(left, 0.0), photo_width - wide)
    return Crop(left, top, wide, tall)


def _head_top(matte: Array, face: Landmarks) -> float:
    """The highest row of the person above the face, in pixels."""
    left, right = face.points[:468, 0].min(), face.points[:468, 0].max()
    columns = matte[:, max(int(left), 0) : max(int(right), 1)]
    rows = np.flatnonzero((columns > 0.5).mean(1) > 0.12)
    return float(rows[0]) if len(rows) else 0.0


def frame_portrait(portrait: Array, face: Landmarks, framing: str, width: int, height: int) -> Stage:
    """Cut a BGRA portrait to a frame of that size."""
    picture, matte = portrait[..., :3], portrait[..., 3].astype(np.float32) / 255
    crop = choose_crop(picture.shape[:2], matte, face, framing, width / height)
    scale, margin = height / crop.height, round(MARGIN * max(width, height))
    move = np.array([[scale, 0, margin - crop.x * scale], [0, scale, margin - crop.y * scale]])
    way = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_CUBIC
    wide, tall = width + 2 * margin, height + 2 * margin
    framed = _warp(picture, move, wide, tall, way, cv2.BORDER_REFLECT_101)
    framed_matte = _warp(matte, move, wide, tall, cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
    framed, framed_matte = continue_photo(picture, matte, move, framed, framed_matte)
    points_there = face.points * scale
    points_there[:, :2] += move[:, 2]
    return Stage(framed, framed_matte, replace(face, points=points_there.astype(np.float32)), margin)


def _warp(image: Array, move: Array, width: int, height: int, way: int, border: int) -> Array:
    scale = move[0, 0]
    if way == cv2.INTER_AREA:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        move, way = np.array([[1, 0, move[0, 2]], [0, 1, move[1, 2]]]), cv2.INTER_LINEAR
    return cv2.warpAffine(image, move, (width, height), flags=way, borderMode=border)
