"""Kokoro's 8-bit graph made quick on CPUs, and opened where the engine needs to look in or turn a knob.

onnxruntime has no fast kernel for ConvInteger; with the weights unfolded to float the same convolution runs
as Conv, several times as fast. The 8-bit MatMulInteger nodes stay, for they are quick as they are.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

FRAMES = "/encoder/Clip_output_0"
PITCH = "/encoder/F0_proj/Conv_output_0"


def folded(model: Path, folder: Path) -> Path:
    """The folded model in `folder`, made on first use and published atomically.

    It has one more output, `frames` (1, tokens): how many frames of 600 samples each token lasts; and one
    more input, `pitch` (1,): a factor on the fundamental frequency.
    """
    target = folder / f"{model.stem}.folded-2.onnx"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        os.close(handle)
        _write_folded(model, Path(name))
        Path(name).replace(target)
    return target


def _write_folded(model: Path, out: Path) -> None:
    import onnx

    loaded = onnx.load(str(model))
    graph = _Graph(loaded.graph)
    for node in [node for node in graph.nodes if node.op_type == "ConvInteger"]:
        graph.fold(node)
    graph.open_frames_and_pitch()
    graph.write_back()
    onnx.save(loaded, str(out))


class _Graph:
    """A protobuf graph with its edges as dictionaries."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.nodes: list[Any] = list(graph.node)
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.users: dict[str, list[Any]] = {}
        for node in self.nodes:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def fold(self, node: Any) -> None:
        """Replace a ConvInteger with its (Add,) Cast and Mul by a Conv on the values before quantisation."""
        from onnx import helper, numpy_helper

        after = self.users[node.output[0]][0]
        bias = []
        if after.op_type == "Add":
            bias = [self._unscaled_bias(next(name for name in after.input if name != node.output[0]))]
            after = self.users[after.output[0]][0]
        scaled = self.users[after.output[0]][0]
        scale = self.maker[next(name for name in scaled.input if name != after.output[0])]
        weight_scale = next(self._value(name) for name in scale.input if name in self.tensors)
        zero = self._value(node.input[3]) if len(node.input) > 3 else 0
        name = node.input[1] + "_float"
        weight = (self._value(node.input[1]).astype("f4") - _per_channel(zero)) * _per_channel(weight_scale)
        self.tensors[name] = numpy_helper.from_array(weight.astype("f4"), name)
        conv = helper.make_node(
            "Conv",
            [self.maker[node.input[0]].input[0], name, *bias],
            [scaled.output[0]],
            name=node.name + "_float",
        )
        conv.attribute.extend(node.attribute)
        self.nodes[self.nodes.index(node)] = conv
        self.nodes.remove(scaled)

    def open_frames_and_pitch(self) -> None:
        """Name the frames output, and multiply the fundamental frequency by the `pitch` input."""
        from onnx import TensorProto, helper

        inner = PITCH + "_own"
        source = next(node for node in self.nodes if PITCH in node.output)
        source.output[:] = [inner if name == PITCH else name for name in source.output]
        at = self.nodes.index(source) + 1
        self.nodes.insert(at, helper.make_node("Mul", [inner, "pitch"], [PITCH], name="pitch_factor"))
        self.nodes.append(helper.make_node("Identity", [FRAMES], ["frames"], name="frames_out"))
        self.graph.input.append(helper.make_tensor_value_info("pitch", TensorProto.FLOAT, [1]))
        self.graph.output.append(helper.make_empty_tensor_value_info("frames"))

    def write_back(self) -> None:
        """Put the nodes that are still needed, in order, and their tensors into the protobuf."""
        needed = {out.name for out in self.graph.output}
        kept = []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        del self.graph.node[:], self.graph.initializer[:], self.graph.value_info[:]
        self.graph.node.extend(reversed(kept))
        self.graph.initializer.extend(tensor for name, tensor in self.tensors.items() if name in needed)

    def _value(self, name: str) -> Any:
        from onnx import numpy_helper

        return numpy_helper.to_array(self.tensors[name])

    def _unscaled_bias(self, name: str) -> str:
        node = self.maker[name]
        while node.op_type != "Div":
            node = self.maker[node.input[0]]
        return str(node.input[0])


def _per_channel(value: Any) -> Any:
    import numpy as np

    flat = np.asarray(value, np.float32).reshape(-1)
    return flat[0] if flat.size == 1 else flat.reshape(-1, 1, 1)
