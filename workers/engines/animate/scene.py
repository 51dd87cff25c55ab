"""A puppet in its scene: pose warp, and the person laid over another background where one is wanted."""

from __future__ import annotations

import cv2
import numpy as np

from workers.engines.animate.framing import Stage, fill_holes
from workers.engines.animate.performance import Character, Frame
from workers.engines.animate.pose import Poser
from workers.engines.animate.puppet import Puppet
from workers.engines.faces.shapes import Array


class Scene:
    """Renders frames of one stage, over its own background or over `backdrop` (h, w, 3) uint8."""

    def __init__(self, stage: Stage, backdrop: Array | None = None) -> None:
        self._puppet = Puppet(stage)
        self._poser = Poser(stage)
        self._backdrop = backdrop
        self.character = Character(self._puppet.mouth.open_in_photo, self._puppet.has_glasses)
        self._base = stage.picture.copy()
        if backdrop is not None:
            self._base = decontaminated(stage.picture, stage.matte)
            self._matte = np.ascontiguousarray((stage.matte * 255).astype(np.uint8))
            self._moved_matte = self._matte.copy()
            self._result = backdrop.copy()
        self._moved = self._base.copy()
        self._own = self._base[self._puppet.rect.window].copy()
        self._keep = stage.matte[self._puppet.rect.window] > 0.98

    def render(self, frame: Frame) -> Array:
        """The picture (h, w, 3) uint8, contiguous; valid until the next call."""
        face = self._puppet.render(frame.expression)
        window = self._puppet.rect.window
        if self._backdrop is None:
            self._base[window] = face
        else:
            self._base[window] = np.where(self._keep[..., None], face, self._own)
        self._poser.take(frame.pose)
        self._poser.warp(self._base, self._moved)
        if self._backdrop is None:
            return self._moved
        self._poser.warp(self._matte, self._moved_matte)
        return self._over()

    def _over(self) -> Array:
        assert self._backdrop is not None
        share = cv2.cvtColor(self._moved_matte, cv2.COLOR_GRAY2BGR)
        front = cv2.multiply(self._moved, share, scale=1 / 255)
        behind = cv2.multiply(self._backdrop, cv2.bitwise_not(share), scale=1 / 255)
        return cv2.add(front, behind, dst=self._result)


def decontaminated(picture: Array, matte: Array) -> Array:
    """The person's colours continued under the matte's soft edge, so that no old background shines through."""
    sure = (cv2.erode(matte, np.ones((3, 3))) > 0.93).astype(np.float32)
    inner = fill_holes(picture, sure)
    share = np.clip((matte - 0.55) / 0.4, 0, 1)[..., None] * sure[..., None]
    share = np.maximum(share, sure[..., None])
    return np.clip(picture * share + inner * (1 - share), 0, 255).astype(np.uint8)
