"""Dental arches drawn in mouth units, to be seen through an open mouth.

Widths follow the usual crown widths (central incisor 8.5 mm, lateral 6.5, canine 7.5; a mouth is about 50 mm
wide), foreshortened towards the corners.
"""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.faces.shapes import Array

UNIT = 160
REACH_U, REACH_V = 1.1, 0.7
UPPER_EDGES = (0.0, 0.30, 0.54, 0.74, 0.88, 0.97)
UPPER_DEPTHS = (0.125, 0.095, 0.115, 0.075, 0.05)
LOWER_EDGES = (0.0, 0.19, 0.39, 0.60, 0.77, 0.90)
LOWER_DEPTHS = (0.0, 0.0, 0.012, -0.02, -0.05)
GUM = np.array([118, 112, 176], np.float32)


def draw_arch(upper: bool, enamel: Array, unit: float) -> Array:
    """An arch as (h, w, 4) float32, premultiplied, `unit` pixels a mouth unit, centre in the middle.

    v = 0 is the parting of the lips; the upper arch hangs from above, the lower one stands from below.
    """
    us, vs = _plane()
    down = vs if upper else -vs
    edge, shade = _crowns(us, *((UPPER_EDGES, UPPER_DEPTHS) if upper else (LOWER_EDGES, LOWER_DEPTHS)))
    cover = np.clip((edge - down) * UNIT / 3 + 0.5, 0, 1) * (np.abs(us) < UPPER_EDGES[-1])
    neck = np.clip((-0.26 - down) / 0.05 - 0.5 * shade, 0, 1)[..., None]
    light = shade * _along(down, edge) * (1 - 0.62 * np.clip(np.abs(us), 0, 1) ** 2.2)
    if not upper:
        light = light * 0.86
    warm = np.array([1.25, 1.1, 1.0], np.float32)
    tint = np.clip(light[..., None], 0.03, 1.1) ** warm
    colour = enamel * tint * (1 - neck) + GUM * (enamel.mean() / 215) * tint * neck
    size = (max(4, round(2 * REACH_U * unit)), max(4, round(2 * REACH_V * unit)))
    layer = np.dstack([colour * cover[..., None], cover]).astype(np.float32)
    return cv2.resize(layer, size, interpolation=cv2.INTER_AREA)


def _plane() -> tuple[Array, Array]:
    across = np.arange(-REACH_U, REACH_U, 1 / UNIT, dtype=np.float32)
    down = np.arange(-REACH_V, REACH_V, 1 / UNIT, dtype=np.float32)
    us, vs = np.meshgrid(across, down)
    return us, vs


def _crowns(us: Array, edges: tuple[float, ...], depths: tuple[float, ...]) -> tuple[Array, Array]:
    """Where each crown ends (v) and how light it is, over the plane."""
    half = np.abs(us)
    edge, shade = np.full(us.shape, -1.0, np.float32), np.full(us.shape, 0.5, np.float32)
    for index, depth in enumerate(depths):
        a, b = edges[index], edges[index + 1]
        t = np.clip((half - a) / (b - a), 0, 1)
        within = (half >= a) & (half <= b)
        round_off = 0.045 * np.abs(2 * t - 1) ** 4
        edge = np.where(within, depth - round_off - 0.03 * half**2, edge)
        gap = np.exp(-(((1 - np.abs(2 * t - 1)) * (b - a) / 0.024) ** 2))
        curved = 1 - 0.09 * np.abs(2 * t - 1) ** 3 - 0.22 * gap
        shade = np.where(within, curved * (1 - 0.025 * index), shade)
    return edge, shade


def _along(down: Array, edge: Array) -> Array:
    """Light along a crown: brightest in its middle, a little translucent at its edge."""
    depth = edge - down
    return 1 - 0.10 * np.exp(-((depth / 0.035) ** 2)) - 0.10 * np.clip(depth / 0.4, 0, 1)
