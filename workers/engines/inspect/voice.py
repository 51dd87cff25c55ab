"""Measures one spoken line: what is wrong with its sound, how fast it is, and whose voice it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, InspectVoice, Json, Kind, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VoiceInspector:
    """inspect: a line's voice → JSON facts; likeness only where samples say whose it should be."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="inspect-voice",
        kind=Kind.INSPECT,
        version="2",
        summary="looks a voice over: clipping, noise, gaps, pace, damage, likeness (Resemblyzer in numpy)",
        code_licence="Apache-2.0",
        weights_licence="Apache-2.0",
        weights=("speaker-encoder",),
        suffix=".json",
        limit_s=120.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Read the speaker encoder."""
        from workers.engines.inspect.speaker import SpeakerEncoder

        self._encoder: Any = SpeakerEncoder(weights["speaker-encoder"] / "pretrained.pt")
        self._known: dict[str, Any] = {}

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Raises MediaUnusable when the voice is no sound."""
        from studio.marks import read_marks
        from studio.picking import letters
        from workers.engines.inspect.sound import measure

        asked = InspectVoice(**request)
        samples, rate = _sound(inputs["audio"])
        marked = read_marks(asked.text)
        facts = measure(samples, rate)
        facts["rate"] = round(
            letters(marked.text, asked.language) / max(0.1, facts["speech_s"]) / asked.pace, 3
        )
        facts["asked_pause_s"] = max(marked.pauses.values(), default=0.0)
        references = [self._embedded(path) for name, path in sorted(inputs.items()) if name != "audio"]
        if references:
            facts |= likeness(self._encoder.embed(samples, rate), references)
        out.write_text(json.dumps(facts), "utf-8")
        progress(1.0)

    def close(self) -> None:
        """Forget the encoder."""
        self._encoder = None

    def _embedded(self, path: Path) -> Any:
        """A sample's voice, in pieces of up to 6 s, so that its spread is known; kept by the file's name."""
        import numpy as np

        key = str(path.resolve())
        if key not in self._known:
            samples, rate = _sound(path)
            size = 6 * rate
            pieces = [samples[at : at + size] for at in range(0, min(len(samples), 10 * size), size)]
            found = [
                self._encoder.embed(piece, rate)
                for piece in pieces
                if len(piece) > 1.5 * rate or len(pieces) == 1
            ]
            self._known[key] = np.stack([each for each in found if each.any()] or [np.zeros(256, np.float32)])
        return self._known[key]


def likeness(voice: NDArray[np.float32], references: list[NDArray[np.float32]]) -> Json:
    """Cosine of a voice to the middle of its references (n, 256 each), and how far these stray themselves.

    `usual` is the mean likeness of each reference to the others, `spread` its standard deviation.
    """
    import numpy as np

    known = np.concatenate(references)
    middle = known.mean(0)
    cosine = float(voice @ middle / (np.linalg.norm(middle) * np.linalg.norm(voice) + 1e-9))
    own = [_cosine(each, (known.sum(0) - each)) for each in known] if len(known) > 1 else []
    usual, spread = (float(np.mean(own)), float(np.std(own))) if own else (0.9, 0.03)
    return {"likeness": round(cosine, 4), "usual": round(usual, 4), "spread": round(spread, 4)}


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    import numpy as np

    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))


def _sound(path: Path) -> tuple[NDArray[np.float32], int]:
    import soundfile

    from studio.errors import MediaUnusable

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise MediaUnusable("A voice of this line holds no sound that can be read.") from error
    return samples.mean(axis=1), int(rate)
