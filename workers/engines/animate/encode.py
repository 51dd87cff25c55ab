"""Frames into an intermediate H.264 file: quick and nearly lossless, through a pipe to ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

from studio.errors import EngineDied
from workers.engines.faces.shapes import Array


class Encoder:
    """Writes BGR uint8 frames (height, width, 3); use as a context manager."""

    def __init__(self, out: Path, width: int, height: int, fps: int) -> None:
        import imageio_ffmpeg

        source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
        convert = "scale=in_range=pc:out_range=tv:out_color_matrix=bt709:flags=fast_bilinear,format=yuv420p"
        tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
        codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-g", str(2 * fps), "-threads", "1"]
        command = [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *source, "-vf", convert),
            *(*codec, *tags, "-bitexact", "-f", "mp4", str(out)),
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self) -> Encoder:
        return self

    def write(self, frame: Array) -> None:
        """Append one contiguous frame; raises EngineDied when ffmpeg is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame.data)
        except BrokenPipeError as error:
            raise EngineDied(f"ffmpeg stopped: {self._last_words()}") from error

    def __exit__(self, kind: object, *_: object) -> None:
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
