"""What a frame shows beyond the photo: its background mirrored and ever softer, and the shoulders let fall."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.bases import ease
from workers.engines.faces.shapes import Array

SLOPE = 0.45
TINY = 96


def continue_photo(
    picture: Array, matte: Array, move: Array, framed: Array, there: Array
) -> tuple[Array, Array]:
    """The stage's picture (h, w, 3) uint8 and matte (h, w), continued beyond the photo's sides and top.

    `picture`, `matte` are the photo's, `move` (2, 3) leads from its pixels to the stage's; `framed` and `there`
    are both on the stage, beyond the photo mirrored. A photo without anything beyond comes back as it was.
    """
    height, width = there.shape
    left, top = (float(value) for value in move[:, 2])
    right = left + picture.shape[1] * float(move[0, 0])
    xs, ys = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    side = np.maximum(np.maximum(left + 1 - xs, xs + 2 - right), 0)
    away = np.maximum(side, np.maximum(top + 1 - ys, 0))
    if not (away > 0).any():
        return framed, there
    body, cover = _fallen(framed, there, side, (left, right))
    cover = cover * ease(0.0, 0.008 * height, ys - top)
    back = _softer(framed, there, _far(picture, matte, move, width, height), away)
    share = (cover * (away > 0))[..., None]
    outside = back * (1 - share) + body * share
    done = np.where(away[..., None] > 0, outside, framed)
    return np.clip(done, 0, 255).astype(np.uint8), cover.astype(np.float32)


def _fallen(framed: Array, there: Array, side: Array, edges: tuple[float, float]) -> tuple[Array, Array]:
    """The person beyond the photo's sides: cut shoulders slope down and round off; picture and matte."""
    height, width = there.shape
    slopes = [_slope(there, edges[0], 1, height), _slope(there, edges[1], -1, height)]
    middle = sum(edges) / 2
    fall = np.where(np.arange(width)[None] < middle, *slopes) * side + side**2 / (0.30 * height)
    fall = fall.astype(np.float32)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at_edge = np.clip(columns, max(edges[0] + 3, 0), min(edges[1] - 4, width - 1)).astype(np.float32)
    cover = cv2.remap(there, at_edge, rows - fall, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inward = cv2.remap(
        framed, 2 * at_edge - columns, rows - 0.5 * fall, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    plain = cv2.remap(framed, at_edge, rows - fall, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    same = cv2.remap(
        there, 2 * at_edge - columns, rows - 0.5 * fall, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    same = same[..., None]
    return inward * same + cv2.GaussianBlur(plain, (0, 0), 0.006 * height) * (1 - same), cover


def _slope(there: Array, edge: float, inward: int, height: int) -> float:
    """How steeply a shoulder falls towards the photo's side at column `edge`, in rows a column."""
    step = max(3, round(0.03 * height))
    columns = [int(np.clip(edge + inward * away, 0, there.shape[1] - 1)) for away in (4, 4 + step)]
    tops = [
        float(np.argmax(column > 0.5)) if (column > 0.5).any() else None for column in there[:, columns].T
    ]
    if tops[0] is None or tops[1] is None:
        return SLOPE
    return float(np.clip((tops[0] - tops[1]) / step, SLOPE, 4.0))


def _softer(framed: Array, there: Array, far: Array, away: Array) -> Array:
    """The mirrored background without the person, out of focus the more the farther from the photo."""
    height, width = there.shape
    side = 2 * max(2, round(0.012 * height)) + 1
    person = _blurred(cv2.dilate(there, np.ones((side, side))), 0.012 * height)[..., None]
    near = framed * (1 - person) + far * person
    reach = max(width, height)
    soft = _blurred(near, 0.014 * reach)
    first, second = (ease(*span, away / reach)[..., None] for span in ((0.0, 0.05), (0.02, 0.20)))
    image = near * (1 - first) + soft * first
    image = image * (1 - second) + far * second
    done: Array = image + _grain(framed, there) * np.maximum(first, second)
    return done


def _blurred(image: Array, sigma: float) -> Array:
    """A wide Gaussian blur, made at a quarter of the size."""
    quarter = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    quarter = cv2.GaussianBlur(quarter, (0, 0), max(0.5, sigma / 4))
    done: Array = cv2.resize(quarter, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return done


def _grain(framed: Array, there: Array) -> Array:
    """Noise as strong as the photo's own in its background, (h, w, 1)."""
    grey = framed.mean(-1, dtype=np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[there < 0.05]
    strength = 1.6 * float(np.median(fine)) if fine.size > 50 else 1.0
    noise = np.random.default_rng(1).normal(0, min(strength, 5.0) + 0.5, grey.shape).astype(np.float32)
    done: Array = cv2.GaussianBlur(noise, (0, 0), 0.6)[..., None] * 1.6
    return done


def _far(picture: Array, matte: Array, move: Array, width: int, height: int) -> Array:
    """The background alone, without the person, blurred and continued beyond the photo; float32."""
    small = TINY / max(picture.shape[:2])
    weight: Array = np.clip(1 - 1.6 * matte, 0, 1)
    weight = cv2.resize(weight, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
    weight = cv2.erode(weight, np.ones((3, 3)))
    soft = fill_holes(cv2.resize(picture, weight.shape[::-1], interpolation=cv2.INTER_AREA), weight)
    soft = cv2.copyMakeBorder(soft, TINY, TINY, TINY, TINY, cv2.BORDER_REFLECT_101)
    soft = cv2.GaussianBlur(soft, (0, 0), 7)
    grown = np.array(move, np.float64)
    grown[:, :2] /= small
    grown[:, 2] -= grown[0, 0] * TINY
    size = (width, height)
    far: Array = cv2.warpAffine(soft, grown, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return far


def fill_holes(picture: Array, weight: Array) -> Array:
    """Fill where `weight` (0..1) is 0 from around it, by blurs of growing radius; float32 (h, w, 3)."""
    known = weight[..., None] * picture.astype(np.float32)
    total = known.copy()
    mass = weight.copy()
    for sigma in (1.5, 4, 10, 24, 60):
        blurred = cv2.GaussianBlur(known, (0, 0), sigma)
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        need = np.clip(1 - mass, 0, 1) * np.clip(share * 12, 0, 1) / np.maximum(share, 1e-4)
        total += blurred * need[..., None]
        mass += share * need
    return total / np.maximum(mass, 1e-4)[..., None]
