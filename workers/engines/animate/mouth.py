"""What is seen between parted lips: cavity, tongue, lower and upper teeth, in the light of the face."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.field import Rect
from workers.engines.animate.mouth_frame import COLUMNS, MouthFrame
from workers.engines.animate.teeth import REACH_U, REACH_V, draw_arch
from workers.engines.faces.shapes import Array, Landmarks

TYPICAL_SKIN = np.array([128, 156, 205], np.float32)
ENAMEL = np.array([206, 219, 226], np.float32)


class Interior:
    """Paints the inside of one face's mouth; all positions in pixels of the stage's picture."""

    def __init__(self, picture: Array, face: Landmarks, mouth: MouthFrame) -> None:
        self._mouth = mouth
        skin = _skin(picture, face)
        self._light = np.clip((skin / TYPICAL_SKIN) ** 0.65, 0.35, 1.12)
        lips = _lip_colour(picture, mouth, face)
        self._tongue = np.clip(0.5 * lips + 0.5 * np.array([98, 92, 168]) * self._light, 0, 255) * 0.80
        self._cavity = np.array([26, 21, 52], np.float32) * self._light
        self.seam = lips * np.array([0.34, 0.30, 0.42], np.float32)
        own = _own_teeth(picture, mouth)
        self._dim = 0.78 if own is None else 0.92
        enamel = (
            np.clip(ENAMEL * self._light**0.75, 0, 238) if own is None else np.clip(own[1] * 1.08, 0, 246)
        )
        self._lower = draw_arch(False, enamel.astype(np.float32), mouth.unit)
        centre = slice(17, 24)
        roof, floor = float(mouth.upper[centre].mean()), float(mouth.lower[centre].mean())
        self._seam_level = roof + 0.4 * max(floor - roof, 0.0)
        level = self._seam_level if own is None else max(roof + 0.02, floor - 0.12)
        whole = Rect(0, 0, picture.shape[1], picture.shape[0])
        self._uv = mouth.to_mouth(_pixels(whole))
        upper = draw_arch(True, enamel.astype(np.float32), mouth.unit)
        self._upper = self._placed(whole, upper, level)
        if own is not None:
            self._upper = _laid_over(self._upper, picture.astype(np.float32), own[0])

    def paint(self, rect: Rect, upper: Array, lower: Array, jaw: float, tongue: float) -> Array:
        """The interior over `rect` as (h, w, 3) float32; contours (41, 2) in pixels, `jaw` in mouth units.

        `tongue` 0..1 raises its tip behind the upper teeth.
        """
        us, vs = self._uv[(*rect.window, 0)], self._uv[(*rect.window, 1)]
        top, bottom = (self._mouth.to_mouth(curve) for curve in (upper, lower))
        roof = np.interp(us, top[:, 0], top[:, 1]).astype(np.float32)
        floor = np.interp(us, bottom[:, 0], bottom[:, 1]).astype(np.float32)
        gap = np.maximum(floor - roof, 0)
        widest = max(float((bottom[:, 1] - top[:, 1]).max()), 1e-3)
        image = (
            np.broadcast_to(self._cavity, (*us.shape, 3)) * (0.55 + 0.45 * _rise(vs - roof, 0.3))[..., None]
        )
        image = self._with_tongue(image, us, vs, float(bottom[20, 1]), widest, tongue)
        image = _over(image, self._placed(rect, self._lower, self._seam_level + 0.93 * jaw + 0.085))
        image = _over(image, self._upper[rect.window])
        light, corner = self._shade(us, vs, roof, gap, widest, top)
        done: Array = image * light * corner + 0.8 * self.seam * (1 - corner)
        return done

    def _with_tongue(
        self, image: Array, us: Array, vs: Array, floor: float, widest: float, tip: float
    ) -> Array:
        height = max(0.55 * widest, 0.07) + 0.30 * widest * tip
        reach = 0.66 - 0.12 * tip
        ball = (us / reach) ** 2 + ((vs - floor - 0.05) / height) ** 2
        cover = np.clip((1.0 - ball) * 2.2, 0, 1)[..., None] * (0.92 if widest > 0.05 else 0.0)
        groove = 1 - 0.14 * np.exp(-((us / 0.06) ** 2))
        glow = np.clip(0.70 + 0.42 * np.sqrt(np.clip(1 - ball, 0, 1)), 0, 1.08) * groove
        return image * (1 - cover) + self._tongue * glow[..., None] * cover

    def _placed(self, rect: Rect, arch: Array, level: float) -> Array:
        """An arch (h, w, 4) over `rect`, its v = 0 at `level`; premultiplied."""
        m = self._mouth
        height, width = arch.shape[:2]
        per = np.array([2 * REACH_U * m.unit / width, 2 * REACH_V * m.unit / height])
        turn = np.stack([m.across * per[0], m.down * per[1]], 1)
        centre = m.to_pixels(np.zeros(1), np.full(1, level))[0] - rect.origin
        offset = centre - turn @ (np.array([width, height]) / 2 - 0.5)
        move = np.concatenate([turn, offset[:, None]], 1)
        return cv2.warpAffine(arch, move, rect.size, flags=cv2.INTER_LINEAR)

    def _shade(
        self, us: Array, vs: Array, roof: Array, gap: Array, widest: float, top: Array
    ) -> tuple[Array, Array]:
        """Light falls in from the front: less under the upper lip and in narrow gaps, least at the ends."""
        under = self._dim + (1 - self._dim) * _rise(vs - roof, 0.09)
        left, right = float(top[0, 0]), float(top[-1, 0])
        nearness = np.minimum(us - left, right - us) / max(right - left, 1e-3)
        corner = 0.10 + 0.90 * _rise(nearness, 0.22) * _rise(gap, 0.032)
        narrow = 0.96 + 0.04 * min(widest / 0.22, 1.0)
        above_lip = 0.90 + 0.10 * _rise(gap - (vs - roof), 0.06)
        light = (under * above_lip * narrow)[..., None]
        return light * (1 - np.array([0.42, 0.16, 0.0], np.float32) * (1 - light)), corner[..., None]


def _over(image: Array, layer: Array) -> Array:
    """A premultiplied layer (h, w, 4) laid over an image."""
    done: Array = image * (1 - layer[..., 3:]) + layer[..., :3]
    return done


def _laid_over(layer: Array, colour: Array, share: Array) -> Array:
    """A premultiplied layer with `colour` over it where `share` (h, w) says so."""
    alpha = share[..., None]
    return np.concatenate(
        [layer[..., :3] * (1 - alpha) + colour * alpha, layer[..., 3:] * (1 - alpha) + alpha], -1
    )


def _rise(x: Array, reach: float) -> Array:
    t = np.clip(x / reach, 0, 1)
    return t * t * (3 - 2 * t)


def _pixels(rect: Rect) -> Array:
    xs, ys = np.meshgrid(np.arange(rect.x0, rect.x1), np.arange(rect.y0, rect.y1))
    return np.stack([xs, ys], -1).astype(np.float32)


def _skin(picture: Array, face: Landmarks) -> Array:
    """Median colour of the cheeks, BGR."""
    reach = max(2, int(face.eye_distance * 0.09))
    spots = [(int(x), int(y)) for x, y in face.at(50, 280)]
    height, width = picture.shape[:2]
    patches = [
        picture[max(y - reach, 0) : min(y + reach, height), max(x - reach, 0) : min(x + reach, width)]
        for x, y in spots
    ]
    done: Array = np.median(np.concatenate([patch.reshape(-1, 3) for patch in patches]), axis=0).astype(
        np.float32
    )
    return done


def _lip_colour(picture: Array, mouth: MouthFrame, face: Landmarks) -> Array:
    """Median colour of the lower lip, BGR."""
    core = slice(13, 28)
    v = (mouth.lower + mouth.lower_outer)[core] / 2
    xy = mouth.to_pixels(COLUMNS[core], v).round().astype(int)
    rows = np.clip(xy[:, 1], 0, picture.shape[0] - 1)
    cols = np.clip(xy[:, 0], 0, picture.shape[1] - 1)
    done: Array = np.median(picture[rows, cols], axis=0).astype(np.float32)
    return done


def _own_teeth(picture: Array, mouth: MouthFrame) -> tuple[Array, Array] | None:
    """Cover (h, w) of the teeth that the photo shows, and their colour; None when it shows none."""
    if float(mouth.gap.max()) < 0.12:
        return None
    outline = np.concatenate(
        [mouth.to_pixels(COLUMNS, mouth.upper), mouth.to_pixels(COLUMNS[::-1], mouth.lower[::-1])]
    )
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    inside = picture[mask > 200].astype(np.float32)
    if len(inside) < 20:
        return None
    light, spread = inside.mean(1), inside.max(1) - inside.min(1)
    bright = inside[(light > 95) & (spread < 0.42 * light)]
    if len(bright) < 0.35 * len(inside):
        return None
    reach = max(0.8, 0.03 * mouth.unit)
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3))).astype(np.float32) / 255, (0, 0), reach)
    enamel = np.percentile(bright, 75, axis=0).astype(np.float32)
    lit = np.clip(picture.astype(np.float32).mean(-1) / enamel.mean() * 4 - 2.2, 0, 1)
    lit = cv2.GaussianBlur(lit, (0, 0), 0.6 * reach)
    return np.clip(soft * 1.5 - 0.35, 0, 1) * lit, enamel
