"""A sum of displacement fields on a coarse grid, inverted into a map for cv2.remap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from workers.engines.faces.shapes import Array

STRIP = 64
NO_MAP: Any = None


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


def grid_of(rect: Rect, step: int) -> Array:
    """Pixel positions (h, w, 2) of cells of `step` pixels that cover `rect`: the middle of each cell."""
    width, height = rect.size
    xs = np.arange(-(-width // step)) * step + (step - 1) / 2 + rect.x0
    ys = np.arange(-(-height // step)) * step + (step - 1) / 2 + rect.y0
    return np.stack(np.meshgrid(xs, ys), -1).astype(np.float32)


class Field:
    """Bases (k, h, w, 2) in pixels on `grid_of(rect, step)`; weights (k,) make a warp.

    The fine map is made and used in strips that stay in the processor's cache.
    """

    def __init__(self, rect: Rect, step: int, bases: Array, from_whole: bool = False) -> None:
        """`from_whole`: the picture to warp is the whole one, not only its pixels in `rect`."""
        self.rect, self._step = rect, step
        self._count, self._down, self._across = bases.shape[:3]
        self._flat = np.ascontiguousarray(bases.reshape(self._count, -1), np.float32)
        x, y = np.meshgrid(np.arange(self._across), np.arange(self._down))
        self._cells = np.ascontiguousarray(np.stack([x, y], -1), np.float32)
        x, y = np.meshgrid(np.arange(-1, self._across + 1), np.arange(-1, self._down + 1))
        self._pixels = (np.stack([x, y], -1) * step + (step - 1) / 2).astype(np.float32)
        self._pixels += rect.origin if from_whole else 0
        self._strip = max(1, STRIP // step)
        self._fine = np.empty(((self._strip + 2) * step, (self._across + 2) * step, 2), np.float32)
        self._coarse: Array = self._pixels
        self._forward: Array = np.zeros((self._down, self._across, 2), np.float32)

    def solve(self, weights: Array) -> None:
        """Set the warp of these weights; its inverse is found by fixed point."""
        # einsum, as BLAS would start threads that fight with the encoder for the cores
        self._forward = np.einsum("k,kn->n", weights, self._flat).reshape(self._down, self._across, 2)
        back = -self._forward
        for _ in range(2):
            at: Array = self._cells + back * (1 / self._step)
            back = -cv2.remap(self._forward, at, NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        self._coarse = self._pixels + cv2.copyMakeBorder(back, 1, 1, 1, 1, cv2.BORDER_REPLICATE)

    def warp(self, picture: Array, out: Array) -> None:
        """Warp `picture` (h, w[, channels]) uint8 into `out`, which has this field's size."""
        step, (width, height) = self._step, self.rect.size
        for row in range(0, self._down, self._strip):
            cells = self._coarse[row : row + self._strip + 2]
            fine = self._fine[: len(cells) * step]
            cv2.resize(cells, fine.shape[1::-1], dst=fine, interpolation=cv2.INTER_LINEAR)
            top = row * step
            bottom = min(height, top + (len(cells) - 2) * step)
            part = fine[step : step + bottom - top, step : step + width]
            target = out[top:bottom]
            cv2.remap(picture, part, NO_MAP, cv2.INTER_LINEAR, dst=target, borderMode=cv2.BORDER_REPLICATE)

    def moved(self, xy: Array) -> Array:
        """Where points (n, 2) in pixels go under the weights last given to `solve`."""
        at = ((xy - self.rect.origin - (self._step - 1) / 2) / self._step).astype(np.float32)[None]
        step = cv2.remap(self._forward, at, NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        moved: Array = xy + step
        return moved.astype(np.float32)
