"""Assembles a cut: finished shots and mixed sound joined by stream copy."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import ScriptTooLong, TakeRefused
from studio.profiles import Profile, profile_named
from workers.engines.cut.finish import coding
from workers.engines.ffmpeg import run_ffmpeg
from workers.engines.mix.voices import SOUND_RATE
from workers.probe import Facts, probe

LEAST_RATE = 180_000
"""Bits per second of picture under which a face is not worth sending."""
AAC_BLOCK_S = 1024 / 48_000


class AssembleCut:
    """Assemble: `shot0`…, `sound` → the delivered MP4."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="assemble",
        kind=Kind.CUT,
        version="4",
        summary="joins finished shots and their sound (ffmpeg)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        suffix=".mp4",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises TakeRefused when pictures and sound differ in length, ScriptTooLong when they cannot fit."""
        profile = profile_named(request["profile"])
        shots = [inputs[f"shot{i}"] for i in range(len(inputs) - 1)]
        facts, sound = [probe(shot) for shot in shots], inputs["sound"]
        _check_length(facts, probe(sound), request["fps"])
        with tempfile.TemporaryDirectory(dir=out.parent) as name:
            folder = Path(name)
            listing = "".join(f"file 'shot{i}.mp4'\n" for i in range(len(shots)))
            for i, shot in enumerate(shots):
                (folder / f"shot{i}.mp4").symlink_to(shot.resolve())
            (folder / "shots.txt").write_text(listing)
            _join(["-c:v", "copy"], request, sound, out, folder)
            progress(0.8)
            if out.stat().st_size > profile.max_bytes:
                rate = affordable_rate(profile, sum(f.seconds for f in facts))
                _join(_smaller(profile, request["fps"], rate), request, sound, out, folder)

    def close(self) -> None:
        """Nothing is held."""


def _check_length(shots: Sequence[Facts], sound: Facts, fps: int) -> None:
    picture_s = sum(shot.frames for shot in shots) / fps
    if abs(picture_s - sound.seconds) > 1 / fps + AAC_BLOCK_S:
        raise TakeRefused(f"The shots last {picture_s:.2f} s, their sound {sound.seconds:.2f} s.")


def _join(picture: list[str], request: Json, sound: Path, out: Path, folder: Path) -> None:
    inputs: list[str | Path] = ["-f", "concat", "-safe", "0", "-i", "shots.txt", "-i", sound.resolve()]
    inputs += ["-map", "0:v:0", "-map", "1:a:0"]
    copied = ["-c:a", "copy", "-video_track_timescale", str(request["fps"] * 512)]
    about = ["-map_metadata", "-1", "-metadata", f"title={request['title']}", "-movflags", "+faststart"]
    run_ffmpeg([*inputs, *picture, *copied, *about, "-f", "mp4", out.resolve()], folder=folder)


def affordable_rate(profile: Profile, seconds: float) -> int:
    """Bits per second left for the picture under the profile's size limit; raises ScriptTooLong."""
    rate = int(profile.max_bytes * 0.94 * 8 / seconds) - SOUND_RATE
    if rate < LEAST_RATE:
        raise ScriptTooLong(
            f"{seconds:.0f} s do not fit into {profile.max_bytes // 1_000_000} MB for “{profile.name}”; "
            "shorten the script or choose another profile."
        )
    return rate


def _smaller(profile: Profile, fps: int, rate: int) -> list[str]:
    settings = coding(profile, fps)
    at = settings.index("-crf")
    limits = ["-b:v", str(rate), "-maxrate", str(rate), "-bufsize", str(rate)]
    return [*settings[:at], *limits, *settings[at + 2 :]]
