"""One framed portrait that can be posed: expression weights and a pose in, a picture out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.animate.bases import MUSCLES, Muscles
from workers.engines.animate.eyes import Eye
from workers.engines.animate.field import Field, Rect, grid_of, rect_around
from workers.engines.animate.folds import Folds
from workers.engines.animate.framing import Stage
from workers.engines.animate.glasses import frame_mask
from workers.engines.animate.mouth import Interior
from workers.engines.animate.mouth_frame import COLUMNS, find_mouth
from workers.engines.faces import points
from workers.engines.faces.shapes import Array


@dataclass(frozen=True, slots=True)
class Expression:
    """One frame's face: `muscles` (len(MUSCLES),), blink 0..1, gaze in eye units, folds' weights."""

    muscles: Array
    blink: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    smile_fold: float = 0.0
    tongue: float = 0.0


class Puppet:
    """Renders expressions of one stage; keeps all buffers, so it serves one render at a time."""

    def __init__(self, stage: Stage) -> None:
        picture, face = stage.picture, stage.face
        self._picture = picture
        self.mouth = find_mouth(picture, face)
        frames = frame_mask(picture, face)
        self.has_glasses = bool(frames.max() > 0.5)
        self._eyes = [Eye(picture, face, side, frames) for side in ("right", "left")]
        self._folds = Folds(picture, face, self.mouth)
        self._interior = Interior(picture, face, self.mouth)
        height, width = picture.shape[:2]
        self.rect = rect_around(face.points[:468, :2], 0.75 * face.eye_distance, width, height)
        step = max(1.5, self.rect.size[0] / 150)
        grid = grid_of(self.rect, step)
        muscles = Muscles(self.mouth, face, grid, 0.35 if self.has_glasses else 1.0)
        upper, lower = muscles.layers()
        self._upper, self._lower = Field(self.rect, upper), Field(self.rect, lower)
        self._lower_rect = self._below_mouth(face.at(points.CHIN)[0], width, height)
        self._painted = picture[self.rect.window].copy()
        self._source = picture.copy()
        self._upper_line = self.mouth.to_pixels(COLUMNS, self.mouth.upper)
        self._lower_line = self.mouth.to_pixels(COLUMNS, self.mouth.lower)

    def _below_mouth(self, chin: Array, width: int, height: int) -> Rect:
        m = self.mouth
        spots = m.to_pixels(np.array([-2.7, 2.7, -2.7, 2.7, 0]), np.array([-0.35, -0.35, 1.0, 1.0, 0]))
        spots[-1] = chin + (chin - m.centre) * 0.9
        found = rect_around(spots, 0, width, height)
        inner = self.rect
        return Rect(
            max(found.x0, inner.x0), max(found.y0, inner.y0), min(found.x1, inner.x1), min(found.y1, inner.y1)
        )

    def render(self, expression: Expression) -> Array:
        """The face region (self.rect) with that expression, (h, w, 3) uint8; valid until the next call."""
        source = self._source
        jaw = float(expression.muscles[0])
        self._folds.paint(source, expression.smile_fold, jaw / 0.45)
        for eye in self._eyes:
            eye.paint(source, expression.blink, expression.gaze)
        window = np.ascontiguousarray(source[self.rect.window])
        x, y = self._upper.maps(expression.muscles)
        out = cv2.remap(window, x, y, cv2.INTER_LINEAR, dst=self._painted, borderMode=cv2.BORDER_REPLICATE)
        x, y = self._lower.maps(expression.muscles)
        upper, lower = self._upper.moved(self._upper_line), self._lower.moved(self._lower_line)
        self._lay_lower(out, window, x, y, (upper + lower) / 2)
        self._open_mouth(out, upper, lower, jaw, expression.tongue)
        return out

    def _lay_lower(self, out: Array, window: Array, x: Array, y: Array, seam: Array) -> None:
        """Put the lower layer over what lies under the parting of the lips."""
        box = self._shifted(self._lower_rect)
        below = cv2.remap(
            window,
            np.ascontiguousarray(x[box.window]),
            np.ascontiguousarray(y[box.window]),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        line = seam - self._lower_rect.origin
        far = 4.0 * self.mouth.unit * self.mouth.across
        depth = 9.0 * self.mouth.unit * self.mouth.down
        shape = np.concatenate(
            [[line[0] - far], line, [line[-1] + far, line[-1] + far + depth, line[0] - far + depth]]
        )
        mask = _filled(shape, box.size)
        mask = cv2.GaussianBlur(mask, (0, 0), 0.7).astype(np.float32) * (1 / 255.0)
        part = np.ascontiguousarray(out[box.window])
        out[box.window] = cv2.blendLinear(below, part, mask, 1 - mask)

    def _open_mouth(self, out: Array, upper: Array, lower: Array, jaw: float, tongue: float) -> None:
        down = self.mouth.down
        gap = np.maximum((lower - upper) @ down, 0)
        lower = upper + gap[:, None] * down
        widest = float(gap.max())
        height, width = self._picture.shape[:2]
        box = rect_around(np.concatenate([upper, lower]), 3 + 0.08 * self.mouth.unit, width, height)
        part = out[self._shifted(box).window]
        image = part.astype(np.float32)
        if widest > 0.35:
            outline = np.concatenate([upper, lower[::-1]]) - box.origin
            mask = (
                cv2.GaussianBlur(_filled(outline, box.size), (0, 0), 0.6).astype(np.float32)[..., None] / 255
            )
            inside = self._interior.paint(box, upper, lower, jaw, tongue)
            image = image * (1 - mask) + inside * mask
        closed = float(np.clip(1 - widest / (0.14 * self.mouth.unit), 0, 1))
        strength = 0.72 * closed if self.mouth.open_in_photo else 0.0
        image = self._with_seam(image, (upper + lower) / 2 - box.origin, 0.28 * (1 - closed) + strength)
        part[...] = np.clip(image, 0, 255)

    def _with_seam(self, image: Array, line: Array, strength: float) -> Array:
        """A soft dark line where lips meet, and shade at the mouth's edge when they part."""
        if strength < 0.02:
            return image
        canvas = np.zeros(image.shape[:2], np.uint8)
        thick = max(1, round(self.mouth.unit * 0.028))
        dots = np.round(line * 16).astype(np.int32)
        cv2.polylines(canvas, [dots], False, 255, thickness=thick, lineType=cv2.LINE_AA, shift=4)
        soft = cv2.GaussianBlur(canvas, (0, 0), max(0.7, self.mouth.unit * 0.02)).astype(np.float32)
        cover = (soft * (strength / 255))[..., None]
        return image * (1 - cover) + self._interior.seam * cover

    def _shifted(self, rect: Rect) -> Rect:
        """`rect` of the picture in coordinates of the face region."""
        x, y = self.rect.x0, self.rect.y0
        return Rect(max(rect.x0 - x, 0), max(rect.y0 - y, 0), rect.x1 - x, rect.y1 - y)


def weights(**values: float) -> Array:
    """Muscle weights by name; the rest is 0."""
    return np.array([values.get(name, 0.0) for name in MUSCLES], np.float32)


def _filled(outline: Array, size: tuple[int, int]) -> Array:
    canvas = np.zeros(size[::-1], np.uint8)
    dots = np.round(outline * 16).astype(np.int32)
    cv2.fillPoly(canvas, [dots], 255, lineType=cv2.LINE_AA, shift=4)
    return canvas
