"""A careful matte for a portrait: GrabCut (Rother, Kolmogorov, Blake 2004) after the network."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from workers.engines.faces.matte import guided_filter
from workers.engines.faces.shapes import Array

SIDE = 400
SEED = 7


def cut_out(image: Array, coarse: Array) -> Array:
    """The matte (h, w) float32 0..1 of a BGR uint8 picture from the network's `coarse` one; about 0.4 s."""
    scale = min(1.0, SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    decided = _decide(small, cv2.resize(coarse, small.shape[1::-1]))
    soft = cv2.resize(
        cv2.GaussianBlur(decided, (0, 0), 1.0), image.shape[1::-1], interpolation=cv2.INTER_CUBIC
    )
    trusted = np.clip((coarse - 0.30) / 0.40, 0, 1)
    mixed = (np.clip(0.35 * coarse + 0.65 * soft, 0, 1) * trusted).astype(np.float32)
    radius = max(3, round(max(image.shape[:2]) * 0.007))
    guided = guided_filter(image.astype(np.float32) / 255, mixed, radius, 2e-4)
    return np.clip((guided - 0.16) / 0.68, 0, 1).astype(np.float32)


def _decide(small: Array, coarse: Array) -> Array:
    """1 where GrabCut sees the person, starting from what `coarse` is sure of."""
    mask = np.where(coarse > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[cv2.erode((coarse > 0.9).astype(np.uint8), _disc(5)) > 0] = cv2.GC_FGD
    mask[cv2.dilate((coarse > 0.1).astype(np.uint8), _disc(7)) == 0] = cv2.GC_BGD
    if not (mask == cv2.GC_FGD).any() or not (mask == cv2.GC_BGD).any():
        return coarse
    cv2.setRNGSeed(SEED)
    models: tuple[Any, Any] = (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(small, mask, (0, 0, 1, 1), *models, 2, cv2.GC_INIT_WITH_MASK)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def _disc(radius: int) -> Array:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
