"""A careful matte for a portrait: the network, then GrabCut (Rother, Kolmogorov, Blake 2004), then matting."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from workers.engines.faces.matte import guided_filter
from workers.engines.faces.matting import solve_alpha
from workers.engines.faces.shapes import Array

SIDE = 440
SEED = 7
CERTAIN, DOUBT = 10.0, 0.2


Box = tuple[float, float, float, float]


def cut_out(image: Array, coarse: Array, face: Box | None = None) -> Array:
    """The matte (h, w) float32 0..1 of a BGR uint8 picture from the network's `coarse` one; about 1 s.

    `face` (x, y, width, height): above it hats are expected, which the network does not know well.
    """
    scale = min(1.0, SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    near = np.clip(cv2.resize(coarse, small.shape[1::-1], interpolation=cv2.INTER_AREA), 0, 1)
    inside, outside = _sure(near)
    if not inside.any() or not outside.any():
        return coarse
    decided = _decide(small, near, inside, outside)
    likely = _likely(near, decided)
    if face is not None:
        likely = np.maximum(likely, 0.95 * decided * _crown(small.shape[:2], face, scale))
    guess = np.where(inside, 1, np.where(outside, 0, likely)).astype(np.float32)
    doubt = DOUBT * (np.abs(guess - 0.5) * 2) ** 2
    trust = np.where(inside | outside, CERTAIN, doubt).astype(np.float32)
    alpha = np.minimum(solve_alpha(small.astype(np.float32) / 255, guess, trust), _reach(guess))
    alpha = cv2.resize(alpha, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    radius = max(2, round(max(image.shape[:2]) * 0.004))
    guided = guided_filter(image.astype(np.float32) / 255, np.clip(alpha, 0, 1), radius, 1e-4)
    return np.clip((guided - 0.18) / 0.68, 0, 1).astype(np.float32)


def _sure(coarse: Array) -> tuple[Array, Array]:
    """Where the network leaves no doubt: surely the person, surely not."""
    inside = cv2.erode((coarse > 0.93).astype(np.uint8), _disc(4), borderValue=1)
    outside = cv2.dilate((coarse > 0.08).astype(np.uint8), _disc(6))
    return inside > 0, outside == 0


def _likely(coarse: Array, decided: Array) -> Array:
    """What the band between is probably: the network's word, colour helps where it wavers."""
    word = np.clip((coarse - 0.35) / 0.5, 0, 1)
    done: Array = 0.55 * word + 0.45 * decided * np.clip((coarse - 0.35) / 0.2, 0, 1)
    return done


def _crown(shape: tuple[int, ...], face: Box, scale: float) -> Array:
    """1 above the forehead, where colour is trusted more than the network; softly 0 around it."""
    x, y, width, height = (scale * value for value in face)
    ys, xs = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    away = np.hypot((xs - x - 0.5 * width) / (0.5 * width), (ys - y + 0.1 * height) / (0.75 * height))
    done: Array = np.clip((1 - away) * 4, 0, 1)
    return done


def _reach(guess: Array) -> Array:
    """1 up to a hair's breadth around what is probably the person, thin spikes left out."""
    solid = cv2.morphologyEx(np.clip(guess * 2 - 0.5, 0, 1), cv2.MORPH_OPEN, _disc(4))
    return np.clip(cv2.GaussianBlur(cv2.dilate(solid, _disc(3)), (0, 0), 1.0), 0, 1)


def _decide(small: Array, coarse: Array, inside: Array, outside: Array) -> Array:
    """1 where GrabCut sees the person."""
    mask = np.where(coarse > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[inside], mask[outside] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(SEED)
    models: tuple[Any, Any] = (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(small, mask, (0, 0, 1, 1), *models, 2, cv2.GC_INIT_WITH_MASK)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def _disc(radius: int) -> Array:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
