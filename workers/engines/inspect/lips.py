"""How far a mouth is open in every frame, from a face mesh in some frames and pixels in all.

The mesh costs about 5 ms a look, so it looks a few times a second. Everywhere the mouth's pixels, aligned by the
interpolated mesh, are reduced to the principal components of the frames looked at, and ridge regression
learns the opening from them.

Whether lips follow their words is asked of the pixels alone, because a moustache hides the opening from the
mesh: if speech can be read off the mouth in one part of a shot, the same reading must hold in the others.
"""

from __future__ import annotations

import cv2
import numpy as np

from studio.lipsync import OFFSETS_S
from workers.engines.faces.shapes import Array
from workers.engines.inspect.likeness import Template, fit_similarity

WIDE, HIGH = 32, 28
COMPONENTS, RIDGE = 6, 0.3
TRAITS, FOLDS, SHRINK = 4, 6, 0.05
"""Of the reading: principal components, parts of a shot that are each predicted from the others, ridge."""


def patch(picture: Array, points: Array, template: Template) -> Array:
    """The mouth's pixels, WIDE x HIGH, flattened, free of brightness; `points` are RIGID in `picture`."""
    unit = WIDE / (1.5 * template.width)
    corner = template.mouth - np.array([WIDE / 2, HIGH * 0.3]) / unit
    there = fit_similarity(points, (template.rigid - corner) * unit)
    small = cv2.warpAffine(picture, there, (WIDE, HIGH), flags=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - small.mean()).ravel()


def opening(patches: Array, seen: Array, gaps: Array) -> Array:
    """The opening in every frame; `patches` (frames, pixels), `gaps` are the mesh's at the frames `seen`."""
    known = patches[seen] - patches[seen].mean(0)
    count = max(1, min(COMPONENTS, len(seen) // 3))
    _, vectors = np.linalg.eigh(known @ known.T)
    axes = vectors[:, ::-1][:, :count].T @ known
    parts = (patches - patches[seen].mean(0)) @ (axes / np.linalg.norm(axes, axis=1, keepdims=True)).T
    parts /= parts[seen].std(0) + 1e-6
    target = gaps - gaps.mean()
    weights = np.linalg.solve(parts[seen].T @ parts[seen] + RIDGE * np.eye(count), parts[seen].T @ target)
    return np.asarray(parts @ weights + gaps.mean())


def follow(patches: Array, wanted: Array, rate: int, fps: int) -> list[float]:
    """How well the mouth follows what speech wants of it at each of OFFSETS_S: correlations (-1..1).

    `patches` (frames, pixels); `wanted` has `rate` values a second. The correlation is that of the openings
    predicted part by part from the shot's other parts (cross-validated ridge regression).
    """
    traits = _traits(patches)
    moments = (np.arange(len(traits))[:, None] + 0.5) / fps - np.array(OFFSETS_S)
    targets = np.interp(moments * rate, np.arange(len(wanted)), wanted)
    predicted, count = np.zeros_like(targets), len(traits)
    for fold in range(FOLDS):
        start, stop = fold * count // FOLDS, (fold + 1) * count // FOLDS
        others = np.r_[0 : max(0, start - 3), min(count, stop + 3) : count]
        predicted[start:stop] = _predict(traits[others], targets[others], traits[start:stop])
    return [round(_correlation(predicted[:, at], targets[:, at]), 4) for at in range(len(OFFSETS_S))]


def _traits(patches: Array) -> Array:
    """The strongest TRAITS principal components of all frames, each of unit variance."""
    centred = patches - patches.mean(0)
    some = centred[:: max(1, len(centred) // 300)]
    _, vectors = np.linalg.eigh(some @ some.T)
    traits = centred @ (vectors[:, ::-1][:, :TRAITS].T @ some).T
    return np.asarray(traits / (traits.std(0) + 1e-9))


def _predict(known: Array, answers: Array, asked: Array) -> Array:
    mean = answers.mean(0)
    shrink = SHRINK * len(known) * np.eye(known.shape[1])
    centre = known.mean(0)
    weights = np.linalg.solve(
        (known - centre).T @ (known - centre) + shrink, (known - centre).T @ (answers - mean)
    )
    return np.asarray((asked - centre) @ weights + mean)


def _correlation(a: Array, b: Array) -> float:
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 1e-9 else 0.0
