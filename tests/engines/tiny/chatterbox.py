"""Chatterbox with few layers of random weights, in the folder the real one comes in: `… tiny.chatterbox FOLDER`.

Runs in Chatterbox' environment. Its widths are fixed, so few layers are still 100 million numbers; they are kept
as half floats, which loading widens. `full TOKENS FOLDER`: all layers, for its speed (bench/full).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402
from chatterbox.models.s3gen import S3Gen  # noqa: E402
from chatterbox.models.t3 import T3  # noqa: E402
from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS  # noqa: E402
from chatterbox.models.t3.modules.t3_config import T3Config  # noqa: E402
from chatterbox.models.voice_encoder import VoiceEncoder  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from workers.engines.voice.chatterbox_model import STACKS  # noqa: E402

START, TOKENS = 255, 14
"""Positions for 14 tokens (half a second), since random weights never stop by themselves."""


def speaker(full: bool, tokens: int) -> torch.nn.Module:
    """T3 with one layer, or all."""
    if not full:
        LLAMA_CONFIGS["Llama_520M"].update(num_hidden_layers=1, intermediate_size=64)
    shape = T3Config.english_only()
    shape.max_speech_tokens = tokens
    return T3(shape)


def renderer(full: bool) -> torch.nn.Module:
    """S3Gen with one of each layer that repeats, or all."""
    made = S3Gen()
    for stack in () if full else STACKS:
        del made.get_submodule(stack)[1:]
    return made


def tokenizer(path: Path) -> None:
    """Letters, with the special tokens at their places."""
    from tokenizers import Tokenizer, models

    named = ["[STOP]", "[UNK]", "[SPACE]", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'-"]
    vocabulary = {name: at for at, name in enumerate(named)} | {"[START]": START}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    made.add_special_tokens(["[STOP]", "[UNK]", "[SPACE]", "[START]"])
    made.save(str(path))
    assert json.loads(path.read_text())["model"]["vocab"]["[START]"] == START


if __name__ == "__main__":
    torch.manual_seed(0)
    full = sys.argv[1] == "full"
    tokens = int(sys.argv[2]) if full else TOKENS
    folder = Path(sys.argv[-1]) / "chatterbox"
    folder.mkdir(parents=True)
    for name, module in (
        ("ve", VoiceEncoder()),
        ("t3_cfg", speaker(full, tokens)),
        ("s3gen", renderer(full)),
    ):
        state = {key: tensor.half().contiguous() for key, tensor in module.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    tokenizer(folder / "tokenizer.json")
