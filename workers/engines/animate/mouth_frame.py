"""The mouth's own coordinates and its inner contour, read from the picture.

`u` runs along the mouth, -1 and 1 at its corners; `v` runs down the face in the same unit, half a mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workers.engines.faces import points
from workers.engines.faces.shapes import Array, Landmarks

COLUMNS = np.linspace(-1, 1, 41).astype(np.float32)
PATCH_UNIT = 64
INTO_LIP = 0.022
PATCH_U, PATCH_V = 1.25, 0.9


@dataclass(frozen=True, slots=True)
class MouthFrame:
    """`centre` in pixels, `across` and `down` unit vectors, `unit` pixels for 1; curves over COLUMNS in v."""

    centre: Array
    across: Array
    down: Array
    unit: float
    upper: Array
    lower: Array
    upper_outer: Array
    lower_outer: Array

    def to_mouth(self, xy: Array) -> Array:
        """Pixels (…, 2) to (u, v)."""
        d = (xy - self.centre) / self.unit
        return np.stack([d @ self.across, d @ self.down], -1).astype(np.float32)

    def to_pixels(self, u: Array, v: Array) -> Array:
        """(u, v) to pixels (…, 2)."""
        step = np.multiply.outer(u, self.across) + np.multiply.outer(v, self.down)
        return (self.centre + self.unit * step).astype(np.float32)

    @property
    def gap(self) -> Array:
        """Distance of the inner lips over COLUMNS, in mouth units."""
        done: Array = np.maximum(self.lower - self.upper, 0)
        return done

    @property
    def open_in_photo(self) -> bool:
        """Whether the photo shows the lips apart."""
        return float(self.gap.max()) > 0.075


def find_mouth(picture: Array, face: Landmarks) -> MouthFrame:
    """The mouth of a BGR picture, its inner contour moved from the mesh onto the picture's own edges."""
    right, left = face.at(61, 291)
    eyes = face.at(points.LEFT_IRIS)[0] - face.at(points.RIGHT_IRIS)[0]
    across = (left - right) / np.linalg.norm(left - right) + eyes / np.linalg.norm(eyes)
    across = (across / np.linalg.norm(across)).astype(np.float32)
    down = np.array([-across[1], across[0]], np.float32)
    unit = float(np.linalg.norm(left - right)) / 2
    mesh = MouthFrame((right + left) / 2, across, down, unit, *(np.zeros_like(COLUMNS),) * 4)

    def curve(vertices: tuple[int, ...]) -> Array:
        uv = mesh.to_mouth(face.at(*vertices))
        return np.interp(COLUMNS, uv[:, 0], uv[:, 1]).astype(np.float32)

    lists = points.UPPER_LIP_INNER, points.LOWER_LIP_INNER, points.UPPER_LIP, points.LOWER_LIP
    upper, lower, upper_outer, lower_outer = (curve(vertices) for vertices in lists)
    patch = _patch(picture, mesh)
    upper, lower = _refine(patch, upper, lower, upper_outer, lower_outer)
    return MouthFrame(mesh.centre, across, down, unit, upper, lower, upper_outer, lower_outer)


def _patch(picture: Array, mouth: MouthFrame) -> Array:
    """The mouth in its own coordinates, Lab float32, PATCH_UNIT pixels a unit, its centre in the middle."""
    size = (int(2 * PATCH_U * PATCH_UNIT), int(2 * PATCH_V * PATCH_UNIT))
    there = np.stack([mouth.across, mouth.down], 1) * mouth.unit / PATCH_UNIT
    offset = mouth.centre - there @ np.array([PATCH_U * PATCH_UNIT, PATCH_V * PATCH_UNIT])
    move = np.concatenate([there, offset[:, None]], 1)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(picture, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_BGR2LAB).astype(np.float32), (0, 0), 1.0)


def _row(v: Array) -> Array:
    return (v + PATCH_V) * PATCH_UNIT


def _refine(patch: Array, upper: Array, lower: Array, above: Array, below: Array) -> tuple[Array, Array]:
    middle = slice(10, 31)
    if float((lower - upper)[middle].max()) > 0.1:
        upper, lower = _lip_edges(patch, upper, lower, above, below)
        if float((lower - upper)[middle].max()) > 0.075:
            return upper, lower
    seam = _darkest_path(patch[..., 0], (upper + lower) / 2)
    return seam, seam.copy()


def _darkest_path(light: Array, guess: Array) -> Array:
    """The dark line between closed lips near `guess`, by dynamic programming over columns; v over COLUMNS."""
    reach = np.arange(-0.16, 0.161, 1 / PATCH_UNIT)
    rows = _row(guess[:, None] + reach[None]).astype(np.float32)
    cols = np.broadcast_to(((COLUMNS + PATCH_U) * PATCH_UNIT)[:, None], rows.shape).astype(np.float32)
    cost = (
        cv2.remap(light, np.ascontiguousarray(cols), rows, cv2.INTER_LINEAR) + 90 * np.abs(reach)[None] ** 1.5
    )
    cost[np.abs(COLUMNS) > 0.93] *= 0.3
    total, back = cost.copy(), np.zeros(cost.shape, int)
    jump = 6 * np.abs(np.arange(-2, 3))
    for i in range(1, len(cost)):
        options = np.stack([np.roll(total[i - 1], -k) + jump[k + 2] for k in range(-2, 3)])
        back[i] = options.argmin(0) - 2
        total[i] += options.min(0)
    at = int(total[-1, 3:-3].argmin()) + 3
    path = np.zeros(len(cost))
    for i in range(len(cost) - 1, -1, -1):
        path[i] = reach[at]
        at = int(np.clip(at + back[i, at], 0, len(reach) - 1))
    smooth = np.convolve(np.pad(path, 3, "edge"), np.ones(7) / 7, "valid")
    return (guess + smooth).astype(np.float32)


def _lip_edges(patch: Array, upper: Array, lower: Array, above: Array, below: Array) -> tuple[Array, Array]:
    """Walk from inside the open mouth until the colour is nearer to the lip's than to the interior's."""
    middle = (upper + lower) / 2
    cols = ((COLUMNS + PATCH_U) * PATCH_UNIT).astype(int)

    def sample(v: Array) -> Array:
        done: Array = patch[np.clip(_row(v).astype(int), 0, patch.shape[0] - 1), cols]
        return done

    core = slice(13, 28)
    taper = np.clip((1 - np.abs(COLUMNS)) / 0.25, 0, 1)
    inner = np.median(sample(middle)[core], axis=0)
    found = []
    for edge, outer, sign in ((upper, above, -1), (lower, below, 1)):
        lip = np.median(sample((edge + outer) / 2)[core], axis=0)
        axis = (lip - inner) / max(float(((lip - inner) ** 2).sum()), 1e-3)
        reach = np.arange(-0.10, 0.14, 1 / PATCH_UNIT)
        likeness = np.stack([(sample(edge + sign * r) - inner) @ axis for r in reach], 1)
        first = np.where((likeness > 0.5).any(1), (likeness > 0.5).argmax(1), len(reach) // 2)
        shift = np.convolve(np.pad(reach[first], 4, "edge"), np.ones(9) / 9, "valid")
        found.append((edge + sign * shift * taper).astype(np.float32))
    found[0] -= INTO_LIP * taper
    found[1] += INTO_LIP * taper
    centre = (found[0] + found[1]) / 2
    return np.minimum(found[0], centre), np.maximum(found[1], centre)
