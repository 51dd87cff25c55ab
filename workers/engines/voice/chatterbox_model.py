"""Chatterbox as chatterbox-tts ships it, loaded from a folder, no hub asked. Runs in its own environment.

Text becomes speech tokens (T3, a Llama), tokens a mel spectrogram (S3Gen's flow), that a sound (its vocoder).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import numpy as np  # noqa: E402
import perth  # noqa: E402
import torch  # noqa: E402
from chatterbox.models.s3gen import S3GEN_SR, S3Gen  # noqa: E402
from chatterbox.models.s3tokenizer import S3_SR, SPEECH_VOCAB_SIZE  # noqa: E402
from chatterbox.models.t3 import T3  # noqa: E402
from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS  # noqa: E402
from chatterbox.models.t3.modules.cond_enc import T3Cond  # noqa: E402
from chatterbox.models.t3.modules.t3_config import T3Config  # noqa: E402
from chatterbox.models.tokenizers import EnTokenizer  # noqa: E402
from chatterbox.models.voice_encoder import VoiceEncoder  # noqa: E402
from chatterbox.tts import punc_norm  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from scipy.signal import resample_poly  # noqa: E402
from transformers.generation.logits_process import (  # noqa: E402
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
)

from workers.engines.voice.references import Reference, Samples  # noqa: E402

PROMPT_S, COLOUR_S = 6, 10
GUIDANCE, TEMPERATURE, MIN_P, REPETITION = 0.5, 0.8, 0.05, 1.2
HEARD_TOKENS, MOST_TOKENS, POSITIONS_BESIDE = 10, 1000, 4
STACKS = (
    "tokenizer.encoder.blocks",
    "flow.encoder.encoders",
    "flow.encoder.up_encoders",
    "flow.decoder.estimator.mid_blocks",
    *(f"flow.decoder.estimator.{part}_blocks.0.1" for part in ("down", "mid", "up")),
)
"""Lists of layers that are as long as the file says."""

State = Mapping[str, torch.Tensor]


class ChatterboxModel:
    """The models of a folder with ve, t3_cfg, s3gen (safetensors) and tokenizer.json, on the GPU where there is one."""

    rate = int(S3GEN_SR)

    def __init__(self, folder: Path) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        encoder = VoiceEncoder()
        encoder.load_state_dict(load_file(folder / "ve.safetensors"))
        state = load_file(folder / "t3_cfg.safetensors")
        speaker = T3(_shape(state))
        speaker.load_state_dict(state)
        state = load_file(folder / "s3gen.safetensors")
        renderer = S3Gen()
        for stack in STACKS:
            del renderer.get_submodule(stack)[_layers(state, stack) :]
        # upstream leaves out what it computes; a weight that is missing would stay random
        missing, _strange = renderer.load_state_dict(state, strict=False)
        if lost := {name for name, _weight in renderer.named_parameters()} & set(missing):
            raise ValueError(f"s3gen.safetensors lacks {sorted(lost)}")
        self.encoder, self.speaker, self.renderer = (
            each.to(self.device).eval() for each in (encoder, speaker, renderer)
        )
        self.tokenizer = EnTokenizer(str(folder / "tokenizer.json"))
        self.watermark = perth.PerthImplicitWatermarker()

    def imprint(self, references: Sequence[Reference]) -> dict[str, torch.Tensor]:
        """What `ChatterboxTTS.prepare_conditionals` makes of one file, of all recordings at 24 kHz.

        `speaker` (1, 256) is their mean; `prompt` (1, n) tokens of the first six seconds; `token` (1, n),
        `mel` (1, 2 n, 80) and `colour` (1, 192) of the first ten.
        """
        lower = [resample_poly(one.samples, S3_SR, S3GEN_SR).astype(np.float32) for one in references]
        joined = np.concatenate([one.samples for one in references])
        with torch.inference_mode():
            sound = self.renderer.embed_ref(joined[: COLOUR_S * S3GEN_SR], S3GEN_SR, device=self.device)
            prompt, _length = self.renderer.tokenizer.forward(
                [np.concatenate(lower)[: PROMPT_S * S3_SR]], max_len=self.speaker.hp.speech_cond_prompt_len
            )
            speakers = torch.from_numpy(self.encoder.embeds_from_wavs(lower, sample_rate=S3_SR))
            return {
                "speaker": speakers.mean(dim=0, keepdim=True),
                "prompt": torch.atleast_2d(prompt),
                "token": sound["prompt_token"],
                "mel": sound["prompt_feat"],
                "colour": sound["embedding"],
            }

    def speak(
        self,
        text: str,
        voice: dict[str, torch.Tensor],
        exaggeration: float,
        pace: float,
        seed: int,
        heard: Callable[[int], None],
    ) -> Samples:
        """Samples of one piece of text, not yet watermarked; `heard` is told every ten tokens (0.4 s).

        As `ChatterboxTTS.generate`, which returns every step's attentions and uses none of them.
        """
        torch.manual_seed(seed)
        with torch.inference_mode():
            found: list[torch.Tensor] = []
            for token in self._tokens(punc_norm(text), voice, exaggeration):
                found.append(token)
                if len(found) % HEARD_TOKENS == 0:
                    heard(len(found))
            tokens = torch.cat(found, dim=1)[0]
            tokens = tokens[tokens < SPEECH_VOCAB_SIZE]
            mel = self.renderer.flow_inference(tokens, ref_dict=self._sound(voice), finalize=True)
            if pace != 1.0:
                mel = torch.nn.functional.interpolate(mel, scale_factor=1.0 / pace, mode="linear")
            sound, _source = self.renderer.hift_inference(mel)
            fade = self.renderer.trim_fade[: sound.shape[1]]
            sound[:, : len(fade)] *= fade
        samples: Samples = sound.squeeze(0).cpu().float().numpy()
        return samples

    def marked(self, samples: Samples) -> Samples:
        """With Resemble's inaudible watermark, which says that a machine spoke; upstream always sets it."""
        with torch.inference_mode():
            return np.asarray(self.watermark.apply_watermark(samples, sample_rate=self.rate), np.float32)

    def _sound(self, voice: dict[str, torch.Tensor]) -> dict[str, Any]:
        token = voice["token"].long().to(self.device)
        return {
            "prompt_token": token,
            "prompt_token_len": torch.tensor([token.shape[1]], device=self.device),
            "prompt_feat": voice["mel"].to(self.device),
            "prompt_feat_len": None,
            "embedding": voice["colour"].to(self.device),
        }

    def _tokens(
        self, text: str, voice: dict[str, torch.Tensor], exaggeration: float
    ) -> Iterator[torch.Tensor]:
        """Speech tokens (1, 1) until the model stops; as `T3.inference`, in pairs with and without the text."""
        model, hp = self.speaker, self.speaker.hp
        tokens = self.tokenizer.text_to_tokens(text).to(self.device).long()
        tokens = torch.nn.functional.pad(tokens, (1, 0), value=hp.start_text_token)
        tokens = torch.nn.functional.pad(tokens, (0, 1), value=hp.stop_text_token).repeat(2, 1)
        manner = T3Cond(
            speaker_emb=voice["speaker"],
            cond_prompt_speech_tokens=voice["prompt"].long(),
            emotion_adv=exaggeration * torch.ones(1, 1, 1),
        ).to(device=self.device)
        said = torch.full((1, 1), hp.start_speech_token, device=self.device)
        begun, _length = model.prepare_input_embeds(
            t3_cond=manner, text_tokens=tokens, speech_tokens=said.repeat(2, 1), cfg_weight=GUIDANCE
        )
        given, past = torch.cat([begun, self._embedded(said, 0)], dim=1), None
        choosing = _choosing()
        for at in range(min(MOST_TOKENS, hp.max_speech_tokens - 1)):
            told = model.tfmr(inputs_embeds=given, past_key_values=past, use_cache=True)
            past = told.past_key_values
            with_text, without = model.speech_head(told.last_hidden_state[:, -1]).split(1)
            weighed = choosing(said, with_text + GUIDANCE * (with_text - without))
            token = torch.multinomial(torch.softmax(weighed, dim=-1), num_samples=1)
            if int(token) == hp.stop_speech_token:
                return
            yield token
            said = torch.cat([said, token], dim=1)
            given = self._embedded(token, at + 1)

    def _embedded(self, token: torch.Tensor, at: int) -> torch.Tensor:
        """A token at its place, twice: (2, 1, channels)."""
        place = self.speaker.speech_pos_emb.get_fixed_embedding(at)
        return (self.speaker.speech_emb(token) + place).repeat(2, 1, 1)


def _choosing() -> Any:
    """Upstream's processors in its order; its top_p of 1 does nothing."""
    return LogitsProcessorList(
        [
            RepetitionPenaltyLogitsProcessor(penalty=REPETITION),
            TemperatureLogitsWarper(TEMPERATURE),
            MinPLogitsWarper(min_p=MIN_P),
        ]
    )


def _shape(state: State) -> Any:
    """The English configuration with as many layers and positions as the file holds."""
    layers = _layers(state, "tfmr.layers")
    inner = state["tfmr.layers.0.mlp.up_proj.weight"].shape[0]
    LLAMA_CONFIGS["as in the file"] = LLAMA_CONFIGS["Llama_520M"] | {
        "num_hidden_layers": layers,
        "intermediate_size": inner,
    }
    shape = T3Config.english_only()
    shape.llama_config_name = "as in the file"
    shape.max_speech_tokens = state["speech_pos_emb.emb.weight"].shape[0] - POSITIONS_BESIDE
    shape.speech_cond_prompt_len = min(shape.speech_cond_prompt_len, shape.max_speech_tokens)
    return shape


def _layers(state: State, stack: str) -> int:
    """How many members of a module list a state has."""
    start = f"{stack}."
    return len({name[len(start) :].partition(".")[0] for name in state if name.startswith(start)})
