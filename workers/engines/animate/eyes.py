"""Eyes in the picture's own pixels: gaze shifts the iris, lids with crease and lash line close over it."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.animate.field import Rect, rect_around
from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks


class Eye:
    """One eye. `s` runs -1..1 from corner to corner, `t` downward in the same unit, half an eye's width."""

    def __init__(self, picture: Array, face: Landmarks, side: str, frames: Array) -> None:
        """`side` is "right" or "left"; `frames` (h, w) float32 is 1 where glasses lie over the face."""
        right = side == "right"
        upper = face.at(*(points.RIGHT_LID_UPPER if right else points.LEFT_LID_UPPER))
        lower = face.at(*(points.RIGHT_LID_LOWER if right else points.LEFT_LID_LOWER))
        ends = upper[[0, -1]]
        self._unit = float(np.linalg.norm(ends[1] - ends[0])) / 2
        across = (ends[1] - ends[0]) / (2 * self._unit)
        down = np.array([-across[1], across[0]], np.float32)
        centre = ends.mean(0)
        height, width = picture.shape[:2]
        low, high = centre - self._unit * np.array([1.5, 1.3]), centre + self._unit * np.array([1.5, 1.0])
        self.rect: Rect = rect_around(np.stack([low, high]), 0, width, height)
        self._still = np.ascontiguousarray(picture[self.rect.window])
        self._x, self._y = _positions(self.rect)
        d = (np.stack([self._x, self._y], -1) + self.rect.origin - centre) / self._unit
        self._s, self._t = (d @ across).astype(np.float32), (d @ down).astype(np.float32)
        self._across, self._down = across, down
        self._lids(
            _local(upper, centre, across, down, self._unit), _local(lower, centre, across, down, self._unit)
        )
        self._gaze(face, points.RIGHT_IRIS if right else points.LEFT_IRIS)
        self._bare = 1 - frames[self.rect.window]
        self._skin = self._lid_skin(picture, face, right)
        self._lash = self._lash_colour()

    def _lids(self, upper: Array, lower: Array) -> None:
        bow = np.clip(1 - self._s**2, 0, 1)
        self._open = _curve(upper, self._s)
        self._floor = _curve(lower, self._s)
        self._shut = self._open + 0.90 * (self._floor - self._open) + 0.05 * bow
        self._crease = self._open - 0.24 * bow**0.35 - 0.12 * bow
        self._within = 1 - ease(0.98, 1.28, np.abs(self._s))

    def _gaze(self, face: Landmarks, iris: int) -> None:
        ring = face.at(*range(iris, iris + 5))
        radius = float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean())
        away = np.hypot(self._x + self.rect.x0 - ring[0][0], self._y + self.rect.y0 - ring[0][1]) / radius
        weight = 1 - ease(0.95, 1.9, away)
        inside = ease(0.0, 0.10, self._t - self._open) * ease(0.0, 0.08, self._floor - self._t)
        self._weight = cv2.GaussianBlur(
            (weight * inside).astype(np.float32), (0, 0), max(0.5, 0.03 * self._unit)
        )

    def _lid_skin(self, picture: Array, face: Landmarks, right: bool) -> tuple[Array, Array]:
        """Skin where a closed lid begins and where it ends: as above the crease and as below the eye."""
        still = self._still.astype(np.float32)
        above = (self._t < self._crease + 0.04) & (self._t > self._crease - 0.34)
        apart = above | (self._t > self._floor + 0.16)
        weight = (apart & (self._bare > 0.6)).astype(np.float32) + 1e-3
        light = cv2.GaussianBlur(still.mean(-1), (0, 0), max(0.8, 0.05 * self._unit))
        dark, bright = np.percentile(light[weight > 0.5], (12, 96)) if (weight > 0.5).any() else (0, 255)
        weight *= np.clip((light - dark) / 12 + 0.5, 0.02, 1) * np.clip((bright - light) / 12 + 1, 0.02, 1)
        reach = 0.16 * self._unit
        smooth = cv2.GaussianBlur(still * weight[..., None], (0, 0), reach)
        smooth /= cv2.GaussianBlur(weight, (0, 0), reach)[..., None] + 1e-5
        grain = _cheek_grain(picture, face, right, self._still.shape)
        cheek = np.median(_cheek(picture, face, right).reshape(-1, 3), axis=0)
        upper = 0.92 * self._sampled(smooth, self._crease - 0.14) + 0.08 * cheek + grain
        lower = 0.72 * self._sampled(smooth, self._floor + 0.32) + 0.28 * cheek + grain
        return upper, 0.45 * upper + 0.55 * lower

    def _sampled(self, image: Array, level: Array) -> Array:
        """At each pixel, `image` in the same column at t = `level`, smoothed along the eye."""
        step = (level - self._t) * self._unit
        x = (self._x + step * self._down[0]).astype(np.float32)
        y = (self._y + step * self._down[1]).astype(np.float32)
        taken = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return cv2.GaussianBlur(taken, (0, 0), 0.16 * self._unit)

    def _lash_colour(self) -> Array:
        opening = (self._t > self._open - 0.2) & (self._t < self._open + 0.35) & (np.abs(self._s) < 0.9)
        dark = self._still[opening].reshape(-1, 3)
        if len(dark) < 8:
            return np.array([30, 32, 38], np.float32)
        done: Array = np.percentile(dark, 6, axis=0).astype(np.float32)
        return done

    def paint(self, target: Array, blink: float, gaze: tuple[float, float]) -> None:
        """Draw this eye into `target` (the picture); `gaze` in eye units right and down, `blink` 0..1."""
        image = self._still
        if abs(gaze[0]) + abs(gaze[1]) > 1e-3:
            step = self._unit * (gaze[0] * self._across + gaze[1] * self._down)
            x, y = self._x - self._weight * float(step[0]), self._y - self._weight * float(step[1])
            image = cv2.remap(self._still, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        if blink > 0.02:
            image = self._closing(image.astype(np.float32), min(blink, 1.0))
        target[self.rect.window][..., :3] = image

    def _closing(self, image: Array, blink: float) -> Array:
        edge = self._open + (self._shut - self._open) * blink
        soft = max(0.03, 0.6 / self._unit)
        lid = ease(-0.24, 0.02, self._t - self._crease) * (1 - ease(-soft, soft, self._t - edge))
        lid *= self._within * float(ease(0.0, 0.25, np.array(blink))) * self._bare
        depth = np.clip((self._t - self._crease) / np.maximum(edge - self._crease, 0.05), 0, 1)[..., None]
        upper, lower = self._skin
        skin = upper * (1 - depth) + lower * depth
        skin *= self._lid_light(depth[..., 0])[..., None]
        shadow = 0.34 * np.exp(-np.maximum(self._t - edge, 0) / 0.14) * (self._t > edge) * self._within
        eyeball = image * (1 - shadow * blink * (self._t < self._floor + 0.02) * self._bare)[..., None]
        done: Array = eyeball * (1 - lid[..., None]) + skin * lid[..., None]
        lash = self._lash_line(edge, blink)[..., None]
        done = done * (1 - lash) + self._lash * lash
        return np.clip(done, 0, 255).astype(np.uint8)

    def _lid_light(self, depth: Array) -> Array:
        """A lid bulges over the eyeball: soft shade at the crease, light in its middle, shade at its edge."""
        bow = np.clip(1 - self._s**2, 0, 1)
        bulge = 0.05 * np.sin(np.pi * np.clip(depth * 1.1, 0, 1)) * bow
        crease = 0.065 * np.exp(-(((depth - 0.10) / 0.13) ** 2)) * np.sqrt(bow)
        light: Array = 1.0 + bulge - crease - 0.09 * depth**3 - 0.12 * np.clip(np.abs(self._s), 0, 1.1) ** 3
        return light

    def _lash_line(self, edge: Array, blink: float) -> Array:
        """How much lash covers each pixel: a band under the lid's edge, thinner at the inner corner."""
        bow = np.clip(1 - self._s**2, 0, 1) ** 0.5
        thick = max(0.042, 0.65 / self._unit) * (0.40 + 0.60 * bow)
        away = self._t - edge - 0.3 * thick
        band = np.exp(-((away / np.where(away > 0, 1.9 * thick, 1.1 * thick)) ** 2))
        ends = 1 - ease(0.70, 1.0, np.abs(self._s))
        line: Array = 0.56 * band * ends * min(1.0, blink * 2.2) * self._bare
        return line


def _local(xy: Array, centre: Array, across: Array, down: Array, unit: float) -> Array:
    d = (xy - centre) / unit
    return np.stack([d @ across, d @ down], -1)


def _curve(lid: Array, s: Array) -> Array:
    """A parabola-like smooth curve through a lid's points, continued beyond the corners."""
    bow = 1 - lid[:, 0] ** 2
    basis = np.stack([bow, bow * lid[:, 0], bow * lid[:, 0] ** 2], 1)
    fit = np.linalg.lstsq(basis, lid[:, 1], rcond=None)[0]
    x = np.clip(s, -1, 1)
    b = 1 - x**2
    done: Array = (fit[0] * b + fit[1] * b * x + fit[2] * b * x**2).astype(np.float32)
    return done


def _cheek(picture: Array, face: Landmarks, right: bool) -> Array:
    """A square of skin on the cheek below this eye."""
    x, y = (int(value) for value in face.at(50 if right else 280)[0])
    reach = max(3, int(face.eye_distance * 0.11))
    height, width = picture.shape[:2]
    return picture[max(y - reach, 0) : min(y + reach, height), max(x - reach, 0) : min(x + reach, width)]


def _cheek_grain(picture: Array, face: Landmarks, right: bool, shape: tuple[int, ...]) -> Array:
    """Fine texture of the cheek, tiled to a shape (h, w, 3), mean 0."""
    patch = _cheek(picture, face, right)
    reach = patch.shape[0] / 2
    if min(patch.shape[:2]) < 3:
        return np.zeros(shape, np.float32)
    fine = patch.astype(np.float32) - cv2.GaussianBlur(patch, (0, 0), max(1.0, reach * 0.12)).astype(
        np.float32
    )
    mirrored = np.concatenate([fine, fine[:, ::-1]], 1)
    mirrored = np.concatenate([mirrored, mirrored[::-1]], 0)
    times = (shape[0] // mirrored.shape[0] + 1, shape[1] // mirrored.shape[1] + 1, 1)
    return np.tile(mirrored, times)[: shape[0], : shape[1]]


def _positions(rect: Rect) -> tuple[Array, Array]:
    width, height = rect.size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.ascontiguousarray(x), np.ascontiguousarray(y)
