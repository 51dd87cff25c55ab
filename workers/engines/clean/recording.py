"""Reading a voice sample from outside: hostile until measured, so limits come before decoding."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable, VoiceSampleUnusable

Samples = NDArray[np.float32]

RATE = 48_000
LEAST_S, MOST_S = 3.0, 600.0
QUIET_DB, FULL_SCALE, CLIPPED, CLIPPED_SHARE = -50.0, 0.98, 0.999, 0.002
PROBE_LIMIT_S, DECODE_LIMIT_S = 20.0, 120.0


def read_recording(path: Path) -> Samples:
    """Mono float samples at 48 kHz of any audio ffmpeg reads.

    Raises MediaUnusable for a file without sound; VoiceSampleUnusable for one too long, short, quiet or
    clipped.
    """
    seconds = _length(path)
    if seconds > MOST_S:
        minutes = seconds / 60
        raise VoiceSampleUnusable(
            f"This recording is {minutes:.0f} minutes long; ten minutes at most, one or two are plenty."
        )
    samples = _decoded(path)
    _check_length(len(samples) / RATE)
    _check_level(samples)
    return samples


def _check_length(seconds: float) -> None:
    if seconds < LEAST_S:
        raise VoiceSampleUnusable(
            f"This recording is only {seconds:.1f} seconds long; speak for at least {LEAST_S:.0f} seconds."
        )
    if seconds > MOST_S:
        raise VoiceSampleUnusable("This recording is too long; ten minutes at most, one or two are plenty.")


def _check_level(samples: Samples) -> None:
    level = 20 * np.log10(max(1e-9, float(np.sqrt(np.mean(samples**2)))))
    if level < QUIET_DB:
        raise VoiceSampleUnusable(
            "This recording is silent or nearly so; check the microphone and record again."
        )
    peak = float(np.abs(samples).max())  # over 1 when resampling rang at flattened peaks
    loud = np.abs(samples) >= min(FULL_SCALE, CLIPPED * max(0.9, peak))
    if float(np.mean(loud)) > CLIPPED_SHARE:
        raise VoiceSampleUnusable(
            "This recording is clipped: it was too loud for the microphone. "
            "Step back a little and record again."
        )


def _length(path: Path) -> float:
    """Seconds as the container says, 0.0 when it does not; raises MediaUnusable when there is no sound."""
    said = _ffmpeg(["-i", f"file:{path.resolve()}"], PROBE_LIMIT_S)[1].decode("utf-8", "replace")
    if not re.search(r"Stream #.*Audio:", said):
        raise MediaUnusable("This file holds no sound that can be read.")
    found = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", said)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def _decoded(path: Path) -> Samples:
    source = ["-v", "error", "-i", f"file:{path.resolve()}", "-map", "0:a:0", "-t", str(MOST_S + 1)]
    raw, said = _ffmpeg([*source, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "pipe:1"], DECODE_LIMIT_S)
    if not raw and said.strip():
        raise MediaUnusable("The sound in this file cannot be read.")
    return np.asarray(np.nan_to_num(np.frombuffer(raw[: len(raw) // 4 * 4], "<f4")), np.float32)


def _ffmpeg(arguments: list[str], limit_s: float) -> tuple[bytes, bytes]:
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe", *arguments]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MediaUnusable("This file takes too long to read.") from error
    return done.stdout, done.stderr
