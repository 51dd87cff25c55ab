"""Whether a face can be animated; each refusal says in one sentence what to change."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.errors import PortraitUnusable
from workers.engines.faces import points
from workers.engines.faces.shapes import FaceBox, Landmarks

Pixels = NDArray[Any]

LEAST_EYE_DISTANCE = 28.0
LARGEST_YAW, LARGEST_ROLL, LARGEST_OFFSET = 0.45, 0.6, 0.30
LEAST_SHARPNESS = 0.45
DARK, BRIGHT = 32.0, 246.0
SECOND_FACE = 0.3
HIDDEN = 0.42


def only_face(faces: list[FaceBox]) -> FaceBox:
    """The one face to animate; raises PortraitUnusable for none or two of comparable size."""
    if not faces:
        raise PortraitUnusable("I see no face in this photo; send one where the face is seen from the front.")
    ranked = sorted(faces, key=lambda face: -face.box[2] * face.box[3])
    if len(ranked) > 1 and ranked[1].box[2] ** 2 > SECOND_FACE * ranked[0].box[2] ** 2:
        raise PortraitUnusable("There is more than one face in this photo; send one with only you in it.")
    return ranked[0]


def check_face(image: Pixels, face: Landmarks | None) -> Landmarks:
    """The same face when it can be animated; `image` is BGR uint8. Raises PortraitUnusable."""
    if face is None:
        raise PortraitUnusable("The face is hard to make out; send a photo with the whole face uncovered.")
    if face.eye_distance < LEAST_EYE_DISTANCE:
        raise PortraitUnusable("The face is too small in this photo; come closer or send a larger one.")
    _check_crop(image, face)
    _check_pose(face)
    _check_light(image, face)
    _check_eyes(image, face)
    if face.eye_opening < 0.13:
        raise PortraitUnusable("The eyes are closed in this photo; send one with open eyes.")
    return face


def _check_crop(image: Pixels, face: Landmarks) -> None:
    height, width = image.shape[:2]
    slack = 0.12 * face.eye_distance
    chin, forehead = face.at(points.CHIN, points.FOREHEAD)
    sides = face.at(points.RIGHT_CHEEK_EDGE, points.LEFT_CHEEK_EDGE)[:, 0]
    if chin[1] > height - slack:
        raise PortraitUnusable("The chin is cut off in this photo; send one that shows head and shoulders.")
    if forehead[1] < -slack:
        raise PortraitUnusable("The forehead is cut off in this photo; send one with the whole head in it.")
    if sides.min() < -slack or sides.max() > width + slack:
        raise PortraitUnusable("The face is cut off at the side; send a photo with the whole head in it.")


def _check_pose(face: Landmarks) -> None:
    right, left, nose = face.at(33, 263, points.NOSE_TIP)
    across = (left - right) / np.linalg.norm(left - right)
    offset = float((nose - (right + left) / 2) @ across) / face.eye_distance
    if abs(face.yaw) > LARGEST_YAW or abs(offset) > LARGEST_OFFSET:
        raise PortraitUnusable("The face is turned too far aside; send a photo that looks at the camera.")
    if abs(face.roll) > LARGEST_ROLL:
        raise PortraitUnusable("The head is tilted too far; send a photo with the head upright.")


def _check_light(image: Pixels, face: Landmarks) -> None:
    grey = _face_square(image, face)
    level = float(np.median(grey))
    if level < DARK:
        raise PortraitUnusable("The face is too dark in this photo; send one taken in better light.")
    if level > BRIGHT:
        raise PortraitUnusable("The face is overexposed in this photo; send one taken in softer light.")
    contrast = max(float(grey.std()), 8.0)
    if float(cv2.Laplacian(grey, cv2.CV_32F).var()) / contrast < LEAST_SHARPNESS:
        raise PortraitUnusable("The face is blurred in this photo; send a sharper one.")


def _check_eyes(image: Pixels, face: Landmarks) -> None:
    """Dark glass or a bar leaves nothing around an eye that is nearly as light as the cheek below it."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    reach = 0.26 * face.eye_distance
    for corners, cheek in (((33, 133), 50), ((362, 263), 280)):
        around = _lightness(grey, face.at(*corners).mean(0), reach, 80)
        if around < HIDDEN * _lightness(grey, face.at(cheek)[0], 0.4 * reach, 50):
            raise PortraitUnusable("The eyes are hidden in this photo; send one without dark glasses.")


def _lightness(grey: Pixels, centre: Pixels, reach: float, percent: float) -> float:
    """A percentile of the lightness in a box around `centre`, half as high as wide."""
    x, y = (float(value) for value in centre)
    rows = slice(max(0, int(y - 0.6 * reach)), max(1, int(y + 0.6 * reach) + 1))
    cols = slice(max(0, int(x - reach)), max(1, int(x + reach) + 1))
    box = grey[rows, cols]
    return float(np.percentile(box, percent)) if box.size else 0.0


def _face_square(image: Pixels, face: Landmarks) -> Pixels:
    """The face in grey, scaled so that the eyes are 48 pixels apart."""
    oval = face.at(*points.OVAL)
    x0, y0 = np.maximum(np.floor(oval.min(0)).astype(int), 0)
    x1, y1 = np.ceil(oval.max(0)).astype(int)
    crop = cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_BGR2GRAY)
    scale = 48 / face.eye_distance
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(crop, None, fx=scale, fy=scale, interpolation=way)
