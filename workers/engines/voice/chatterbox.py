"""Chatterbox: the founder's own voice, English, code and weights MIT. Every take carries its makers' watermark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak

if TYPE_CHECKING:
    from workers.engines.voice.references import Samples

MOST_CHARACTERS = 280
CHARACTERS_A_SECOND, TOKENS_A_SECOND = 14.0, 25.0
EXAGGERATION, TONES = 0.5, {"soft": 0.35, "storytelling": 0.7}


class Chatterbox:
    """voice: a line and recordings of the founder → 24 kHz WAV with its timeline."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="chatterbox",
        kind=Kind.VOICE,
        version="1",
        summary="Chatterbox: the founder's own voice, English, watermarked; a CPU is slow for it",
        code_licence="MIT",
        weights_licence="MIT",
        languages=("en",),
        weights=("chatterbox",),
        venv="chatterbox",
        references=6,
        manner=True,
        suffix=".wav",
        limit_s=1800.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the four models; several seconds and 3.5 GB for the real ones."""
        from workers.engines.voice.chatterbox_model import ChatterboxModel

        self._folder = weights["chatterbox"]
        self._model: Any = ChatterboxModel(self._folder)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; it ends within ten tokens when `progress` raises.

        Raises LanguageUnsupported, TextUnspeakable, ScriptTooLong, VoiceSampleUnusable, MediaUnusable.
        """
        from workers.engines.voice.imprint import imprint
        from workers.engines.voice.phrases import line_text, phrases
        from workers.engines.voice.placed import joined, language_of, write_placed
        from workers.engines.voice.references import read_references

        speak = Speak(**request)
        language_of(speak.language, self.spec.languages, "Chatterbox")
        pieces = phrases(line_text(speak), MOST_CHARACTERS)
        references = read_references(inputs, self._model.rate)
        voice = imprint(self._folder, self.spec.version, references, lambda: self._model.imprint(references))
        manner = TONES.get(speak.tone, EXAGGERATION)
        said: list[Samples] = []
        for at, piece in enumerate(pieces):
            progress(0.95 * at / len(pieces))
            heard = _hearing(piece, at / len(pieces), 1 / len(pieces), progress)
            said.append(self._model.speak(piece, voice, manner, speak.pace, seed + at, heard))
        write_placed(out, [self._model.marked(joined(said, self._model.rate))], self._model.rate, speak)
        progress(1.0)

    def close(self) -> None:
        """Forget the models."""
        self._model = None


def _hearing(piece: str, begun: float, share: float, progress: Progress) -> Callable[[int], None]:
    """Progress by how long a piece will probably last, from tokens that were heard."""
    wanted = max(1.0, len(piece) / CHARACTERS_A_SECOND * TOKENS_A_SECOND)
    return lambda tokens: progress(0.95 * (begun + share * min(0.9, tokens / wanted)))
