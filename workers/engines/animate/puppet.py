"""One framed portrait that can be posed: expression weights and a pose in, a picture out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.animate.bases import MUSCLES, Muscles
from workers.engines.animate.corners import lit_corners
from workers.engines.animate.eyes import Eye
from workers.engines.animate.field import Field, Rect, grid_of, rect_around
from workers.engines.animate.folds import Folds
from workers.engines.animate.framing import Stage
from workers.engines.animate.glasses import frame_mask
from workers.engines.animate.mouth import Interior
from workers.engines.animate.mouth_frame import COLUMNS, find_mouth
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks


@dataclass(frozen=True, slots=True)
class Expression:
    """One frame's face: `muscles` (len(MUSCLES),), blink 0..1, gaze in eye units, folds' weights."""

    muscles: Array
    blink: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    smile_fold: float = 0.0
    tongue: float = 0.0


class Puppet:
    """Renders expressions of one stage; keeps all buffers, so it serves one render at a time.

    Works on the face region `rect` of the stage; everything inside is in that region's own pixels.
    """

    def __init__(self, stage: Stage, picture: Array) -> None:
        """`picture` (h, w, 4) is the stage's, with the matte that is wanted."""
        height, width = stage.picture.shape[:2]
        eye = stage.face.eye_distance
        self.rect = rect_around(stage.face.points[:468, :2], 0.5 * eye, width, height)
        face = stage.face.moved(-self.rect.origin)
        self._source = np.ascontiguousarray(picture[self.rect.window])
        self._painted = self._source.copy()
        colour = np.ascontiguousarray(self._source[..., :3])
        self.mouth = find_mouth(colour, face)
        if self.mouth.open_in_photo:
            self._source[..., :3] = lit_corners(colour, self.mouth)
        frames = frame_mask(colour, face)
        self.has_glasses = bool(frames.max() > 0.5)
        self._eyes = [Eye(colour, face, side, frames) for side in ("right", "left")]
        self._folds = Folds(colour, face, self.mouth)
        self._interior = Interior(colour, face, self.mouth)
        self._upper = self._field(Rect(0, 0, *self.rect.size), face, layer=0)
        self._lower = self._field(self._below_mouth(face), face, layer=1)
        self._below = np.ascontiguousarray(self._source[self._lower.rect.window])
        self._upper_line = self.mouth.to_pixels(COLUMNS, self.mouth.upper)
        self._lower_line = self.mouth.to_pixels(COLUMNS, self.mouth.lower)

    def _field(self, rect: Rect, face: Landmarks, layer: int) -> Field:
        step = max(2, round(self.rect.size[0] / 130))
        muscles = Muscles(self.mouth, face, grid_of(rect, step), 0.35 if self.has_glasses else 1.0)
        return Field(rect, step, muscles.layers()[layer])

    def _below_mouth(self, face: Landmarks) -> Rect:
        m, chin = self.mouth, face.at(points.CHIN)[0]
        spots = m.to_pixels(np.array([-2.6, 2.6, -2.6, 2.6, 0]), np.array([-0.35, -0.35, 1.0, 1.0, 0]))
        spots[-1] = chin + (chin - m.centre) * 0.9
        return rect_around(spots, 0, *self.rect.size)

    def render(self, expression: Expression) -> Array:
        """The face region with that expression, (h, w, 4) uint8; valid until the next call."""
        jaw = float(expression.muscles[0])
        self._folds.paint(self._source, expression.smile_fold, jaw / 0.45)
        for eye in self._eyes:
            eye.paint(self._source, expression.blink, expression.gaze)
        out = self._painted
        self._upper.solve(expression.muscles)
        self._upper.warp(self._source, out)
        self._lower.solve(expression.muscles)
        upper, lower = self._upper.moved(self._upper_line), self._lower.moved(self._lower_line)
        self._lay_lower(out, (upper + lower) / 2)
        self._open_mouth(out, upper, lower, jaw, expression.tongue)
        return out

    def _lay_lower(self, out: Array, seam: Array) -> None:
        """Put the lower layer over what lies under the parting of the lips."""
        box = self._lower.rect
        below = self._below
        self._lower.warp(self._source[box.window], below)
        line = seam - box.origin
        far = 4.0 * self.mouth.unit * self.mouth.across
        depth = 9.0 * self.mouth.unit * self.mouth.down
        ends = [line[-1] + far, line[-1] + far + depth, line[0] - far + depth]
        mask = _filled(np.concatenate([[line[0] - far], line, ends]), box.size)
        rows = slice(0, min(box.size[1], int(line[:, 1].max() + 0.4 * self.mouth.unit) + 4))
        share = cv2.GaussianBlur(mask[rows], (0, 0), 0.7).astype(np.float32) * (1 / 255.0)
        part = out[box.window]
        part[rows] = cv2.blendLinear(below[rows], np.ascontiguousarray(part[rows]), share, 1 - share)
        part[rows.stop :] = below[rows.stop :]

    def _open_mouth(self, out: Array, upper: Array, lower: Array, jaw: float, tongue: float) -> None:
        down = self.mouth.down
        gap = np.maximum((lower - upper) @ down, 0)
        lower = upper + gap[:, None] * down
        widest = float(gap.max())
        box = rect_around(np.concatenate([upper, lower]), 3 + 0.08 * self.mouth.unit, *self.rect.size)
        part = out[box.window][..., :3]
        image: Array = part.astype(np.float32)
        if widest > 0.4:
            parted = np.flatnonzero(gap > 0.4)
            part_of = slice(max(parted[0] - 1, 0), parted[-1] + 2)
            outline = np.concatenate([upper[part_of], lower[part_of][::-1]]) - box.origin
            mask = (
                cv2.GaussianBlur(_filled(outline, box.size), (0, 0), 0.6).astype(np.float32)[..., None] / 255
            )
            inside = self._interior.paint(box, upper, lower, jaw, tongue)
            image = image * (1 - mask) + inside * mask
        closed = float(np.clip(1 - widest / (0.14 * self.mouth.unit), 0, 1))
        strength = 0.72 * closed**2 if self.mouth.open_in_photo else 0.0
        image = self._with_seam(
            image, (upper + lower) / 2 - box.origin, 0.6 * closed * (1 - closed) + strength
        )
        part[...] = np.clip(image, 0, 255)

    def _with_seam(self, image: Array, line: Array, strength: float) -> Array:
        """A soft dark line where lips meet, and shade at the mouth's edge when they part."""
        if strength < 0.02:
            return image
        canvas = np.zeros(image.shape[:2], np.uint8)
        thick = max(1, round(self.mouth.unit * 0.028))
        dots = np.round(line[3:-3] * 16).astype(np.int32)
        cv2.polylines(canvas, [dots], False, 255, thickness=thick, lineType=cv2.LINE_AA, shift=4)
        soft = cv2.GaussianBlur(canvas, (0, 0), max(0.7, self.mouth.unit * 0.02)).astype(np.float32)
        cover = (soft * (strength / 255))[..., None]
        done: Array = image * (1 - cover) + self._interior.seam * cover
        return done


def weights(**values: float) -> Array:
    """Muscle weights by name; the rest is 0."""
    return np.array([values.get(name, 0.0) for name in MUSCLES], np.float32)


def _filled(outline: Array, size: tuple[int, int]) -> Array:
    canvas = np.zeros(size[::-1], np.uint8)
    dots = np.round(outline * 16).astype(np.int32)
    cv2.fillPoly(canvas, [dots], 255, lineType=cv2.LINE_AA, shift=4)
    return canvas
