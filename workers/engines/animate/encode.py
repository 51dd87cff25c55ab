"""Frames into an intermediate H.264 file: quick and nearly lossless, through a pipe to ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

from studio.errors import EngineDied
from workers.engines.faces.shapes import Array


class Encoder:
    """Writes BGRA uint8 frames (height, width, 4); use as a context manager. Sizes must be even."""

    def __init__(self, out: Path, width: int, height: int, fps: int) -> None:
        import imageio_ffmpeg

        # OpenCV converts to BT.601 in limited range, ten times as fast as ffmpeg would; the file says so.
        colours = "setparams=range=tv:colorspace=smpte170m:color_primaries=bt709:color_trc=bt709"
        raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
        codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "13", "-g", str(2 * fps), "-threads", "1"]
        command = [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *raw),
            *("-vf", colours, *codec, "-bitexact", "-f", "mp4", str(out)),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self) -> Encoder:
        return self

    def write(self, frame: Array) -> None:
        """Append one frame; raises EngineDied when ffmpeg is gone."""
        import cv2

        assert self._process.stdin is not None
        planes = cv2.cvtColor(frame, cv2.COLOR_BGRA2YUV_I420)
        try:
            self._process.stdin.write(planes.data)
        except BrokenPipeError as error:
            raise EngineDied(f"ffmpeg stopped: {self._last_words()}") from error

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._process.kill()
            self._process.communicate()
            return
        _, complaint = self._process.communicate()
        if self._process.returncode:
            raise EngineDied(f"ffmpeg stopped: {complaint.decode(errors='replace')[-300:]}")

    def _last_words(self) -> str:
        _, complaint = self._process.communicate()
        return complaint.decode(errors="replace")[-300:]
