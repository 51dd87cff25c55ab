"""The dark corners of a smile: skin grown over them, or they would stay when the lips close."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.animate.beyond import fill_holes
from workers.engines.animate.field import grid_of, rect_around
from workers.engines.animate.mouth_frame import COLUMNS, MouthFrame
from workers.engines.faces.shapes import Array


def lit_corners(picture: Array, mouth: MouthFrame) -> Array:
    """The picture (h, w, 3) uint8 with the shade beyond the inner lips' ends replaced by lip and skin around."""
    height, width = picture.shape[:2]
    low = float(mouth.upper.min()) - 0.5
    spots = mouth.to_pixels(np.array([-1.5, 1.5, -1.5, 1.5]), np.array([low, low, 0.9, 0.9]))
    rect = rect_around(spots, 0, width, height)
    part = picture[rect.window].astype(np.float32)
    uv = mouth.to_mouth(grid_of(rect, 1)[: part.shape[0], : part.shape[1]])
    u, v = np.abs(uv[..., 0]), uv[..., 1]
    roof, floor = (np.interp(uv[..., 0], COLUMNS, curve) for curve in (mouth.upper, mouth.lower))
    inside = ease(-0.03, 0.0, np.minimum(v - roof, floor - v)) * (u < 1)
    light = part.mean(-1)
    corner = np.exp(-(((u - 0.96) / 0.30) ** 4)) * np.exp(-(((v - (roof + floor) / 2) / 0.24) ** 4))
    usual = cv2.GaussianBlur(cv2.dilate(light.astype(np.float32), np.ones((5, 5))), (0, 0), 0.15 * mouth.unit)
    dark = (1 - ease(0.62, 0.88, light / np.maximum(usual, 1))) * corner
    grown = fill_holes(part, (1 - np.maximum(inside, dark > 0.15)).astype(np.float32))
    share = cv2.GaussianBlur(cv2.dilate(dark.astype(np.float32), np.ones((3, 3))), (0, 0), 0.8)[..., None]
    done = picture.copy()
    done[rect.window] = np.clip(part * (1 - share) + grown * share, 0, 255).astype(np.uint8)
    return done
