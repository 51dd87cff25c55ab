"""Thin frames around scans and screenshots, which must not be mirrored or seen beside a speaker."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]

WIDEST = 0.025
UNLIKE = 14.0


def without_frame(image: Pixels, alpha: Pixels | None) -> tuple[Pixels, Pixels | None]:
    """The picture (h, w, 3) and its alpha (h, w) without lines at their edges that are unlike what lies within."""
    top, bottom = _depth(image), _depth(image[::-1])
    across = image.transpose(1, 0, 2)
    left, right = _depth(across), _depth(across[::-1])
    window = slice(top, image.shape[0] - bottom), slice(left, image.shape[1] - right)
    return np.ascontiguousarray(image[window]), None if alpha is None else alpha[window]


def _depth(image: Pixels) -> int:
    """How many of the first rows belong to a frame."""
    reach = max(2, round(WIDEST * image.shape[0]))
    rows = cv2.blur(image[: 3 * reach + 1].astype(np.float32), (5, 1))
    steps = np.abs(rows - rows[reach]).mean((1, 2))
    usual = float(np.median(steps[reach + 1 :]))
    framed = np.flatnonzero(steps[:reach] > 2.0 * usual + UNLIKE)
    return int(framed[-1]) + 3 if len(framed) else 0
