"""Built-in background plates, far out of focus; drawn in linear light, so that lamps bloom into discs."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from studio.errors import MediaUnusable
from workers.engines.faces.shapes import Array

Colour = tuple[float, float, float]


BOOKS: tuple[Colour, ...] = (
    (0.34, 0.30, 0.24),
    (0.20, 0.09, 0.06),
    (0.07, 0.10, 0.15),
    (0.42, 0.36, 0.26),
    (0.10, 0.12, 0.09),
    (0.26, 0.17, 0.08),
)


class Canvas:
    """A picture in linear light, (h, w, 3) float32 RGB; coordinates 0..1 across and 0..1 down."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.width, self.height = width, height
        self.light: Array = np.zeros((height, width, 3), np.float32)
        self.rng = np.random.default_rng(seed)
        self.aspect = width / height

    def wash(self, stops: list[tuple[float, Colour]]) -> None:
        """A vertical gradient through these (position, colour) stops."""
        ys = np.linspace(0, 1, self.height)
        at = [stop[0] for stop in stops]
        column = np.stack([np.interp(ys, at, [stop[1][k] for stop in stops]) for k in range(3)], -1)
        self.light[:] = column[:, None].astype(np.float32)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """A filled rectangle."""
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self.shape(corners, colour)

    def shape(self, corners: list[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon."""
        dots = np.array([(x * self.width * 16, y * self.height * 16) for x, y in corners])
        cv2.fillPoly(self.light, [np.round(dots).astype(np.int32)], colour, lineType=cv2.LINE_AA, shift=4)

    def glow(self, x: float, y: float, reach: float, colour: Colour, squeeze: float = 1.0) -> None:
        """Add soft light around a spot; `reach` as a share of the height, `squeeze` < 1 flattens it."""
        ys, xs = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        dx = (xs / self.width - x) * self.aspect / reach
        dy = (ys / self.height - y) / (reach * squeeze)
        self.light += np.exp(-(dx * dx + dy * dy))[..., None] * np.array(colour, np.float32)

    def lamps(self, spots: list[tuple[float, float]], size: float, colours: list[Colour]) -> None:
        """Small bright points that become discs out of focus."""
        for index, (x, y) in enumerate(spots):
            colour = colours[index % len(colours)]
            radius = max(1, round(size * self.height))
            cv2.circle(self.light, (round(x * self.width), round(y * self.height)), radius, colour, -1)

    def defocus(self, radius: float) -> None:
        """Blur with a lens's round aperture, `radius` as a share of the height."""
        size = max(3, 2 * round(radius * self.height) + 1)
        disc: Array = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)).astype(np.float32)
        disc = cv2.GaussianBlur(disc, (0, 0), max(0.6, size * 0.03))
        self.light = cv2.filter2D(self.light, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)

    def developed(self) -> Array:
        """The picture as BGR uint8: filmic shoulder, gamma, vignette, a little grain."""
        ys, xs = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        away = ((xs / self.width - 0.5) ** 2 + (ys / self.height - 0.5) ** 2) / 0.5
        light = self.light * (1 - 0.30 * away)[..., None]
        toned = np.clip(1 - np.exp(-1.25 * np.clip(light, 0, None)), 0, 1) ** (1 / 2.2)
        grain = self.rng.normal(0, 0.006, (self.height, self.width, 1)).astype(np.float32)
        return np.ascontiguousarray((np.clip(toned + grain, 0, 1) * 255).astype(np.uint8)[..., ::-1])


def _office(c: Canvas) -> None:
    """A glass-walled office in the morning: windows on the left, shelves and a plant on the right."""
    c.wash(
        [
            (0, (0.42, 0.40, 0.37)),
            (0.62, (0.34, 0.31, 0.28)),
            (0.63, (0.16, 0.13, 0.11)),
            (1, (0.09, 0.075, 0.065)),
        ]
    )
    for k in range(4):
        x = -0.06 + 0.155 * k
        c.box(x, 0.04, x + 0.135, 0.60, (1.05 - 0.06 * k, 1.15 - 0.07 * k, 1.25 - 0.08 * k))
        c.box(x, 0.40, x + 0.135, 0.60, (0.62, 0.72, 0.70))
    for k in range(9):
        x, tall = 0.01 + 0.065 * k, 0.10 + 0.14 * c.rng.random()
        c.box(x, 0.60 - tall, x + 0.04, 0.60, (0.40, 0.47, 0.55))
    for k in range(5):
        c.box(-0.075 + 0.155 * k, 0.0, -0.055 + 0.155 * k, 0.62, (0.20, 0.19, 0.18))
    c.box(0.62, 0.10, 0.99, 0.64, (0.22, 0.155, 0.10))
    for row in range(4):
        top = 0.13 + 0.13 * row
        c.box(0.635, top, 0.975, top + 0.105, (0.11, 0.08, 0.055))
        x = 0.645
        while x < 0.95:
            wide, tall = 0.010 + 0.018 * c.rng.random(), 0.05 + 0.045 * c.rng.random()
            red, green, blue = BOOKS[int(c.rng.integers(len(BOOKS)))]
            c.box(x, top + 0.105 - tall, x + wide, top + 0.105, (red, green, blue))
            x += wide + (0.004 if c.rng.random() < 0.8 else 0.05)
    for k in range(26):
        angle, reach = c.rng.uniform(-2.9, -0.2), c.rng.uniform(0.06, 0.22)
        x, y = 0.57 + reach * np.cos(angle) / c.aspect * 0.8, 0.60 + reach * np.sin(angle)
        c.shape(
            [(0.57, 0.62), (x - 0.012, y), (x, y - 0.03), (x + 0.014, y + 0.01)],
            (0.10, 0.20 + 0.01 * (k % 7), 0.08),
        )
    c.box(-0.1, 0.80, 1.1, 1.1, (0.20, 0.145, 0.10))
    c.glow(0.20, 0.30, 0.55, (0.30, 0.31, 0.32))
    c.lamps([(0.70, 0.05), (0.84, 0.04), (0.97, 0.055)], 0.016, [(7, 5.6, 3.6)])
    c.defocus(0.030)


def _studio(c: Canvas) -> None:
    """A grey paper roll with one soft light behind the subject."""
    c.wash([(0, (0.085, 0.09, 0.10)), (0.75, (0.12, 0.125, 0.135)), (1, (0.06, 0.062, 0.07))])
    c.glow(0.5, 0.44, 0.62, (0.40, 0.40, 0.41))
    c.glow(0.22, 0.30, 0.40, (0.05, 0.06, 0.085))
    c.glow(0.85, 0.75, 0.45, (0.055, 0.04, 0.03))


def _gradient(c: Canvas) -> None:
    """A calm blue-violet sweep."""
    c.wash([(0, (0.030, 0.055, 0.16)), (0.55, (0.075, 0.085, 0.26)), (1, (0.020, 0.022, 0.075))])
    c.glow(0.20, 0.25, 0.60, (0.045, 0.12, 0.22))
    c.glow(0.82, 0.62, 0.60, (0.17, 0.055, 0.16))
    c.glow(0.55, 0.10, 0.40, (0.02, 0.06, 0.12), 0.7)


def _night(c: Canvas) -> None:
    """A city at night from high up: lights in rows, a red and a green one among them."""
    c.wash(
        [
            (0, (0.006, 0.010, 0.028)),
            (0.42, (0.016, 0.022, 0.050)),
            (0.56, (0.050, 0.042, 0.050)),
            (1, (0.010, 0.010, 0.018)),
        ]
    )
    for _ in range(24):
        x, wide = c.rng.uniform(-0.05, 1.0), c.rng.uniform(0.04, 0.11)
        top = 0.62 - c.rng.uniform(0.05, 0.42) * c.rng.random() ** 0.6
        shade = c.rng.uniform(0.006, 0.022)
        c.box(x, top, x + wide, 0.80, (shade, shade * 1.15, shade * 1.6))
        for _ in range(int(c.rng.integers(1, 7))):
            spot = (c.rng.uniform(x, x + wide), c.rng.uniform(top + 0.02, 0.74))
            warm = c.rng.uniform(0.6, 1.0)
            c.lamps([spot], 0.0035, [(9 * warm, 6.2 * warm, 2.9 * warm**2)])
    street = [(c.rng.random(), 0.62 + 0.3 * c.rng.random() ** 1.6) for _ in range(64)]
    warm_lights = [(13.0, 7.6, 2.8), (10.0, 6.8, 3.6), (7.0, 7.4, 8.6), (14.0, 4.4, 1.6)]
    c.lamps(street, 0.0042, warm_lights)
    c.lamps(
        [(c.rng.random(), 0.66 + 0.2 * c.rng.random()) for _ in range(5)],
        0.004,
        [(12, 0.9, 0.7), (1.2, 8, 4)],
    )
    c.glow(0.5, 0.62, 0.35, (0.050, 0.034, 0.022), 0.4)
    c.defocus(0.026)


def _jet(c: Canvas) -> None:
    """The cabin of a private jet: oval windows with daylight, cream panels, warm strip light."""
    c.wash(
        [
            (0, (0.50, 0.45, 0.38)),
            (0.22, (0.62, 0.56, 0.48)),
            (0.66, (0.46, 0.40, 0.33)),
            (1, (0.15, 0.115, 0.085)),
        ]
    )
    c.box(-0.1, 0.0, 1.1, 0.10, (0.36, 0.32, 0.27))
    c.box(-0.1, 0.10, 1.1, 0.125, (1.9, 1.55, 1.05))
    gap = 0.42 / max(c.aspect, 0.75)
    for k in range(-2, 4):
        x = 0.5 + (k - 0.5) * gap
        _window(c, x, 0.37, 0.105, 0.165)
    c.shape([(-0.1, 0.64), (1.1, 0.62), (1.1, 0.68), (-0.1, 0.70)], (0.20, 0.105, 0.055))
    for x in (0.06, 0.90):
        c.shape(
            [
                (x - 0.10, 1.1),
                (x - 0.08, 0.70),
                (x - 0.03, 0.63),
                (x + 0.07, 0.63),
                (x + 0.12, 0.70),
                (x + 0.15, 1.1),
            ],
            (0.50, 0.41, 0.31),
        )
        c.box(x - 0.03, 0.58, x + 0.07, 0.68, (0.60, 0.50, 0.39))
    c.glow(0.5, 0.12, 0.5, (0.16, 0.12, 0.07), 0.35)
    c.defocus(0.026)


def _window(c: Canvas, x: float, y: float, half: float, tall: float) -> None:
    """An oval window with sky, cloud and a lit frame; sizes as shares of the height."""
    centre = (round(x * c.width), round(y * c.height))
    for grow, colour in ((1.22, (0.78, 0.72, 0.63)), (1.10, (0.30, 0.27, 0.24))):
        size = (round(half * grow * c.height), round(tall * grow * c.height))
        cv2.ellipse(c.light, centre, size, 0, 0, 360, colour, -1, cv2.LINE_AA)
    mask = np.zeros((c.height, c.width), np.uint8)
    cv2.ellipse(
        mask, centre, (round(half * c.height), round(tall * c.height)), 0, 0, 360, 255, -1, cv2.LINE_AA
    )
    ys = np.clip((np.arange(c.height) / c.height - (y - tall)) / (2 * tall), 0, 1)
    stops = [0.0, 0.45, 0.62, 1.0]
    sky = np.stack(
        [
            np.interp(ys, stops, values)
            for values in ((0.55, 1.1, 2.3, 1.9), (0.95, 1.5, 2.3, 1.95), (1.9, 2.2, 2.4, 2.1))
        ],
        -1,
    )
    share = mask[..., None].astype(np.float32) / 255
    c.light = (c.light * (1 - share) + sky[:, None].astype(np.float32) * share).astype(np.float32)


def _villa(c: Canvas) -> None:
    """A terrace at golden hour: sun low over the sea, palms, a pale column."""
    c.wash(
        [
            (0, (0.24, 0.33, 0.52)),
            (0.30, (0.62, 0.50, 0.45)),
            (0.46, (1.45, 0.80, 0.36)),
            (0.47, (0.34, 0.31, 0.33)),
            (0.66, (0.10, 0.15, 0.19)),
            (1, (0.20, 0.16, 0.13)),
        ]
    )
    c.glow(0.76, 0.42, 0.13, (4.5, 2.5, 0.9))
    c.glow(0.76, 0.42, 0.50, (0.60, 0.28, 0.08), 0.7)
    for k in range(60):
        y = 0.475 + 0.18 * c.rng.random()
        x = 0.76 + c.rng.normal(0, 0.03 + 0.35 * (y - 0.47))
        c.box(x - 0.012, y, x + 0.012, y + 0.004, (3.2 - 0.02 * k, 1.7, 0.6))
    c.shape([(-0.1, 0.47), (0.06, 0.41), (0.20, 0.44), (0.36, 0.47)], (0.14, 0.13, 0.17))
    for x, top in ((0.16, 0.16), (0.33, 0.25), (0.95, 0.12)):
        _palm(c, x, top)
    c.box(-0.1, 0.66, 1.1, 0.685, (0.62, 0.50, 0.38))
    for k in range(22):
        c.box(-0.02 + 0.05 * k, 0.685, 0.004 + 0.05 * k, 0.82, (0.50, 0.40, 0.31))
    c.box(-0.1, 0.82, 1.1, 0.85, (0.58, 0.46, 0.35))
    c.box(-0.03, -0.1, 0.075, 1.1, (0.52, 0.43, 0.35))
    c.box(0.045, -0.1, 0.075, 1.1, (0.82, 0.62, 0.42))
    c.defocus(0.024)


def _palm(c: Canvas, x: float, top: float) -> None:
    c.shape([(x - 0.006, 0.68), (x - 0.003, top), (x + 0.006, top), (x + 0.014, 0.68)], (0.09, 0.065, 0.05))
    for angle in np.linspace(-3.3, 0.15, 11):
        reach = 0.13 + 0.05 * c.rng.random()
        tip = (x + reach * np.cos(angle) / c.aspect, top + reach * np.sin(angle) * 0.75 + 0.07)
        bend = (x + 0.6 * reach * np.cos(angle) / c.aspect, top + 0.7 * reach * np.sin(angle) - 0.01)
        c.shape([(x, top + 0.01), bend, tip, (bend[0], bend[1] + 0.028)], (0.055, 0.085, 0.045))


_DRAWN: dict[str, Callable[[Canvas], None]] = {
    "office": _office,
    "studio": _studio,
    "gradient": _gradient,
    "night": _night,
    "jet": _jet,
    "villa": _villa,
}
PLATES = tuple(_DRAWN)


def draw_plate(name: str, width: int, height: int) -> Array:
    """The plate of that name as (height, width, 3) uint8 BGR; raises MediaUnusable for an unknown name."""
    if name not in _DRAWN:
        raise MediaUnusable(f"There is no background “{name}”; choose one of {', '.join(PLATES)}.")
    canvas = Canvas(width, height, seed=len(name))
    _DRAWN[name](canvas)
    return canvas.developed()


def cover(image: Array, width: int, height: int) -> Array:
    """A picture cut and scaled to fill the frame."""
    scale = max(width / image.shape[1], height / image.shape[0])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    large = cv2.resize(image, size, interpolation=way)
    y, x = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(large[y : y + height, x : x + width])
