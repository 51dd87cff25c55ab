"""Engines that hear and speak without a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress


class Parrot:
    """listen: always the same words, those of the third clip unclear. voice: the checkpoint itself, or "base"."""

    adapter = "tests.fakes.voices:Parrot"
    spec: ClassVar[EngineSpec] = EngineSpec("parrot", Kind.VOICE, "1", "a fake", "MIT", references=1)

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        if "text" in request:
            out.write_bytes(inputs["checkpoint"].read_bytes() if "checkpoint" in inputs else b"base")
            return
        confidence = -9.0 if inputs["audio"].stem.endswith("002") else 0.0
        heard = {"text": "Polly wants", "confidence": confidence, "no_speech": 0.0, "compression": 1.0}
        out.write_text(json.dumps(heard))

    def close(self) -> None:
        """Nothing."""


class Judge(Parrot):
    """inspect: nothing wrong with anything."""

    adapter = "tests.fakes.voices:Judge"

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        from tests.fakes.measures import GOOD_VOICE

        out.write_text(json.dumps(GOOD_VOICE | {"likeness": 0.9, "usual": 0.8, "spread": 0.1}))
