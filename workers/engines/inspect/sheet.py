"""The contact sheet of a cut: evenly spaced frames in one JPEG, to look at before pressing play."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress
from workers.engines.ffmpeg import run_ffmpeg
from workers.probe import probe


class Sheet:
    """ContactSheet: `cut` → JPEG."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="contact-sheet",
        kind=Kind.INSPECT,
        version="1",
        summary="evenly spaced frames of a cut in one picture (ffmpeg)",
        code_licence="GPL-3.0 (ffmpeg, run as a program)",
        suffix=".jpg",
        limit_s=120.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Seeks to the nearest keyframe of each moment: decoding everything would cost as much as a cut."""
        columns, rows = int(request["columns"]), int(request["rows"])
        count, cell = columns * rows, int(request["width"]) // columns
        seconds = probe(inputs["cut"]).seconds
        args: list[str | Path] = []
        for index in range(count):
            args += ["-ss", f"{seconds * (index + 0.5) / count:.3f}", "-i", inputs["cut"]]
        scaled = "".join(f"[{index}:v]trim=end_frame=1,scale={cell}:-2[f{index}];" for index in range(count))
        layout = "|".join(
            f"{cell * (index % columns)}_{'+'.join(['0', *['h0'] * (index // columns)])}"
            for index in range(count)
        )
        joined = "".join(f"[f{index}]" for index in range(count))
        graph = f"{scaled}{joined}xstack=inputs={count}:layout={layout}"
        run_ffmpeg([*args, "-filter_complex", graph, "-frames:v", "1", "-update", "1", "-q:v", "3", out])
        progress(1.0)

    def close(self) -> None:
        """Nothing is kept."""
