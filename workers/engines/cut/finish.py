"""Finishes a shot: burns in captions and label, codes it so that shots of a profile join by copying."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable, TakeRefused, WeightsMissing
from studio.profiles import Profile, profile_named
from studio.timeline import Word, read_samples, read_timeline
from studio.timing import Layout, lay_out
from workers.engines.cut.ass import Face, captions_of, open_face, write_ass
from workers.engines.cut.captions import group_phrases
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import Facts, probe


class FinishShot:
    """Finish: `picture`, `voice0`… → MP4 without sound, of its profile's size and coding."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="finish",
        kind=Kind.CUT,
        version="2",
        summary="captions, label and final coding of one shot (ffmpeg, libass, x264)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        weights_licence="OFL-1.1",
        weights=("caption-font",),
        suffix=".mp4",
        limit_s=900.0,
    )

    def __init__(self) -> None:
        self._face: Face | None = None

    def load(self, weights: Mapping[str, Path]) -> None:
        """Choose the caption font; raises WeightsMissing."""
        try:
            self._face = open_face(weights["caption-font"])
        except (KeyError, FileNotFoundError) as error:
            raise WeightsMissing("The caption font is missing; `aiclone weights pull` fetches it.") from error

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """One decode, one filter pass, one encode; raises MediaUnusable, TakeRefused, DiskFull."""
        profile = profile_named(request["profile"])
        facts, frames = probe(inputs["picture"]), shot_layout(request, inputs).frames
        if facts.media != "video":
            raise MediaUnusable("The shot to finish is no video.")
        if abs(facts.frames - frames) > 1:
            raise TakeRefused(f"The shot has {facts.frames} frames; its voices need {frames}.")
        with tempfile.TemporaryDirectory(dir=out.parent) as name:
            folder = Path(name)
            filters = [*_fit(facts, profile), *self._burn(request, inputs, facts, profile, folder)]
            filters += ["tpad=stop=1:stop_mode=clone"] * (facts.frames < frames)
            source = ["-i", str(inputs["picture"].resolve()), "-map", "0:v:0", "-an"]
            rate = f"-fps_mode cfr -r {request['fps']} -frames:v {frames} -f mp4".split()
            run_ffmpeg(
                [*source, "-vf", ",".join(filters), *coding(profile, request["fps"]), *rate, out.resolve()],
                folder=folder,
                frames=frames,
                progress=progress,
            )

    def _burn(
        self, request: Json, inputs: Mapping[str, Path], facts: Facts, profile: Profile, folder: Path
    ) -> list[str]:
        wanted, highlight = captions_of(request)
        if not wanted and not request["label"]:
            return []
        if self._face is None:
            raise WeightsMissing
        words = shot_words(request, inputs) if wanted else []
        text = write_ass(
            group_phrases(words, facts.seconds),
            request["label"],
            facts.seconds,
            profile,
            self._face,
            highlight=highlight,
        )
        (folder / "fonts").mkdir()
        (folder / "fonts" / self._face.file.name).symlink_to(self._face.file.resolve())
        (folder / "shot.ass").write_text(text, encoding="utf-8")
        return ["ass=f=shot.ass:fontsdir=fonts"]

    def close(self) -> None:
        """Nothing is held."""


def coding(profile: Profile, fps: int) -> list[str]:
    """x264 settings that depend on the profile alone, so that all its shots share their parameter sets."""
    return (
        f"-c:v libx264 -preset {profile.preset} -crf {profile.crf} -profile:v high -level:v 4.0 -pix_fmt yuv420p "
        f"-x264-params keyint={fps * 4}:min-keyint={fps}:open-gop=0:stitchable=1:bframes=2:b-pyramid=none "
        f"-video_track_timescale {fps * 512} -color_range tv "
        "-colorspace bt709 -color_primaries bt709 -color_trc bt709"
    ).split()


def shot_layout(request: Json, inputs: Mapping[str, Path]) -> Layout:
    """Where a shot's voices lie on its clock and how many frames it has, from `voice0`…"""
    loaded = [read_samples(voice) for voice in _voices(inputs)]
    durations = [len(samples) / rate for samples, rate in loaded]
    return lay_out(durations, request["lead"], request["pauses"], request["fps"])


def shot_words(request: Json, inputs: Mapping[str, Path]) -> list[Word]:
    """All words of a shot on the shot's own clock, from `voice0`…"""
    offsets = shot_layout(request, inputs).offsets
    return [
        Word(word.text, word.start + offset, word.end + offset)
        for voice, offset in zip(_voices(inputs), offsets, strict=True)
        for word in read_timeline(voice).words
    ]


def _voices(inputs: Mapping[str, Path]) -> list[Path]:
    return [inputs[f"voice{i}"] for i in range(len(inputs)) if f"voice{i}" in inputs]


def _fit(facts: Facts, profile: Profile) -> list[str]:
    """Cover the profile's frame without distortion; bring untagged or BT.601 colours to BT.709."""
    filters = []
    size = (profile.width, profile.height)
    # swscale would darken by 1.7 of 219 and cost 0.28 CPU s more for a shot of 6 s
    matrix = "colorspace=ispace=smpte170m:iprimaries=bt709:itrc=bt709:all=bt709:fast=1"
    if (facts.width, facts.height) != size:
        filters.append(f"scale={size[0]}:{size[1]}:force_original_aspect_ratio=increase:flags=bicubic")
        filters.append(f"crop={size[0]}:{size[1]}")
    if facts.color_space != "1":  # AVCOL_SPC_BT709
        filters.append(matrix)
    return [*filters, "setsar=1"]
