"""Whisper large-v3: what was said in a line, in any language it knows; the large sister of `Whisper`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Listen, Progress
from workers.engines.listen.transcribe import AnyTranscriber
from workers.engines.listen.whisper import decoded, spread


class WhisperAny(AnyTranscriber):
    """listen: audio → JSON {"text", "words"}; no second thoughts, whose limits are known of tiny.en only."""

    spec: ClassVar[EngineSpec] = replace(
        AnyTranscriber.spec, name="whisper-any", summary="Whisper large-v3: speech to text in any language"
    )

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Transcribe `audio`; raises MediaUnusable."""
        samples = decoded(inputs["audio"])
        segments, _ = self._model.transcribe(
            samples,
            language=Listen(**request).language,
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
        )
        said, words = list[str](), list[Any]()
        for segment in segments:
            said.append(segment.text.strip())
            words += spread(segment.text.split(), segment.start, min(segment.end, len(samples) / 16_000))
        out.write_text(json.dumps({"text": " ".join(said), "words": words}, ensure_ascii=False), "utf-8")
        progress(1.0)
