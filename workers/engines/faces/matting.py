"""Alpha from a sure inside, a sure outside and a guess between: closed-form matting (Levin, Lischinski, Weiss 2008).

The matting Laplacian is never built: its product with an image is a guided filter's residue (He, Sun, Tang,
"Fast matting using large kernel matting Laplacian matrices", 2010), solved by conjugate gradients.
"""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.faces.shapes import Array

EPSILON = 4e-5
STEPS = 40
ENOUGH = 2e-3


def solve_alpha(image: Array, guess: Array, trust: Array, radius: int = 2) -> Array:
    """The matte (h, w) float32 0..1 of `image` (h, w, 3) float32 0..1 that is nearest to `guess` by `trust`.

    `trust` (h, w) is the weight of the guess against the picture's own edges: large where it is certain.
    """
    laplacian = _Laplacian(image, radius)
    alpha = guess.astype(np.float32)
    rest = trust * guess - (laplacian.times(alpha) + trust * alpha)
    scale = 1 / (laplacian.diagonal + trust)
    way = scale * rest
    size = float((rest * way).sum())
    start = size
    for _ in range(STEPS):
        if size <= ENOUGH**2 * start:
            break
        product = laplacian.times(way) + trust * way
        length = size / float((way * product).sum())
        alpha += length * way
        rest -= length * product
        scaled = scale * rest
        size, before = float((rest * scaled).sum()), size
        way = scaled + size / before * way
    return np.clip(alpha, 0, 1)


class _Laplacian:
    """The matting Laplacian of a picture over square windows, divided by a window's pixels."""

    def __init__(self, image: Array, radius: int) -> None:
        self._side = (2 * radius + 1, 2 * radius + 1)
        self._image = image
        self._count = self._sum(np.ones(image.shape[:2], np.float32))
        self._mean = self._sum(image) / self._count[..., None]
        outer = np.einsum("hwi,hwj->hwij", image, image).reshape(*image.shape[:2], 9)
        halves = [self._sum(np.ascontiguousarray(outer[..., i : i + 3])) for i in (0, 3, 6)]
        spread = (np.concatenate(halves, -1) / self._count[..., None]).reshape(*image.shape[:2], 3, 3)
        spread -= np.einsum("hwi,hwj->hwij", self._mean, self._mean)
        spread += EPSILON * np.eye(3, dtype=np.float32)
        self._inverse = np.linalg.inv(spread)
        self.diagonal = self._count / self._side[0] ** 2 * 0.8

    def _sum(self, array: Array) -> Array:
        return cv2.boxFilter(array, -1, self._side, normalize=False, borderType=cv2.BORDER_CONSTANT)

    def times(self, alpha: Array) -> Array:
        """The product with `alpha` (h, w)."""
        mean = self._sum(alpha) / self._count
        shared = self._sum(self._image * alpha[..., None]) / self._count[..., None]
        slope = np.einsum("hwij,hwj->hwi", self._inverse, shared - self._mean * mean[..., None])
        level = mean - (slope * self._mean).sum(-1)
        fitted = (self._sum(slope) * self._image).sum(-1) + self._sum(level)
        done: Array = (self._count * alpha - fitted) / self._side[0] ** 2
        return done
