"""Lets torchaudio and torchvision import on a torch without CUDA; to be called before transformers or TTS.

Their wheels in the ordinary package index are built for CUDA and stop at import on a CPU torch, and
transformers imports torchaudio whenever it is installed. Only their compiled parts are missing then: resampling
and mel spectrograms of torchaudio are plain torch, and so is all of torchvision that onnx2torch needs. With a
CUDA torch this does nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

NMS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept: list[Any] = []


def mend_torchaudio() -> None:
    """Stand in for torchaudio's compiled extension; whoever calls into it gets a RuntimeError."""
    import torch

    if torch.version.cuda is not None or "torchaudio" in sys.modules:
        return
    stub: Any = ModuleType("torchaudio._extension")
    stub._IS_TORCHAUDIO_EXT_AVAILABLE = stub._IS_ALIGN_AVAILABLE = False
    stub.fail_if_no_align = _refusing
    sys.modules[stub.__name__] = stub
    import torchaudio

    torchaudio._extension = stub


def mend_torchvision() -> None:
    """Declare the operators torchvision's compiled part would have declared; calling them fails."""
    import torch

    if torch.version.cuda is not None or "torchvision" in sys.modules:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(name + NMS)
    _kept.append(library)  # the operators live as long as their library
    import torchvision  # noqa: F401


def _refusing(function: Callable[..., Any]) -> Callable[..., NoReturn]:
    def refuse(*_given: Any, **_named: Any) -> NoReturn:
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled extension")

    return refuse
