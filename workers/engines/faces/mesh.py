"""The 468-vertex face mesh (Kartynnik et al. 2019) and the irises (Ablavatski et al. 2020) in OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from workers.engines.faces.shapes import Array, FaceBox, Landmarks

MESH_SIDE, IRIS_SIDE = 192, 64
LEAST_SCORE = 0.5


class Mesher:
    """Fits the mesh to one detected face."""

    def __init__(self, mesh: Path, iris: Path) -> None:
        self._mesh = cv2.dnn.readNetFromTFLite(str(mesh), engine=cv2.dnn.ENGINE_CLASSIC)
        self._iris = cv2.dnn.readNetFromTFLite(str(iris), engine=cv2.dnn.ENGINE_CLASSIC)
        self._iris_outputs = self._iris.getUnconnectedOutLayersNames()

    def fit(self, image: Array, face: FaceBox, passes: int = 2, irises: bool = True) -> Landmarks | None:
        """The mesh of that face, or None where the network sees none; each further pass recentres.

        Without `irises` the result has 468 points and costs a third less.
        """
        x, y, width, height = face.box
        centre = np.array([x + width / 2, y + height / 2])
        points, score = self._pass(image, centre, 1.5 * max(width, height), *face.keypoints[:2])
        for _ in range(passes - 1):
            low, high = points[:, :2].min(0), points[:, :2].max(0)
            size = float((high - low).max()) * 1.5
            points, score = self._pass(image, (low + high) / 2, size, points[33, :2], points[263, :2])
        if score < LEAST_SCORE:
            return None
        eyes = ((33, 133), (362, 263)) if irises else ()
        rings = [self._eye(image, points, outer, inner) for outer, inner in eyes]
        return Landmarks(np.concatenate([points, *rings]).astype(np.float32), score)

    def _pass(
        self, image: Array, centre: Array, size: float, right: Array, left: Array
    ) -> tuple[Array, float]:
        crop, back = _turned_crop(image, centre, size, left - right, MESH_SIDE)
        self._mesh.setInput(cv2.dnn.blobFromImage(crop, 1 / 255.0, (MESH_SIDE, MESH_SIDE), swapRB=True))
        raw, logit = self._mesh.forward(["conv2d_21", "conv2d_31"])
        points = raw.reshape(468, 3)
        flat = np.c_[points[:, :2], np.ones(468)] @ back.T
        score = float(1 / (1 + np.exp(-float(logit.ravel()[0]))))
        return np.c_[flat, points[:, 2] * size / MESH_SIDE], score

    def _eye(self, image: Array, points: Array, first: int, second: int) -> Array:
        """The iris, (5, 3): centre, then its four extremes."""
        a, b = points[first, :2], points[second, :2]
        size = float(np.linalg.norm(b - a)) * 2.3
        crop, back = _turned_crop(image, (a + b) / 2, size, b - a, IRIS_SIDE)
        self._iris.setInput(cv2.dnn.blobFromImage(crop, 1 / 255.0, (IRIS_SIDE, IRIS_SIDE), swapRB=True))
        outputs = self._iris.forward(self._iris_outputs)
        ring = next(output for output in outputs if output.size == 15).reshape(5, 3)
        flat: Array = np.c_[ring[:, :2], np.ones(5)] @ back.T
        eye: Array = np.c_[flat, np.full(5, points[168, 2])]
        return eye


def _turned_crop(image: Array, centre: Array, size: float, along: Array, side: int) -> tuple[Array, Array]:
    """A square around `centre` with `along` made horizontal; and the affine (2, 3) back to the image."""
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    there: Array = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, side / max(size, 1.0))
    there[:, 2] += side / 2 - np.asarray(centre)
    return cv2.warpAffine(image, there, (side, side)), cv2.invertAffineTransform(there)
