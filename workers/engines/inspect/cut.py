"""Inspects an assembled file: everything a profile promises, loudness, freezes, black frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable
from studio.profiles import Profile, profile_named
from workers.probe import Facts, probe


class CutInspector:
    """InspectCut: `cut` → JSON of the file's Facts, freeze_s, black_frames, drift_s and `violations`."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="inspect-cut",
        kind=Kind.INSPECT,
        version="3",
        summary="conformance to the delivery profile, loudness, freezes (PyAV, ffmpeg's ebur128)",
        code_licence="Apache-2.0",
        suffix=".json",
        limit_s=300.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """`drift_s` is picture minus sound; `violations` names each broken promise. Raises MediaUnusable."""
        from workers.engines.inspect.frames import Stillness, luma, read_frames

        with ThreadPoolExecutor(1) as beside:
            measuring = beside.submit(probe, inputs["cut"], loudness=True)
            still = Stillness()
            fps = profile_named(request["profile"]).fps
            for frame in read_frames(inputs["cut"], rough=True):
                still.see(luma(frame), round(frame.time * fps))
            progress(0.9)
            facts = measuring.result()
        if facts.media != "video":
            raise MediaUnusable("The cut to inspect is no video.")
        found = facts.as_json() | {
            "freeze_s": still.freeze_seconds(float(Fraction(facts.fps))),
            "black_frames": still.black,
            "drift_s": facts.seconds - facts.sound_seconds,
            "violations": violations(facts, profile_named(request["profile"])),
        }
        out.write_text(json.dumps(found, indent=1), encoding="utf-8")

    def close(self) -> None:
        """Nothing is held."""


def violations(facts: Facts, profile: Profile) -> list[str]:
    """What a file breaks of its profile's promises, as "what: found instead of wanted"."""
    wanted = replace(
        facts,
        width=profile.width,
        height=profile.height,
        codec="h264",
        codec_profile="High",
        pixel_format="yuv420p",
        constant_rate=True,
        fps=str(profile.fps),
        sound_codec="aac",
        sample_rate=48_000,
        faststart=True,
    )
    broken = [
        f"{name}: {found} instead of {wanted.as_json()[name]}"
        for name, found in facts.as_json().items()
        if found != wanted.as_json()[name]
    ]
    if facts.bytes > profile.max_bytes:
        broken.append(f"bytes: {facts.bytes} instead of at most {profile.max_bytes}")
    if abs(facts.seconds - facts.sound_seconds) > 1.0 / profile.fps:
        broken.append(f"sound_seconds: {facts.sound_seconds:.3f} beside {facts.seconds:.3f} of picture")
    return broken
