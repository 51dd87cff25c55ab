"""Measures a founder's recording: noise, music, echo, and how they speak in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress


class SampleInspector:
    """inspect: input `audio`, any recording → JSON {"snr_db", "music", "echo_s", "speech_s", "pace", …}."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="inspect-sample",
        kind=Kind.INSPECT,
        version="1",
        summary="measures a recording's noise, music and echo, and its speaker's pace, pitch and loudness",
        code_licence="Apache-2.0",
        suffix=".json",
        limit_s=180.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing to read."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises MediaUnusable or VoiceSampleUnusable as the cleaning engines do."""
        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.inspect.condition import condition_of

        out.write_text(json.dumps(condition_of(read_recording(inputs["audio"]), RATE)), "utf-8")
        progress(1.0)

    def close(self) -> None:
        """Nothing is held."""
