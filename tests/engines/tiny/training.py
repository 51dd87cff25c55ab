"""A tiny XTTSv2 that may be trained on clips of up to 2.5 s: `python -m tests.engines.tiny.training FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.engines.tiny.coqui import TINY_XTTS, xtts

TOKENS = 62


def dvae(folder: Path) -> None:
    """A DVAE of 16 channels and 1024 tokens that does not know sound from sound."""
    import torch
    from TTS.tts.layers.xtts.dvae import DiscreteVAE

    torch.manual_seed(0)
    made = DiscreteVAE(
        channels=80, positional_dims=1, num_tokens=1024, codebook_dim=16, hidden_dim=16, num_resnet_blocks=3,
        kernel_size=3, num_layers=2, use_transposed_convs=False,
    )  # fmt: skip
    torch.save(made.state_dict(), folder / "dvae.pth")


if __name__ == "__main__":
    for name, make in (
        ("xtts-v2", lambda folder: xtts(folder, {**TINY_XTTS, "gpt_max_audio_tokens": TOKENS})),
        ("xtts-v2-dvae", dvae),
    ):
        made = Path(sys.argv[1]) / name
        made.mkdir(parents=True)
        make(made)
