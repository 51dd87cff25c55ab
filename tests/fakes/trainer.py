"""An engine that trains by counting: its checkpoint is a number, its weights say how far it got."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress


class Counting:
    """train: counts to `steps` from `last.ckpt` on, a hundredth of a second each."""

    adapter = "tests.fakes.trainer:Counting"
    spec: ClassVar[EngineSpec] = EngineSpec(
        "xtts-training-cpu", Kind.TRAIN, "1", "a fake", "MIT", suffix=".safetensors"
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Nothing."""

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        work, steps = inputs["work"], request["steps"]
        kept = work / "last.ckpt"
        begun = at = int(kept.read_text()) if kept.is_file() else 0
        while at < steps:
            time.sleep(0.01)
            at += 1
            part = kept.with_suffix(".part")
            part.write_text(str(at))
            part.replace(kept)
            progress(at / steps)
        (work / "result.json").write_text(json.dumps({"steps": at, "resumed": [begun] if begun else []}))
        head = b'{"__metadata__":{}}'
        out.write_bytes(len(head).to_bytes(8, "little") + head + b"weights")

    def close(self) -> None:
        """Nothing."""
