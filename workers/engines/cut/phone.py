"""A cut made small and simple enough for a chat on a phone: one pass where that fits, two to a size where not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable, TakeRefused
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import Facts, probe

CRF, PRESET = 23, "veryfast"
ROOM = 0.96
"""Of the bytes allowed; the rest is for the container and for a rate that is met on average only."""
LEAST_KBPS = 80


class CutForPhone:
    """ForPhone: `cut` → MP4."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="phone",
        kind=Kind.CUT,
        version="1",
        summary="a cut within a chat's limits: H.264 main, no B-frames, AAC, index first (ffmpeg, x264)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        suffix=".mp4",
        limit_s=900.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises MediaUnusable when it is no video, TakeRefused when it cannot be made small enough, DiskFull."""
        cut, most = inputs["cut"].resolve(), int(request["max_bytes"])
        facts = probe(cut)
        if facts.media != "video":
            raise MediaUnusable("The cut is no video.")
        if "Baseline" in facts.codec_profile and facts.faststart and facts.bytes <= most:
            shutil.copyfile(cut, out)
            return
        if facts.bytes <= most:
            one_pass(cut, out.resolve(), request, facts, progress)
        if not out.exists() or out.stat().st_size > most:
            two_passes(cut, out.resolve(), request, facts, progress)
        if out.stat().st_size > most:
            raise TakeRefused(f"The cut does not fit into {most // 1_000_000} MB.")

    def close(self) -> None:
        """Nothing is kept."""


def one_pass(cut: Path, out: Path, request: Json, facts: Facts, progress: Progress) -> None:
    """At the usual quality, whatever size that gives."""
    rate = ["-preset", PRESET, "-crf", str(CRF)]
    run_ffmpeg(
        ["-i", str(cut), *picture(request), *rate, *sound(request), out],
        frames=facts.frames,
        progress=progress,
    )


def two_passes(cut: Path, out: Path, request: Json, facts: Facts, progress: Progress) -> None:
    """To a size: x264 looks at everything first, so the bits go where they are needed."""
    kbps = int(int(request["max_bytes"]) * ROOM * 8 / 1000 / max(facts.seconds, 0.1)) - int(
        request["sound_kbps"]
    )
    if kbps < LEAST_KBPS:
        raise TakeRefused(
            f"{facts.seconds:.0f} s do not fit into {int(request['max_bytes']) // 1_000_000} MB."
        )
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        log = Path(folder) / "x264"
        rate: list[str | Path] = [
            "-preset",
            PRESET,
            "-b:v",
            f"{kbps}k",
            "-maxrate",
            f"{2 * kbps}k",
            "-bufsize",
            f"{4 * kbps}k",
        ]
        rate += ["-passlogfile", str(log)]
        half = lambda at: progress(at / 2)  # noqa: E731
        first = ["-i", str(cut), *picture(request), *rate, "-pass", "1", "-an", "-f", "null", "/dev/null"]
        run_ffmpeg(first, frames=facts.frames, progress=half)
        second = ["-i", str(cut), *picture(request), *rate, "-pass", "2", *sound(request), out]
        run_ffmpeg(second, frames=facts.frames, progress=lambda at: progress(0.5 + at / 2))


def picture(request: Json) -> list[str]:
    """What every phone decodes: main profile, no B-frames, 4:2:0, even sides of at most `max_side`."""
    side = int(request["max_side"])
    fit = f"scale='min(iw,{side})':'min(ih,{side})':force_original_aspect_ratio=decrease:force_divisible_by=2"
    coded = "-c:v libx264 -profile:v main -bf 0 -pix_fmt yuv420p -color_range tv".split()
    return ["-map", "0:v:0", "-map", "0:a:0?", "-vf", fit, *coded]


def sound(request: Json) -> list[str]:
    """AAC, the index before the pictures so that it plays while it loads."""
    return [
        "-c:a",
        "aac",
        "-b:a",
        f"{request['sound_kbps']}k",
        "-ac",
        "1",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
    ]
