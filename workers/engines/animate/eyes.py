"""Eyes in the picture's own pixels: gaze shifts the iris, lids with crease and lash line close over it."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.animate.beyond import fill_holes
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
        self._remains = self._lash_remains()
        self._lash = self._lash_colour()

    def _lids(self, upper: Array, lower: Array) -> None:
        bow = np.clip(1 - self._s**2, 0, 1)
        self._open = _curve(upper, self._s)
        self._floor = _curve(lower, self._s)
        self._shut = self._open + 0.90 * (self._floor - self._open) + 0.05 * bow
        self._within = 1 - ease(0.98, 1.28, np.abs(self._s))
        self._covered = ease(-0.36, -0.10, self._t - self._open) * self._within

    def _gaze(self, face: Landmarks, iris: int) -> None:
        ring = face.at(*range(iris, iris + 5))
        radius = float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean())
        away = np.hypot(self._x + self.rect.x0 - ring[0][0], self._y + self.rect.y0 - ring[0][1]) / radius
        weight = 1 - ease(0.95, 1.9, away)
        inside = ease(0.0, 0.10, self._t - self._open) * ease(0.0, 0.08, self._floor - self._t)
        self._weight = cv2.GaussianBlur(
            (weight * inside).astype(np.float32), (0, 0), max(0.5, 0.03 * self._unit)
        )

    def _lid_skin(self, picture: Array, face: Landmarks, right: bool) -> Array:
        """The skin of a closed lid: the skin around the eye grown together over it, lashes left out."""
        still = self._still.astype(np.float32)
        above = (self._t < self._open - 0.26) & (self._t > self._open - 0.75)
        apart = above | (self._t > self._floor + 0.20) | (np.abs(self._s) > 1.32)
        weight = (apart & (self._bare > 0.6)).astype(np.float32)
        light = cv2.GaussianBlur(still.mean(-1), (0, 0), max(0.8, 0.05 * self._unit))
        dark, bright = np.percentile(light[weight > 0.5], (16, 96)) if (weight > 0.5).any() else (0, 255)
        weight *= np.clip((light - dark) / 12 + 0.5, 0.02, 1) * np.clip((bright - light) / 12 + 1, 0.02, 1)
        grown = cv2.GaussianBlur(fill_holes(still, weight), (0, 0), 0.12 * self._unit)
        done: Array = grown + _cheek_grain(picture, face, right, self._still.shape)
        return done

    def _lash_remains(self) -> Array:
        """Lashes of the open eye that stick out beyond the lids, 0..1: dark against the skin grown there."""
        darker = self._skin.mean(-1) - self._still.astype(np.float32).mean(-1)
        middle = (self._open + self._floor) / 2
        near = 1 - ease(1.25, 1.6, np.hypot(self._s, (self._t - middle) / 0.62))
        found = cv2.dilate((ease(14, 40, darker) * near).astype(np.float32), np.ones((3, 3)))
        done: Array = cv2.GaussianBlur(found, (0, 0), max(0.6, 0.03 * self._unit)) * self._bare
        return done

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
        early = float(ease(0.0, 0.25, np.array(blink)))
        lid = self._covered * (1 - ease(-soft, soft, self._t - edge)) * self._bare * early
        lid = np.maximum(lid, self._remains * float(ease(0.55, 1.0, np.array(blink))))[..., None]
        skin = self._skin * self._lid_light(edge)[..., None]
        shadow = 0.34 * np.exp(-np.maximum(self._t - edge, 0) / 0.14) * (self._t > edge) * self._within
        eyeball = image * (1 - shadow * blink * (self._t < self._floor + 0.02) * self._bare)[..., None]
        done: Array = eyeball * (1 - lid) + skin * lid
        lash = self._lash_line(edge, blink)[..., None]
        done = done * (1 - lash) + self._lash * lash
        return np.clip(done, 0, 255).astype(np.uint8)

    def _lid_light(self, edge: Array) -> Array:
        """A lid bulges over the eyeball: soft shade at the crease, light in its middle, shade at its edge."""
        bow = np.clip(1 - self._s**2, 0, 1)
        depth = np.clip((self._t - self._open + 0.12) / np.maximum(edge - self._open + 0.12, 0.05), 0, 1)
        inside = bow * (self._t < edge)
        bulge = 0.035 * np.sin(np.pi * depth) * inside
        crease = 0.10 * np.exp(-(((self._t - self._open + 0.13 * bow) / 0.07) ** 2)) * np.sqrt(bow)
        light: Array = 1.0 + bulge - crease - 0.10 * depth**4 * inside
        return light

    def _lash_line(self, edge: Array, blink: float) -> Array:
        """How much lash covers each pixel: a band under the lid's edge, thinner at the inner corner."""
        bow = np.clip(1 - self._s**2, 0, 1) ** 0.5
        thick = max(0.042, 0.65 / self._unit) * (0.40 + 0.60 * bow)
        away = self._t - edge - 0.3 * thick
        band = np.exp(-((away / np.where(away > 0, 1.9 * thick, 1.1 * thick)) ** 2))
        ends = 1 - ease(0.80, 1.06, np.abs(self._s))
        line: Array = 0.64 * band * ends * min(1.0, blink * 2.2) * self._bare
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
