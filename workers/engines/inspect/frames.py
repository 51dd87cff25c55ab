"""Reads the luma of every frame once, and finds freezes and black frames on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable

Array = NDArray[Any]

SAME = 0.02
"""Mean luma difference (0..255) up to which two frames show the same picture."""
BLACK = 24.0
STRIDE = 4


def read_frames(path: Path, rough: bool = False) -> Iterator[Any]:
    """All decoded frames (av.VideoFrame) in order; raises MediaUnusable.

    `rough` is good enough to tell stills and black: frames that no other refers to are left out, and H.264's
    deblocking too, which saves half.
    """
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as box:
            if not box.streams.video:
                raise MediaUnusable
            box.streams.video[0].thread_type = "SLICE"  # frame threads cost a sixth more in all
            if rough:
                box.streams.video[0].codec_context.options = {"skip_loop_filter": "all", "flags2": "+fast"}
                box.streams.video[0].codec_context.skip_frame = "NONREF"
            yield from box.decode(video=0)
    except FFmpegError as error:
        raise MediaUnusable from error


def luma(frame: Any) -> Array:
    """The Y plane of a YUV frame, (height, width) uint8, without a copy."""
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]


class Stillness:
    """Fed luma by luma, counts black frames and the longest run of identical ones.

    Frames left out between two that were seen count as the later one.
    """

    def __init__(self) -> None:
        self.black = 0
        self.frames = 0
        self._last: Array | None = None
        self._run = 0
        self._longest = 0

    def see(self, picture: Array, number: int = -1) -> None:
        """The next frame's luma, or that of frame `number`, counted from 0."""
        small = picture[::STRIDE, ::STRIDE].astype(np.int16)
        stands_for = max(1, number + 1 - self.frames)
        self.frames += stands_for
        self.black += stands_for * bool(small.mean() < BLACK)
        same = self._last is not None and float(np.abs(small - self._last).mean()) <= SAME
        self._run = self._run + stands_for if same else 0
        self._longest = max(self._longest, self._run)
        self._last = small

    def freeze_seconds(self, fps: float) -> float:
        """How long the picture stood still at most."""
        return self._longest / fps
