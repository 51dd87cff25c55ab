"""Runs the one ffmpeg that imageio-ffmpeg carries: local files only, bounded threads, our errors."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.errors import DiskFull

INPUT_GUARD = ("-protocol_whitelist", "file,pipe")


def run_ffmpeg(
    args: Sequence[str | Path],
    *,
    folder: Path | None = None,
    threads: int = 2,
    frames: int = 0,
    progress: Callable[[float], None] | None = None,
) -> str:
    """Run ffmpeg with `args` (inputs to output) in `folder` and return what it printed.

    With `frames` (the output's length) `progress` hears 0..1. Raises DiskFull, or RuntimeError with the last
    lines of its log.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-nostats", "-y", "-progress", "pipe:1"]
    for arg in args:
        command += [*INPUT_GUARD, "-i"] if arg == "-i" else [str(arg)]
    command[-1:-1] = ["-threads", str(threads), "-filter_threads", str(threads)]
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder, text=True) as process:
            for line in process.stdout or ():
                if progress and frames and line.startswith("frame="):
                    progress(min(1.0, int(line[6:]) / frames))
        log.seek(0)
        said = log.read().decode(errors="replace")
    if process.returncode:
        if "No space left on device" in said or "Disk quota exceeded" in said:
            raise DiskFull
        raise RuntimeError(f"ffmpeg ended with {process.returncode}: " + " | ".join(said.splitlines()[-4:]))
    return said
