"""BlazeFace short range (Bazarevsky et al. 2019): faces in a picture, through OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from workers.engines.faces.shapes import Array, FaceBox

SIDE = 128
LEAST_SCORE = 0.5


def _anchors() -> Array:
    """Centres of the 896 anchors, as shares of the square: 16x16x2, then 8x8x6."""
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        ys, xs = np.mgrid[0:cells, 0:cells]
        grid = np.stack([xs.ravel(), ys.ravel()], 1)
        centres.append(np.repeat((grid + 0.5) / cells, each, axis=0))
    return np.concatenate(centres).astype(np.float32)


class Detector:
    """Finds every frontal face that covers at least about a tenth of a tile."""

    def __init__(self, model: Path) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(model), engine=cv2.dnn.ENGINE_CLASSIC)
        self._centres = _anchors()

    def faces(self, image: Array) -> list[FaceBox]:
        """Faces, best first. A picture without any is looked at again in overlapping quarters."""
        height, width = image.shape[:2]
        found = self._in_tile(image, 0, 0, width, height)
        if not found and min(height, width) >= 2 * SIDE:
            for y in (0, height // 4, height // 2):
                for x in (0, width // 4, width // 2):
                    found += self._in_tile(image, x, y, width // 2, height // 2)
        return _without_doubles(found)

    def _in_tile(self, image: Array, x: int, y: int, width: int, height: int) -> list[FaceBox]:
        side = max(width, height)
        square = np.zeros((side, side, 3), np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = image[y : y + height, x : x + width]
        shrink = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
        small = cv2.resize(square, (SIDE, SIDE), interpolation=shrink)
        self._net.setInput(cv2.dnn.blobFromImage(small, 1 / 127.5, (SIDE, SIDE), (127.5,) * 3, swapRB=True))
        boxes, logits = self._net.forward(["regressors", "classificators"])
        scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -80, 80)))
        offset = np.array([x - left, y - top], np.float32)
        return [
            self._face(boxes.reshape(896, 16)[i], int(i), float(scores[i]), side, offset)
            for i in np.flatnonzero(scores > LEAST_SCORE)
        ]

    def _face(self, raw: Array, index: int, score: float, side: int, offset: Array) -> FaceBox:
        centre = (raw[:2] / SIDE + self._centres[index]) * side + offset
        width, height = raw[2:4] / SIDE * side
        keypoints = (raw[4:16].reshape(6, 2) / SIDE + self._centres[index]) * side + offset
        box = (float(centre[0] - width / 2), float(centre[1] - height / 2), float(width), float(height))
        return FaceBox(score, box, keypoints.astype(np.float32))


def _without_doubles(found: list[FaceBox]) -> list[FaceBox]:
    kept: list[FaceBox] = []
    for face in sorted(found, key=lambda each: -each.score):
        if all(_overlap(face.box, other.box) < 0.3 for other in kept):
            kept.append(face)
    return kept


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    across = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    shared = across * down
    return shared / max(min(a[2] * a[3], b[2] * b[3]), 1e-6)
