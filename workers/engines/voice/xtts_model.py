"""XTTSv2 as coqui-tts ships it, loaded from a folder that stays as it is. Runs in the voice environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from TTS.tts.configs.xtts_config import XttsConfig  # noqa: E402
from TTS.tts.models.xtts import Xtts, _legacy_safe_globals  # noqa: E402

from studio.errors import MediaUnusable  # noqa: E402
from studio.media import sha256_of  # noqa: E402
from workers.engines.voice.references import Reference, Samples  # noqa: E402

REFERENCE_RATE = 22_050
HEARD_TOKENS = 5


class _ReadOnly(Xtts):  # type: ignore[misc]
    """Upstream writes an old checkpoint back in a newer form, which would spoil a verified file."""

    def _load_checkpoint(self, model_path: Path) -> dict[str, Any]:
        with _legacy_safe_globals():
            state: dict[str, Any] = torch.load(model_path, map_location="cpu", weights_only=True)["model"]
        return state


def gpt_state(model: Xtts, folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of the language model as the checkpoint of a folder has them."""
    state = model.get_compatible_checkpoint_state_dict(folder / "model.pth")
    return {name.removeprefix("gpt."): each for name, each in state.items() if name.startswith("gpt.")}


def untrained(folder: Path) -> Xtts:
    """The model of a folder as training needs it: on the CPU, nothing added for speaking."""
    config = XttsConfig()
    config.load_json(str(folder / "config.json"))
    model = _ReadOnly(config)
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=False, use_deepspeed=False)
    return model


class XttsModel:
    """The model of a folder with config.json, model.pth and vocab.json, on the GPU where there is one."""

    def __init__(self, folder: Path) -> None:
        config = XttsConfig()
        config.load_json(str(folder / "config.json"))
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = _ReadOnly(config)
        self.model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True, use_deepspeed=False)
        self.model.to(self.device)
        self.languages: tuple[str, ...] = tuple(config.languages)
        self.rate = int(config.audio.output_sample_rate)
        self.config = config
        self.folder, self.adopted = folder, ""
        self.checkpoint: Path | None = None

    def adopt(self, checkpoint: Path | None) -> str:
        """Speak with a trained version of the language model, or with the base's again when there is none.

        Returns what tells imprints of this version from others, "" for the base. Raises MediaUnusable for a version
        of a model of another size.
        """
        if checkpoint != self.checkpoint:
            state = load_file(checkpoint) if checkpoint else gpt_state(self.model, self.folder)
            self.checkpoint = Path()  # neither the one nor the other, should it fail half way
            try:
                self.model.gpt.load_state_dict(state, strict=False)
            except RuntimeError as error:
                raise MediaUnusable("This version of the voice was trained on other base weights.") from error
            self.adopted = f"-{sha256_of(checkpoint)[:16]}" if checkpoint else ""
            self.checkpoint = checkpoint
        return self.adopted

    def most_characters(self, language: str) -> int:
        """How many characters of that language upstream advises at once."""
        return int(self.model.tokenizer.char_limits[language.split("-")[0]])

    def fits(self, text: str, language: str) -> bool:
        """Whether a piece of text is short enough for the model."""
        return bool(
            len(self.model.tokenizer.encode(text, lang=language)) < self.model.args.gpt_max_text_tokens
        )

    def imprint(self, references: Sequence[Reference]) -> dict[str, torch.Tensor]:
        """`latents` (1, n, channels) of all recordings together, `speaker` (1, 512, 1), their mean.

        As `Xtts.get_conditioning_latents`, from samples at 22.05 kHz instead of files, for which upstream
        needs torchcodec and a system's ffmpeg.
        """
        with torch.inference_mode():
            audios = [
                torch.from_numpy(one.samples)[None, : REFERENCE_RATE * self.config.max_ref_len].to(
                    self.device
                )
                for one in references
            ]
            speakers = [self.model.get_speaker_embedding(audio, REFERENCE_RATE) for audio in audios]
            latents = self.model.get_gpt_cond_latents(
                torch.cat(audios, dim=-1),
                REFERENCE_RATE,
                self.config.gpt_cond_len,
                self.config.gpt_cond_chunk_len,
            )
            return {"latents": latents, "speaker": torch.stack(speakers).mean(dim=0)}

    def speak(
        self,
        text: str,
        language: str,
        voice: dict[str, torch.Tensor],
        pace: float,
        seed: int,
        heard: Callable[[int], None],
    ) -> Samples:
        """Samples of one piece of text; `heard` is told every five tokens (0.23 s) how many there are.

        As `Xtts.inference_stream`, which hands the vocoder everything again for every chunk; here the tokens
        are streamed and the vocoder runs once.
        """
        torch.manual_seed(seed)
        with torch.inference_mode():
            latents: list[torch.Tensor] = []
            for _token, latent in self._tokens(text, language, voice["latents"].to(self.device)):
                latents.append(latent)
                if len(latents) % HEARD_TOKENS == 0:
                    heard(len(latents))
            said = torch.cat(latents, dim=0)[None]
            if pace != 1.0:
                longer = torch.nn.functional.interpolate(
                    said.transpose(1, 2), scale_factor=1.0 / pace, mode="linear"
                )
                said = longer.transpose(1, 2)
            sound = self.model.hifigan_decoder(said, g=voice["speaker"].to(self.device))
        found: Samples = sound.squeeze().cpu().float().numpy()
        return found

    def _tokens(self, text: str, language: str, latents: torch.Tensor) -> Iterator[Any]:
        ids = self.model.tokenizer.encode(text.strip().lower(), lang=language)
        tokens = torch.IntTensor(ids).unsqueeze(0).to(self.device)
        config = self.config
        found: Iterator[Any] = self.model.gpt.get_generator(
            fake_inputs=self.model.gpt.compute_embeddings(latents, tokens),
            top_k=config.top_k,
            top_p=config.top_p,
            temperature=config.temperature,
            do_sample=True,
            num_beams=1,
            num_return_sequences=1,
            length_penalty=float(config.length_penalty),
            repetition_penalty=float(config.repetition_penalty),
            output_attentions=False,
            output_hidden_states=True,
            return_dict_in_generate=True,
        )
        return found
