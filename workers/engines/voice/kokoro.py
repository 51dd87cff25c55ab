"""Kokoro-82M on onnxruntime: the voice of the embedded stack, with durations exact to the frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Speak
from studio.errors import WeightsMissing
from workers.engines.voice.fold import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.spoken import Spoken
    from workers.engines.voice.lay import Piece
    from workers.engines.voice.tones import Manner

RATE = 24_000
FRAME = 600
VOICES = {
    "af_heart": "woman, American, warm and clear",
    "af_bella": "woman, American, lively",
    "af_nicole": "woman, American, close and hushed",
    "am_michael": "man, American, calm",
    "am_fenrir": "man, American, firm",
    "am_puck": "man, American, friendly",
    "bf_emma": "woman, lightly British",
    "bm_george": "man, lightly British",
}
NATIVE = {
    "es": {"f": "ef_dora", "m": "em_alex"},
    "fr": {"f": "ff_siwis"},
    "it": {"f": "if_sara", "m": "im_nicola"},
    "pt": {"f": "pf_dora", "m": "pm_alex"},
    "hi": {"f": "hf_alpha", "m": "hm_omega"},
}
"""Who speaks a language as its own: a woman, a man."""
LENT, LENT_TIMBRE, LENT_PITCH = "im_nicola", 0.5, 0.6
"""A man where none is native: the woman lower, half of her timbre an Italian man's. Of such mixtures a listener
understood this one best, all but 4 % of the words; with the persona's own timbre he missed 25 %."""


class Kokoro:
    """voice: a line → 24 kHz WAV with its timeline; American English phones, eight voices."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="kokoro",
        kind=Kind.VOICE,
        version="2",
        summary="Kokoro-82M on the CPU: natural stock voices, exact timing",
        code_licence="Apache-2.0",
        weights_licence="Apache-2.0",
        languages=("en", *NATIVE),
        marks=True,
        weights=("kokoro",),
        suffix=".wav",
        limit_s=300.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load voices, the phonemizer and the model; the folded model is made beside the weights once."""
        import numpy as np
        import onnxruntime as ort

        from workers.engines.voice.g2p import Phonemizer

        folder = weights["kokoro"]
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 2, 1
        options.use_deterministic_compute = True
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = folded(folder / "model.onnx", folder.parent / ".derived" / folder.name)
        self._model: Any = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._vocab: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self._styles = {
            path.stem: np.fromfile(path, np.float32).reshape(-1, 256)
            for path in (folder / "voices").glob("*.bin")
        }
        self._phonemizer: Any = Phonemizer()

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line; raises LanguageUnsupported, TextUnspeakable, WeightsMissing (unknown voice)."""
        import numpy as np

        from studio.marks import read_marks
        from studio.timeline import write_voice
        from workers.engines.voice.delivery import deliver
        from workers.engines.voice.lay import code, lay, pieces, read_line
        from workers.engines.voice.tones import MANNERS

        speak = Speak(**request)
        tokens = read_line(speak, "Kokoro", self.spec.languages)
        language = code(speak.language)
        manner = MANNERS.get(speak.tone, MANNERS["neutral"])
        chance = np.random.default_rng(seed).uniform(-1.0, 1.0, 2)
        style, height = self._style(speak.voice, language, manner)
        knobs = _Knobs(
            style,
            manner.speed * speak.pace * (1 + 0.02 * float(chance[0])),
            height * manner.pitch * (1 + 0.012 * float(chance[1])),
        )
        parts = pieces(tokens, self._phones(tokens, language), self._vocab)
        rendered = []
        for at, piece in enumerate(parts):
            rendered.append(self._render(piece, knobs))
            progress((at + 1) / (len(parts) + 1))
        samples, timeline = lay(tokens, parts, rendered, manner, RATE, FRAME)
        samples, timeline = deliver(samples, RATE, timeline, tokens, read_marks(speak.text), manner)
        write_voice(out, samples, RATE, timeline)
        progress(1.0)

    def close(self) -> None:
        """Forget the model."""
        self._model = self._phonemizer = None

    def _render(self, piece: Piece, knobs: _Knobs) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        import numpy as np

        audio, frames = self._model.run(
            ["audio", "frames"],
            {
                "tokens": np.array([[0, *piece.ids, 0]], np.int64),
                "style": knobs.style[min(len(piece.ids), len(knobs.style) - 1)][None],
                "speed": np.array([knobs.speed], np.float32),
                "pitch": np.array([knobs.pitch], np.float32),
            },
        )
        return audio.ravel(), frames.ravel().astype(np.int64)

    def _phones(self, tokens: Sequence[Spoken], language: str) -> list[str]:
        from workers.engines.voice import g2p_espeak

        english: list[str] = self._phonemizer.phones(tokens) if language == "en" else []
        return english or g2p_espeak.phones(tokens, language)

    def _style(self, voice: str, language: str, manner: Manner) -> tuple[NDArray[np.float32], float]:
        """Style rows (tokens, 256), the first half timbre, the second manner of speaking; a factor on pitch."""
        if voice not in self._styles:
            known = ", ".join(sorted(self._styles))
            raise WeightsMissing(f"Kokoro has no voice “{voice}” here; choose one of {known}.")
        style, height = self._native(voice, language)
        other = self._styles.get(manner.women if voice[1] == "f" else manner.men)
        if other is not None:
            style[:, 128:] += manner.colour * (other[:, 128:] - style[:, 128:])
        return style, height

    def _native(self, voice: str, language: str) -> tuple[NDArray[np.float32], float]:
        """A copy of the voice's style where the language is its own, else of the native one's; its pitch."""
        natives = NATIVE.get(language, {})
        if not natives or voice[0] == natives["f"][0]:
            return self._styles[voice].copy(), 1.0
        style = self._styles[natives.get(voice[1], natives["f"])].copy()
        if voice[1] in natives:
            return style, 1.0
        style[:, :128] += LENT_TIMBRE * (self._styles[LENT][:, :128] - style[:, :128])
        return style, LENT_PITCH


@dataclass(frozen=True, slots=True)
class _Knobs:
    style: NDArray[np.float32]
    speed: float
    pitch: float
