"""A sum of displacement fields on a coarse grid, inverted into a map for cv2.remap."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.faces.shapes import Array


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels x0..x1, y0..y1 of a picture, ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.x1 - self.x0, self.y1 - self.y0

    @property
    def window(self) -> tuple[slice, slice]:
        """Index of these pixels in an array (h, w, …)."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def origin(self) -> Array:
        """The first corner as (2,) float32."""
        return np.array([self.x0, self.y0], np.float32)


def rect_around(xy: Array, margin: float, width: int, height: int) -> Rect:
    """The rectangle of these points with a margin, kept inside a picture of that size."""
    low, high = np.floor(xy.min(0) - margin).astype(int), np.ceil(xy.max(0) + margin).astype(int) + 1
    x0, y0 = (int(np.clip(low[i], 0, (width, height)[i] - 2)) for i in (0, 1))
    x1, y1 = (int(np.clip(high[i], (x0, y0)[i] + 2, (width, height)[i])) for i in (0, 1))
    return Rect(x0, y0, x1, y1)


def grid_of(rect: Rect, step: float) -> Array:
    """Pixel positions (h, w, 2) of a coarse grid over `rect`, aligned as cv2.resize aligns."""
    width, height = rect.size
    across, down = max(2, round(width / step)), max(2, round(height / step))
    xs = (np.arange(across) + 0.5) * (width / across) - 0.5 + rect.x0
    ys = (np.arange(down) + 0.5) * (height / down) - 0.5 + rect.y0
    return np.stack(np.meshgrid(xs, ys), -1).astype(np.float32)


class Field:
    """Bases (k, h, w, 2) in pixels over `rect`; weights (k,) make a warp."""

    def __init__(self, rect: Rect, bases: Array) -> None:
        self.rect = rect
        self._count, self._down, self._across = bases.shape[:3]
        self._flat = np.ascontiguousarray(bases.reshape(self._count, -1), np.float32)
        width, height = rect.size
        self._grid = _positions(self._across, self._down)
        self._pixels = _positions(width, height)
        self._map = np.empty((height, width, 2), np.float32)
        self._scale = np.array([self._across / width, self._down / height], np.float32)
        self.forward: Array = np.zeros((self._down, self._across, 2), np.float32)

    def solve(self, weights: Array) -> Array:
        """The inverse map (h, w, 2) float32 relative to `rect`, by fixed point; valid until the next call."""
        self.forward = (weights @ self._flat).reshape(self._down, self._across, 2)
        coarse = -self.forward
        for _ in range(2):
            at = self._grid + coarse * self._scale
            coarse = -cv2.remap(self.forward, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        cv2.resize(coarse, self.rect.size, dst=self._map, interpolation=cv2.INTER_LINEAR)
        return cv2.add(self._map, self._pixels, dst=self._map)

    def moved(self, xy: Array) -> Array:
        """Where points (n, 2) in pixels go under the weights last given to `maps`."""
        at = ((xy - self.rect.origin + 0.5) * self._scale - 0.5).astype(np.float32)
        x, y = np.ascontiguousarray(at[None, :, 0]), np.ascontiguousarray(at[None, :, 1])
        step = cv2.remap(self.forward, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        return (xy + step).astype(np.float32)


def _positions(width: int, height: int) -> Array:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.ascontiguousarray(np.stack([x, y], -1))
