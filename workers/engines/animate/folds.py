"""Folds and shading that belong to an expression: nasolabial folds, cheeks, the shadow under the lip."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.field import Rect, rect_around
from workers.engines.animate.mouth_frame import MouthFrame
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

RIGHT_FOLD = (129, 203, 206, 216, 212)
LEFT_FOLD = (358, 423, 426, 436, 432)


class Folds:
    """Blends between the photo's cheeks and the same cheeks smiling, speaking, or at ease."""

    def __init__(self, picture: Array, face: Landmarks, mouth: MouthFrame) -> None:
        height, width = picture.shape[:2]
        spots = face.at(*RIGHT_FOLD, *LEFT_FOLD, points.CHIN, 50, 280)
        self.rect: Rect = rect_around(spots, 0.35 * mouth.unit, width, height)
        self._plain = np.ascontiguousarray(picture[self.rect.window])
        lines = _fold_lines(self.rect, face, mouth.unit)
        plain = self._plain.astype(np.float32)
        self._smiling = _apply(plain, _smile_light(self.rect, face, mouth.unit, lines))
        self._speaking = _apply(plain, _jaw_light(self.rect, mouth))
        self._easy = _softened(plain, lines, mouth.unit)

    def paint(self, target: Array, smile: float, jaw: float) -> None:
        """Draw the cheeks into `target`; `smile` -1 (at ease) .. 1, `jaw` 0..1."""
        other = self._smiling if smile >= 0 else self._easy
        share = float(np.clip(abs(smile), 0, 1))
        image = cv2.addWeighted(self._plain, 1 - share, other, share, 0) if share > 0.01 else self._plain
        if jaw > 0.02:
            open_share = min(jaw, 1.0)
            delta = cv2.addWeighted(self._speaking, 1.0, self._plain, -1.0, 128)
            image = cv2.addWeighted(image, 1.0, delta, open_share, -128 * open_share)
        target[self.rect.window][..., :3] = image


def _fold_lines(rect: Rect, face: Landmarks, unit: float) -> Array:
    """0..1, soft lines along both nasolabial folds, fading at their ends."""
    lines = np.zeros(rect.size[::-1], np.float32)
    for fold in (RIGHT_FOLD, LEFT_FOLD):
        path = face.at(*fold) - rect.origin
        ends = np.array([0.25, 1.0, 1.0, 0.75, 0.0])
        for index in range(len(path) - 1):
            for share in np.linspace(0, 1, 12):
                x, y = path[index] * (1 - share) + path[index + 1] * share
                strength = ends[index] * (1 - share) + ends[index + 1] * share
                reach = max(1, round(0.035 * unit))
                cv2.circle(lines, (round(float(x)), round(float(y))), reach, float(strength), -1)
    return cv2.GaussianBlur(lines, (0, 0), max(1.0, 0.075 * unit))


def _smile_light(rect: Rect, face: Landmarks, unit: float, lines: Array) -> Array:
    xs, ys = np.meshgrid(np.arange(rect.x0, rect.x1), np.arange(rect.y0, rect.y1))
    light = 1 - 0.17 * lines
    for vertex in (205, 425):
        x, y = face.at(vertex)[0]
        away = ((xs - x) ** 2 + ((ys - y + 0.15 * unit) / 0.8) ** 2) / (0.42 * unit) ** 2
        light = light + 0.055 * np.exp(-away)
    return light.astype(np.float32)


def _jaw_light(rect: Rect, mouth: MouthFrame) -> Array:
    xs, ys = np.meshgrid(np.arange(rect.x0, rect.x1), np.arange(rect.y0, rect.y1))
    uv = mouth.to_mouth(np.stack([xs, ys], -1).astype(np.float32))
    side = np.abs(uv[..., 0])
    hollow = 0.07 * np.exp(-(((side - 1.55) / 0.3) ** 2) - ((uv[..., 1] - 0.1) / 0.6) ** 2)
    under = 0.06 * np.exp(-((uv[..., 0] / 0.5) ** 2) - ((uv[..., 1] - 0.62) / 0.14) ** 2)
    light: Array = 1 - hollow - under
    return light.astype(np.float32)


def _apply(plain: Array, light: Array) -> Array:
    done: Array = np.clip(plain * light[..., None], 0, 255).astype(np.uint8)
    return done


def _softened(plain: Array, lines: Array, unit: float) -> Array:
    """The folds of a smiling photo filled with the light of their surroundings."""
    wide = np.clip(cv2.GaussianBlur(lines, (0, 0), 0.06 * unit) * 1.6, 0, 1)[..., None]
    around = cv2.GaussianBlur(plain, (0, 0), 0.16 * unit)
    fine = plain - cv2.GaussianBlur(plain, (0, 0), 0.04 * unit)
    soft = around + fine * 0.7
    done: Array = np.clip(plain * (1 - 0.75 * wide) + soft * 0.75 * wide, 0, 255).astype(np.uint8)
    return done
