"""Whisper for material to train on: what was said in a clip, and how far that can be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Transcribe
from studio.errors import LanguageUnsupported, MediaUnusable


class Transcriber:
    """listen: a clip → its text with Whisper's own doubts about it."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="transcribe",
        kind=Kind.LISTEN,
        version="1",
        summary="Whisper tiny.en: the text of clips to train a voice on",
        code_licence="MIT",
        weights_licence="MIT",
        languages=("en",),
        weights=("whisper-tiny-en",),
        suffix=".json",
        limit_s=300.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the model as int8: on a GPU where there is one, for a model that wants one."""
        from faster_whisper import WhisperModel

        device = "auto" if self.spec.needs_gpu else "cpu"
        folder = str(weights[self.spec.weights[0]])
        self._model: Any = WhisperModel(folder, device=device, compute_type="int8", cpu_threads=2)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Transcribe `audio`; raises LanguageUnsupported or MediaUnusable."""
        from av.error import FFmpegError
        from faster_whisper.audio import decode_audio

        language = Transcribe(**request).language.split("-")[0]
        if self.spec.languages and language not in self.spec.languages:
            raise LanguageUnsupported(f"“{self.spec.name}” understands English only.")
        try:
            samples = decode_audio(str(inputs["audio"]), sampling_rate=16_000)
        except (FFmpegError, IndexError) as error:
            raise MediaUnusable("This file holds no sound that can be read.") from error
        found, _ = self._model.transcribe(
            samples, language=language, beam_size=5, temperature=0.0, condition_on_previous_text=False
        )
        out.write_text(json.dumps(_told(list(found)), ensure_ascii=False), "utf-8")
        progress(1.0)

    def close(self) -> None:
        """Forget the model."""
        self._model = None


class AnyTranscriber(Transcriber):
    """The same with a large model that knows some hundred languages."""

    spec: ClassVar[EngineSpec] = replace(
        Transcriber.spec,
        name="transcribe-any",
        summary="Whisper large-v3: the same in any language",
        languages=(),
        weights=("whisper-large",),
        needs_gpu=True,
        vram_gib=3.0,
    )


def _told(segments: list[Any]) -> Json:
    """The worst of what is known of the segments; nothing heard at all is no speech."""
    if not segments:
        return {"text": "", "confidence": -9.0, "no_speech": 1.0, "compression": 1.0}
    return {
        "text": " ".join(segment.text.strip() for segment in segments),
        "confidence": round(min(float(segment.avg_logprob) for segment in segments), 3),
        "no_speech": round(max(float(segment.no_speech_prob) for segment in segments), 3),
        "compression": round(max(float(segment.compression_ratio) for segment in segments), 2),
    }
