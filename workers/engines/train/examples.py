"""Clips as XTTSv2's language model is trained on them, as coqui-tts prepares them (xtts/trainer, MPL-2.0).

The sound's tokens never change, so they are computed once; upstream computes them in every step. Runs in the voice
environment.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402
from TTS.tts.layers.tortoise.arch_utils import TorchMelSpectrogram  # noqa: E402
from TTS.tts.layers.xtts.dvae import DiscreteVAE  # noqa: E402

RATE, STRIDE = 22_050, 1024
LEAST_PROMPT, MOST_PROMPT = 66_150, 132_300
STOP, UNKNOWN = 0, 1


@dataclass(frozen=True, slots=True)
class Example:
    """A clip: `text` (n,) tokens, `wave` (samples,) at 22.05 kHz, `codes` (m,) tokens of its sound."""

    text: torch.Tensor
    wave: torch.Tensor
    codes: torch.Tensor


@dataclass(frozen=True, slots=True)
class Examples:
    """`left_out` clips do not fit the model: too long, or with signs that it does not know."""

    train: list[Example]
    held_out: list[Example]
    left_out: int
    prompt_mel: Any


def read_examples(
    model: Any, dvae: Path, work: Path, clips: Sequence[dict[str, Any]], language: str
) -> Examples:
    """The clips of a manifest in its order; the DVAE's sizes are read off its file."""
    coder, mel = _coder(dvae), _spectrum(model)
    groups: dict[bool, list[Example]] = {False: [], True: []}
    for clip in clips:
        text = torch.IntTensor(model.tokenizer.encode(clip["text"], lang=language))
        wave = _wave(work / clip["file"])
        if _fits(model.gpt, text, wave):
            with torch.inference_mode():
                codes = coder.get_codebook_indices(mel(wave[None]))[0].clone()
            groups[bool(clip["held_out"])].append(Example(text, wave, codes.clone()))
    used = len(groups[False]) + len(groups[True])
    return Examples(groups[False], groups[True], len(clips) - used, _spectrum(model, 2048))


def _fits(gpt: Any, text: torch.Tensor, wave: torch.Tensor) -> bool:
    codes = -(-len(wave) // STRIDE) + 5
    known = not bool(((text == STOP) | (text == UNKNOWN)).any())
    return known and 0 < len(text) < gpt.max_text_tokens - 2 and codes <= gpt.max_mel_tokens


def _coder(path: Path) -> Any:
    state = torch.load(path, map_location="cpu", weights_only=True)
    width, tokens = state["codebook.embed"].shape
    coder = DiscreteVAE(
        channels=80,
        positional_dims=1,
        num_tokens=tokens,
        codebook_dim=width,
        hidden_dim=state["encoder.0.0.weight"].shape[0],
        num_resnet_blocks=3,
        kernel_size=3,
        num_layers=2,
        use_transposed_convs=False,
    )
    coder.load_state_dict(state, strict=False)
    return coder.eval()


def _spectrum(model: Any, window: int = 1024) -> Any:
    """Mel spectrogram, normalised by the model's own statistics (the same as upstream's mel_stats.pth)."""
    made = TorchMelSpectrogram(
        filter_length=window, hop_length=256, win_length=1024, sampling_rate=RATE, mel_norm_file=None
    )
    made.mel_norms = model.mel_stats.clone()
    return made


def _wave(path: Path) -> torch.Tensor:
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE, f"{path} has {rate} Hz"
    return torch.from_numpy(samples)


def prompt(wave: torch.Tensor, chance: random.Random | None) -> tuple[torch.Tensor, list[int]]:
    """A piece of the clip itself to condition on, (132300,), and where it lies; without `chance` its beginning.

    As upstream's get_prompt_slice: 3 to 6 s, or half of a clip that is shorter; padded with silence.
    """
    size = chance.randint(LEAST_PROMPT, MOST_PROMPT) if chance else (LEAST_PROMPT + MOST_PROMPT) // 2
    size = size if size <= len(wave) else len(wave) // 2
    start = chance.randint(0, len(wave) - size) if chance else 0
    piece = wave[start : start + size]
    return torch.nn.functional.pad(piece, (0, MOST_PROMPT - size)), [start, start + size]


def batch_of(
    examples: Sequence[Example], chance: random.Random | None, mel: Any, device: str
) -> dict[str, torch.Tensor | None]:
    """What GPT.forward takes. To be judged (no `chance`), nothing of the loss is masked, as upstream does."""
    prompts = [prompt(each.wave, chance) for each in examples]
    sound = torch.stack([piece for piece, _ in prompts]).to(device)
    with torch.no_grad():
        spectrum = mel(sound)[:, None]
    pad = torch.nn.utils.rnn.pad_sequence
    return {
        "text_inputs": pad([each.text for each in examples], batch_first=True).to(device),
        "text_lengths": torch.tensor([len(each.text) for each in examples], device=device),
        "audio_codes": pad([each.codes for each in examples], batch_first=True).to(device),
        "wav_lengths": torch.tensor([len(each.wave) for each in examples], device=device),
        "cond_mels": spectrum,
        "cond_idxs": torch.tensor([place for _, place in prompts], device=device) if chance else None,
    }
