"""How far a mouth is open in every frame, from a face mesh in some frames and pixels in all.

The mesh costs 18 ms a look, so it looks a few times a second. Everywhere the mouth's pixels, aligned by the
interpolated mesh, are reduced to the principal components of the frames looked at, and ridge regression
learns the opening from them.
"""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.faces.shapes import Array
from workers.engines.inspect.likeness import Template, fit_similarity

WIDE, HIGH = 32, 28
COMPONENTS, RIDGE = 6, 0.3


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
