"""Selfie segmentation (MediaPipe) and its refinement by a guided filter (He, Sun, Tang 2010)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from workers.engines.faces.shapes import Array

SIDE = 256


class Matter:
    """Tells the person from the background."""

    def __init__(self, model: Path) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(model), engine=cv2.dnn.ENGINE_CLASSIC)

    def coarse(self, image: Array, around: tuple[float, float, float, float] | None = None) -> Array:
        """Probability of person, (height, width) float32 0..1, smooth, from a 256-pixel network.

        `around` (x, y, width, height) is a face: its surroundings are looked at a second time, enlarged.
        """
        whole = self._look(image)
        if around is None:
            return whole
        x, y, width, height = around
        x0, x1 = max(0, int(x - 1.1 * width)), min(image.shape[1], int(x + 2.1 * width))
        y0, y1 = max(0, int(y - 1.2 * height)), min(image.shape[0], int(y + 2.0 * height))
        near = self._look(image[y0:y1, x0:x1])
        share = cv2.copyMakeBorder(
            np.ones((max(1, y1 - y0 - 2), max(1, x1 - x0 - 2)), np.float32), 1, 1, 1, 1, cv2.BORDER_CONSTANT
        )
        share = cv2.GaussianBlur(share, (0, 0), 0.10 * width, borderType=cv2.BORDER_CONSTANT)
        share = np.clip(share[: y1 - y0, : x1 - x0] * 2 - 1, 0, 1)
        part = whole[y0:y1, x0:x1]
        whole[y0:y1, x0:x1] = part * (1 - share) + near * share
        return whole

    def careful(self, image: Array, around: tuple[float, float, float, float] | None = None) -> Array:
        """As `coarse`, near a face the median of five looks: other crops, and mirrored."""
        first = self.coarse(image, around)
        if around is None:
            return first
        looks = [first]
        for reach, mirrored in ((1.1, True), (0.75, False), (1.9, False), (1.9, True)):
            window = _surroundings(image, around, reach)
            near = image[window]
            seen = self._look(near[:, ::-1])[:, ::-1] if mirrored else self._look(near)
            looks.append(first.copy())
            looks[-1][window] = seen
        share = _soft_box(image, around)
        done: Array = first * (1 - share) + np.median(np.stack(looks), 0) * share
        return done

    def _look(self, image: Array) -> Array:
        height, width = image.shape[:2]
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self._net.setInput(cv2.dnn.blobFromImage(small, 1 / 255.0, (SIDE, SIDE), swapRB=True))
        soft = self._net.forward().reshape(SIDE, SIDE)
        return np.clip(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)

    def fine(self, image: Array, around: tuple[float, float, float, float] | None = None) -> Array:
        """The matte at full size, its edge drawn onto the picture's own edges; float32 0..1."""
        coarse = self.coarse(image, around)
        radius = max(4, round(max(image.shape[:2]) * 0.011))
        guided = guided_filter(image.astype(np.float32) / 255.0, coarse, radius, 4e-4)
        return np.clip((guided - 0.14) / 0.72, 0, 1).astype(np.float32)


def guided_filter(guide: Array, source: Array, radius: int, eps: float) -> Array:
    """Smooth `source` (h, w) so that it follows `guide` (h, w, 3), both float32.

    The grey-guide form per channel; of the three the one that explains the source best at each pixel is kept.
    """
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(array: Array) -> Array:
        return cv2.boxFilter(array, -1, side)

    mean_source = mean(source)
    best, best_gain = np.zeros_like(source), np.full_like(source, -1.0)
    for channel in cv2.split(guide):
        mean_guide = mean(channel)
        covariance = mean(channel * source) - mean_guide * mean_source
        variance = mean(channel * channel) - mean_guide * mean_guide + eps
        slope = covariance / variance
        refined = mean(slope) * channel + mean(mean_source - slope * mean_guide)
        gain = covariance * slope
        best = np.where(gain > best_gain, refined, best)
        best_gain = np.maximum(gain, best_gain)
    return best


def _surroundings(image: Array, face: tuple[float, float, float, float], reach: float) -> tuple[slice, slice]:
    """Index of a box that leaves `reach` faces around a face, a little more above."""
    x, y, width, height = face
    rows = slice(max(0, int(y - (reach + 0.1) * height)), int(y + (1 + reach) * height))
    return rows, slice(max(0, int(x - reach * width)), int(x + (1 + reach) * width))


def _soft_box(image: Array, face: tuple[float, float, float, float]) -> Array:
    """1 on a head around a face box, softly 0 farther away."""
    x, y, width, height = face
    xs, ys = (
        np.arange(image.shape[1], dtype=np.float32)[None],
        np.arange(image.shape[0], dtype=np.float32)[:, None],
    )
    away = np.maximum(np.abs(xs - x - width / 2) / width, np.abs(ys - y - 0.4 * height) / height)
    done: Array = np.clip((1.2 - away) / 0.3, 0, 1)
    return done
