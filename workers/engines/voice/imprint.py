"""What a cloning model has made of a founder's recordings, kept so that it is computed once.

A file lies beside the derived weights and is named by the content of the recordings: other recordings are
another file. It is a likeness of a person, so it goes when the persona goes (`forget`), and elsewhere a week after
it was last used.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from workers.engines.voice.references import Reference, fingerprint

DERIVED, FOLDER = ".derived", "imprints"
UNUSED_S = 7 * 24 * 3600.0

Tensors = dict[str, Any]


def imprint(
    weights: Path, version: str, references: Sequence[Reference], make: Callable[[], Tensors]
) -> Tensors:
    """Named torch tensors (CPU, float32) of these recordings, from the file or from `make`.

    `weights` is the folder of the model; `version` changes when the same recordings would give other tensors.
    """
    from safetensors.torch import load_file, save_file

    folder = weights.parent / DERIVED / weights.name / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    path = folder / f"{version}-{fingerprint(references)}.safetensors"
    if path.is_file():
        os.utime(path)
        return dict(load_file(path))
    made = {name: tensor.detach().cpu().float().contiguous() for name, tensor in make().items()}
    part = path.with_suffix(f".{os.getpid()}.part")
    save_file(made, part)
    part.replace(path)
    return made


def forget(weights_root: Path, samples: Iterable[str]) -> int:
    """Erase everything made of recordings with these hashes, whatever the model; how many files went."""
    folders = weights_root / DERIVED
    found = {path for sha in samples for path in folders.glob(f"*/{FOLDER}/*{sha[:16]}*")}
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - UNUSED_S:
            path.unlink(missing_ok=True)
