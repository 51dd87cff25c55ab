"""Tiny separators of random weights: `python -m tests.engines.tiny.separators demucs|demucs-full|uvr FOLDER`.

`demucs-full` is as large as the published one, for its speed (bench/full). The Demucs ones run in the voice
environment, the UVR one in the separator's.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

TINY = {"channels": 8, "depth": 4, "t_layers": 1, "t_heads": 2, "segment": 2, "dconv_comp": 8}
FULL = {"channels": 48, "depth": 4, "t_layers": 5, "t_heads": 8, "segment": 7.8, "bottom_channels": 512}


def demucs(folder: Path, given: Mapping[str, float] = TINY) -> None:
    """A Hybrid Transformer Demucs of random weights, as the hub publishes it: YAML and safetensors."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    shape = {
        "sources": ["drums", "bass", "other", "vocals"], "samplerate": 44100, "audio_channels": 2, **given,
    }  # fmt: skip
    torch.manual_seed(0)
    state = {name: tensor.contiguous() for name, tensor in HTDemucs(**shape).state_dict().items()}
    said = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(shape)}
    save_file(state, folder / "955717e8.safetensors", metadata=said)
    (folder / "htdemucs.yaml").write_text("models: ['955717e8']\n")


def uvr(folder: Path) -> None:
    """An MDX model of one operator that takes half of the spectrum, and the lists that name it."""
    import onnx
    from onnx import TensorProto, helper

    shape = [1, 4, 2048, 256]
    half = helper.make_tensor("half", TensorProto.FLOAT, [1], [0.5])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["input", "half"], ["output"])],
        "half",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [half],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / "UVR-MDX-NET-Voc_FT.onnx"
    onnx.save(model, path)
    settings = {
        "compensate": 1.0, "mdx_dim_f_set": 2048, "mdx_dim_t_set": 8, "mdx_n_fft_scale_set": 4096,
        "primary_stem": "Vocals",
    }  # fmt: skip
    names = (
        "vr_download_list", "mdx_download_list", "demucs_download_list", "mdx23c_download_list",
        "mdx_download_vip_list", "mdx23_download_list", "mdx23c_download_vip_list", "vr_download_vip_list",
        "roformer_download_list",
    )  # fmt: skip
    lists: dict[str, dict[str, str]] = {name: {} for name in names}
    lists["mdx_download_list"]["MDX-Net Model: UVR-MDX-NET-Voc_FT"] = path.name
    (folder / "download_checks.json").write_text(json.dumps(lists))
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    (folder / "mdx_model_data.json").write_text(json.dumps({md5: settings}))
    (folder / "vr_model_data.json").write_text("{}")


if __name__ == "__main__":
    made = Path(sys.argv[2])
    made.mkdir(parents=True)
    {"demucs": demucs, "demucs-full": partial(demucs, given=FULL), "uvr": uvr}[sys.argv[1]](made)
