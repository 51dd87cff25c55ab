"""A Whisper of random weights for CTranslate2: one layer, the real file layout and the large ones' vocabulary size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, INNER, MELS, VOCABULARY = 32, 64, 80, 51_865
FRAMES, TOKENS = 1500, 448
SHAPES = {
    "encoder/conv1/weight": (WIDTH, MELS, 3),
    "encoder/conv2/weight": (WIDTH, WIDTH, 3),
    "encoder/position_encodings/encodings": (FRAMES, WIDTH),
    "decoder/position_encodings/encodings": (TOKENS, WIDTH),
    "decoder/embeddings/weight": (VOCABULARY, WIDTH),
    "decoder/projection/weight": (VOCABULARY, WIDTH),
    "self_attention/linear_0/weight": (3 * WIDTH, WIDTH),
    "attention/linear_1/weight": (2 * WIDTH, WIDTH),
    "ffn/linear_0/weight": (INNER, WIDTH),
    "ffn/linear_1/weight": (WIDTH, INNER),
}


def write(folder: Path, english: Path) -> None:
    """Everything the engine loads; `english` is the folder of tiny.en, whose tokens are moved up by one."""
    from ctranslate2.specs import WhisperSpec
    from ctranslate2.specs.model_spec import visit_spec

    folder.mkdir(parents=True)
    spec, chance = WhisperSpec(1, 2, 1, 2), np.random.default_rng(7)

    def fill(part: Any, name: str, value: Any) -> None:
        needed = value is None or name.endswith("position_encodings/encodings")
        bias = name.endswith("/bias") and "projection" not in name
        if needed or bias:
            setattr(part, name.rpartition("/")[2], _values(name, chance))

    visit_spec(spec, fill)
    tokens = _tokens(folder, english)
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.save(str(folder))
    config = {"alignment_heads": [[0, 0]], "suppress_ids": [], "suppress_ids_begin": [220, 50_257]}
    languages = [at for at, token in enumerate(tokens) if len(token) == 6 and token.startswith("<|")]
    (folder / "config.json").write_text(json.dumps(config | {"lang_ids": languages}), "utf-8")


def _values(name: str, chance: np.random.Generator) -> Any:
    if name.endswith("gamma"):
        return np.ones(WIDTH, np.float32)
    kind = name.replace("/bias", "/weight")
    fits = [key for key in SHAPES if kind.endswith(key)]
    shape = SHAPES[max(fits, key=len)] if fits else (WIDTH, WIDTH)
    if name.endswith(("/bias", "/beta")):
        return np.zeros(WIDTH if name.endswith("beta") else shape[0], np.float32)
    return chance.normal(0, 0.3, shape).astype(np.float32)


def _tokens(folder: Path, english: Path) -> list[str]:
    told = json.loads((english / "tokenizer.json").read_text("utf-8"))
    names = {at: token for token, at in told["model"]["vocab"].items()}
    last = max(names)
    told["model"]["vocab"] |= {names[last]: last + 1, "<|unused|>": last}
    for each in told["added_tokens"]:
        each["id"] += 1
    (folder / "tokenizer.json").write_text(json.dumps(told), "utf-8")
    names = {at: token for token, at in told["model"]["vocab"].items()}
    names |= {each["id"]: each["content"] for each in told["added_tokens"]}
    return [names.get(at, f"<|{(at - 50_364) * 0.02:.2f}|>") for at in range(VOCABULARY)]
