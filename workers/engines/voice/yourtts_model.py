"""YourTTS as coqui-tts ships it, with the paths its configuration names replaced. Runs in the voice environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402
from TTS.tts.configs.vits_config import VitsConfig  # noqa: E402
from TTS.tts.models.vits import Vits  # noqa: E402

from workers.engines.voice.references import Reference, Samples  # noqa: E402


class YourTtsModel:
    """A multi-speaker VITS and its speaker encoder, from the folder of the published archive."""

    def __init__(self, folder: Path) -> None:
        config = VitsConfig()
        config.load_json(str(folder / "config.json"))
        found = {
            "d_vector_file": [str(folder / "speakers.json")],
            "language_ids_file": str(folder / "language_ids.json"),
            "speaker_encoder_config_path": str(folder / "config_se.json"),
            "speaker_encoder_model_path": str(folder / "model_se.pth"),
        }
        for name, path in found.items():
            config.model_args[name] = path
            if name in config:
                config[name] = path
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = Vits(config)
        self.model.load_checkpoint(config, str(folder / "model_file.pth"), eval=True)
        self.model.to(self.device)
        self.rate = int(config.audio.sample_rate)
        self.encoder = self.model.speaker_manager.encoder
        self.encoder_audio = self.model.speaker_manager.encoder_ap
        self.encoder_rate = int(self.encoder_audio.sample_rate)
        self.languages = tuple(self.model.language_manager.name_to_id)

    def imprint(self, references: Sequence[Reference]) -> dict[str, torch.Tensor]:
        """`speaker` (1, n): the mean embedding of all recordings, at `encoder_rate`."""
        with torch.inference_mode():
            direct = self.model.speaker_manager.encoder_config.model_params.get("use_torch_spec", False)
            found = []
            for one in references:
                heard = one.samples if direct else self.encoder_audio.melspectrogram(one.samples)
                found.append(self.encoder.compute_embedding(torch.as_tensor(heard)[None].to(self.device)))
            return {"speaker": torch.stack(found).mean(dim=0)}

    def speak(
        self, text: str, language: str, voice: dict[str, torch.Tensor], pace: float, seed: int
    ) -> Samples:
        """Samples of one piece of text."""
        with torch.inference_mode():
            torch.manual_seed(seed)
            self.model.length_scale = 1.0 / pace
            ids = torch.tensor([self.model.tokenizer.text_to_ids(text, language)], device=self.device)
            known = self.model.language_manager.name_to_id[language]
            given = {
                "x_lengths": torch.tensor([ids.shape[1]], device=self.device),
                "d_vectors": voice["speaker"].to(self.device),
                "speaker_ids": None,
                "language_ids": torch.tensor([known], device=self.device),
            }
            found: Samples = self.model.inference(ids, given)["model_outputs"][0, 0].cpu().float().numpy()
            return found
