"""A puppet in its scene: pose warp, and the person laid over another background where one is wanted."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.beyond import fill_holes
from workers.engines.animate.framing import Stage
from workers.engines.animate.performance import Character, Frame
from workers.engines.animate.pose import Poser
from workers.engines.animate.puppet import Puppet
from workers.engines.faces.shapes import Array


class Scene:
    """Renders frames of one stage, over its own background or over `backdrop` (h, w, 3) uint8.

    Pictures have four channels inside, the fourth being the matte: OpenCV warps four twice as fast as three.
    """

    def __init__(self, stage: Stage, backdrop: Array | None = None) -> None:
        opaque = np.full(stage.matte.shape, 255, np.uint8)
        colour, cover = stage.picture, opaque
        if backdrop is not None:
            colour = decontaminated(stage.picture, stage.matte)
            cover = np.round(stage.matte * 255).astype(np.uint8)
        self._base: Array = np.dstack([colour, cover])
        self._puppet = Puppet(stage, self._base)
        self._poser = Poser(stage)
        self._backdrop = None if backdrop is None else np.dstack([backdrop, opaque[stage.frame]])
        self.character = Character(self._puppet.mouth.open_in_photo, self._puppet.has_glasses)
        self._moved: Array = self._base[stage.frame].copy()
        self._result = self._moved.copy()

    def render(self, frame: Frame) -> Array:
        """The picture (h, w, 4) uint8, BGR and a channel without meaning; valid until the next call."""
        self._base[self._puppet.rect.window] = self._puppet.render(frame.expression)
        self._poser.take(frame.pose)
        self._poser.warp(self._base, self._moved)
        return self._moved if self._backdrop is None else self._over(self._backdrop)

    def _over(self, backdrop: Array) -> Array:
        share = cv2.cvtColor(cv2.extractChannel(self._moved, 3), cv2.COLOR_GRAY2BGRA)
        share[..., 3] = 255
        front = cv2.multiply(self._moved, share, scale=1 / 255)
        behind = cv2.multiply(backdrop, cv2.bitwise_not(share), scale=1 / 255)
        return cv2.add(front, behind, dst=self._result)


def decontaminated(picture: Array, matte: Array) -> Array:
    """The person's colours continued under the matte's soft edge: no old background shines through."""
    sure = (cv2.erode(matte, np.ones((5, 5))) > 0.93).astype(np.float32)
    inner = fill_holes(picture, sure)
    share = np.clip((matte - 0.55) / 0.4, 0, 1)[..., None] * sure[..., None]
    share = np.maximum(share, sure[..., None])
    return np.clip(picture * share + inner * (1 - share), 0, 255).astype(np.uint8)
