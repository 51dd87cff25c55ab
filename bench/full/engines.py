"""Our engines and their upstream calls behind the same process border, each telling how much GPU memory it took.

Run in the voice environment by the engine's child. Input `note` is where the GPU's peak is written (JSON), in
bytes; on a CPU it is 0. `progress` of an upstream call is told once: when its first sound is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.engine import Json, Progress
from workers.engines.clean.demucs import Demucs
from workers.engines.voice.chatterbox import Chatterbox
from workers.engines.voice.openvoice import OpenVoice
from workers.engines.voice.xtts import Xtts
from workers.engines.voice.yourtts import YourTts

Inputs = Mapping[str, Path]
ELSEWHERE = "/nowhere/of/those/who/trained/it"


@contextmanager
def _noted(inputs: Inputs) -> Iterator[dict[str, Path]]:
    """The inputs without `note`, which is written at the end."""
    import torch

    there, given = torch.cuda.is_available(), dict(inputs)
    note = given.pop("note")
    if there:
        torch.cuda.reset_peak_memory_stats()
    yield given
    note.write_text(json.dumps({"cuda_bytes": torch.cuda.max_memory_allocated() if there else 0}))


class OurXtts(Xtts):
    """Engine `xtts` as it is."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """As the engine."""
        with _noted(inputs) as given:
            super().run(request, given, out, seed, progress)


class OurChatterbox(Chatterbox):
    """Engine `chatterbox` as it is; upstream's call cannot be kept short, and random weights never stop."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """As the engine."""
        with _noted(inputs) as given:
            super().run(request, given, out, seed, progress)


class OurYourTts(YourTts):
    """Engine `yourtts` as it is."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """As the engine."""
        with _noted(inputs) as given:
            super().run(request, given, out, seed, progress)


class OurOpenVoice(OpenVoice):
    """Engine `openvoice` as it is, Kokoro included."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """As the engine."""
        with _noted(inputs) as given:
            super().run(request, given, out, seed, progress)


class OurDemucs(Demucs):
    """Engine `demucs` without its question whether what came out is speech, which random weights never make."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """The vocals of `audio`."""
        import soundfile

        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled

        with _noted(inputs) as given:
            rate = int(self._model.samplerate)
            voice = self._voice(resampled(read_recording(given["audio"]), RATE, rate), progress)
            soundfile.write(out, resampled(voice, rate, RATE), RATE)


class _Held:
    """What loading leaves."""

    model: Any

    def close(self) -> None:
        """Forget the model."""
        self.model = None


class UpstreamXtts(_Held):
    """`TTS(model_path=...).tts_to_file(text, speaker_wav=...)`."""

    def load(self, weights: Inputs) -> None:
        """As the user would; recordings are read by soundfile, for torchcodec wants a system's ffmpeg."""
        self.model = _api(weights["xtts-v2"], weights["xtts-v2"], "config.json")

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """Speak one line into `out`."""
        with _noted(inputs) as given:
            _seed(seed)
            said = {"text": request["text"], "language": request["language"]}
            self.model.tts_to_file(**said, speaker_wav=[str(given["reference0"])], file_path=str(out))


class UpstreamXttsStream(_Held):
    """`Xtts.inference_stream` with the recordings' latents computed once, by whom first sound matters to."""

    def load(self, weights: Inputs) -> None:
        """As `UpstreamXtts`."""
        self.model = _api(weights["xtts-v2"], weights["xtts-v2"], "config.json").synthesizer.tts_model
        self.latents: Any = None

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """Speak one line into `out`; progress at the first chunk."""
        import soundfile
        import torch

        with _noted(inputs) as given:
            _seed(seed)
            self.latents = self.latents or self.model.get_conditioning_latents(str(given["reference0"]))
            parts = []
            for part in self.model.inference_stream(request["text"], request["language"], *self.latents):
                if not parts:
                    progress(0.5)
                parts.append(part)
            soundfile.write(out, torch.cat(parts).cpu().numpy(), 24_000)


class UpstreamYourTts(_Held):
    """`TTS(model_path=...).tts_to_file(text, speaker_wav=...)`."""

    def load(self, weights: Inputs) -> None:
        """As the user would, once the paths of the published configuration are put right."""
        folder = weights["yourtts"]
        right = (folder / "config.json").read_text().replace(ELSEWHERE, str(folder))
        (folder / "config_here.json").write_text(right)
        self.model = _api(folder, folder / "model_file.pth", "config_here.json")

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """Speak one line into `out`."""
        with _noted(inputs) as given:
            _seed(seed)
            self.model.tts_to_file(
                request["text"],
                language="fr-fr",
                speaker_wav=[str(given["reference0"])],
                file_path=str(out),
            )


class UpstreamOpenVoice(_Held):
    """`OpenVoice.voice_conversion(speech, [recording])`: the converter only, without a voice that speaks."""

    def load(self, weights: Inputs) -> None:
        """Upstream's class; its weights by our loader, as its own reads them from a hub's layout."""
        from workers.engines.voice.openvoice_model import OpenVoiceModel

        self.model = OpenVoiceModel(weights["openvoice-v2"]).model

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """Convert `speech`."""
        import soundfile

        with _noted(inputs) as given:
            _seed(seed)
            samples = self.model.voice_conversion(str(given["speech"]), [str(given["reference0"])])
            soundfile.write(out, samples, 22_050)


class OurConverter(_Held):
    """Engine `openvoice` without Kokoro: speech and the recording's imprint through the converter."""

    def load(self, weights: Inputs) -> None:
        """As the engine."""
        from workers.engines.voice.openvoice_model import OpenVoiceModel

        self.folder = weights["openvoice-v2"]
        self.model = OpenVoiceModel(self.folder)

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """Convert `speech`, which is at the model's rate."""
        import soundfile

        from workers.engines.voice.imprint import imprint
        from workers.engines.voice.references import read_references

        with _noted(inputs) as given:
            found = read_references({"reference0": given["reference0"]}, self.model.rate)
            speech, _rate = soundfile.read(given["speech"], dtype="float32")
            voice = imprint(self.folder, OpenVoice.spec.version, found, lambda: self.model.imprint(found))
            soundfile.write(out, self.model.convert(speech, voice, seed), self.model.rate)


class UpstreamDemucs(Demucs):
    """`demucs.apply.apply_model` with the settings of demucs' own command: one shift, a quarter's overlap."""

    def run(self, request: Json, inputs: Inputs, out: Path, seed: int, progress: Progress) -> None:
        """The vocals of `audio`."""
        import soundfile
        import torch
        from demucs.apply import apply_model

        from workers.engines.clean.recording import RATE, read_recording
        from workers.engines.clean.speech import resampled

        with _noted(inputs) as given:
            rate = int(self._model.samplerate)
            mix = torch.from_numpy(resampled(read_recording(given["audio"]), RATE, rate)).expand(1, 2, -1)
            stems = apply_model(self._model, mix, shifts=1, split=True, overlap=0.25, device=self._device)
            soundfile.write(out, stems[0, 3].mean(dim=0).cpu().numpy(), rate)


def _api(folder: Path, model: Path, config: str) -> Any:
    """Upstream's `TTS` of a local model, on the GPU where there is one."""
    from workers.engines.torch_cpu import mend_torchaudio

    mend_torchaudio()
    import soundfile
    import torch
    from torchaudio.functional import resample
    from TTS.api import TTS
    from TTS.tts.models import xtts

    def read(path: str, rate: int) -> Any:
        samples, found = soundfile.read(path, dtype="float32", always_2d=True)
        return resample(torch.from_numpy(samples.T.copy()).mean(0, keepdim=True), found, rate)

    xtts.load_audio = read
    api = TTS(model_path=str(model), config_path=str(folder / config), progress_bar=False)
    return api.to("cuda" if torch.cuda.is_available() else "cpu")


def _seed(seed: int) -> None:
    import torch

    torch.manual_seed(seed)
