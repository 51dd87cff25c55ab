"""Built-in background plates, drawn out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from studio.errors import MediaUnusable
from workers.engines.faces.shapes import Array

PLATES = ("office", "studio", "gradient", "night", "jet", "villa")


def draw_plate(name: str, width: int, height: int) -> Array:
    """The plate of that name as (height, width, 3) uint8 BGR; raises MediaUnusable for an unknown name."""
    if name not in PLATES:
        raise MediaUnusable(f"There is no background “{name}”; choose one of {', '.join(PLATES)}.")
    ys = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    top, bottom = np.array([70, 52, 40], np.float32), np.array([140, 120, 105], np.float32)
    return np.broadcast_to(top * (1 - ys) + bottom * ys, (height, width, 3)).astype(np.uint8).copy()


def cover(image: Array, width: int, height: int) -> Array:
    """A picture cut and scaled to fill the frame."""
    scale = max(width / image.shape[1], height / image.shape[0])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    large = cv2.resize(image, size, interpolation=way)
    y, x = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(large[y : y + height, x : x + width])
