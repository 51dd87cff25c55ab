"""OpenVoice V2's tone colour converter as coqui-tts carries it. Runs in the voice environment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402
from TTS.vc.configs.openvoice_config import (  # noqa: E402
    OpenVoiceArgs,
    OpenVoiceAudioConfig,
    OpenVoiceConfig,
)
from TTS.vc.models.openvoice import OpenVoice  # noqa: E402

from workers.engines.voice.references import Reference, Samples  # noqa: E402


class OpenVoiceModel:
    """The converter of a folder with MyShell's config.json and checkpoint.pth, on the GPU where there is one."""

    def __init__(self, folder: Path) -> None:
        given = json.loads((folder / "config.json").read_text("utf-8"))
        data, known = given["data"], {field.name for field in fields(OpenVoiceArgs)}
        self.rate = int(data["sampling_rate"])
        audio = OpenVoiceAudioConfig(
            input_sample_rate=self.rate,
            output_sample_rate=self.rate,
            fft_size=data["filter_length"],
            hop_length=data["hop_length"],
            win_length=data["win_length"],
        )
        shape = {name: value for name, value in given["model"].items() if name in known}
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = OpenVoice(OpenVoiceConfig(model_args=OpenVoiceArgs(**shape), audio=audio))
        state = torch.load(folder / "checkpoint.pth", map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.model.eval().to(self.device)

    def imprint(self, references: Sequence[Reference]) -> dict[str, torch.Tensor]:
        """`colour` (1, channels, 1): the mean tone colour of all recordings."""
        with torch.inference_mode():
            colours = [self.model.extract_se(torch.from_numpy(one.samples))[0] for one in references]
            return {"colour": torch.stack(colours).mean(dim=0)}

    def convert(self, samples: Samples, voice: dict[str, torch.Tensor], seed: int) -> Samples:
        """The same speech with that tone colour: same length, same moments, at the model's rate."""
        with torch.inference_mode():
            torch.manual_seed(seed)
            colour, spectrum = self.model.extract_se(torch.from_numpy(samples))
            given = {"g_src": colour, "g_tgt": voice["colour"].to(self.device), "x_lengths": None}
            found: Samples = (
                self.model.inference(spectrum, given)["model_outputs"][0, 0].cpu().float().numpy()
            )
            return found
