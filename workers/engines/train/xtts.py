"""Trains XTTSv2's language model on a founder's clips; the rest of the model stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Train
from studio.errors import LanguageUnsupported, Misconfigured, NeedsFounder, VoiceSampleUnusable

SMALL = 50_000_000
"""Parameters up to which a CPU may train unasked; the real model has 440 million."""


class XttsTraining:
    """train: a folder of clips with their words → safetensors of a version of the voice."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="xtts-training",
        kind=Kind.TRAIN,
        version="1",
        summary="trains a founder's voice for xtts on a GPU: hours, resumable, ends when held-out lines stop improving",
        code_licence="MPL-2.0",
        weights_licence="CPML (non-commercial)",
        commercial=False,
        needs_gpu=True,
        vram_gib=16.0,
        weights=("xtts-v2", "xtts-v2-dvae"),
        venv="voice",
        accept="CPML",
        suffix=".safetensors",
        limit_s=24 * 3600.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Only remember where the weights are: each training begins from the files."""
        self._weights = dict(weights)

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Train, or go on from `work/last.ckpt` when that is of the same clips, weights and settings.

        Raises Misconfigured without a GPU, VoiceSampleUnusable when too few clips can be used, LanguageUnsupported,
        and NeedsFounder when the held-out clips never got better, since that makes no version.
        """
        from workers.engines.train.examples import read_examples
        from workers.engines.train.loop import Learner, learn
        from workers.engines.voice.xtts_model import untrained

        asked, work = Train(**request), inputs["work"]
        manifest = json.loads((work / "manifest.json").read_bytes())
        model = untrained(self._weights["xtts-v2"])
        device = _device(asked.device, sum(each.numel() for each in model.gpt.parameters()))
        language = _language(model, str(manifest["language"]))
        examples = read_examples(
            model, self._weights["xtts-v2-dvae"] / "dvae.pth", work, manifest["clips"], language
        )
        if not examples.train or not examples.held_out:
            raise VoiceSampleUnusable(
                "Too few of the clips fit the model: none to train on, or none to judge by."
            )
        learner = Learner(model, examples, asked, device, seed)
        result = learn(learner, work, _run_name(self._weights, work, asked, seed), out, progress)
        if not result["best_step"]:
            raise NeedsFounder(
                f"{result['steps']} steps did not make the held-out clips any better "
                f"(loss {result['before']:.3f}, at best {result['best_seen']:.3f}), so no version was made; "
                "more or cleaner recordings may help."
            )

    def close(self) -> None:
        """Nothing is held."""


def _device(asked: str, parameters: int) -> str:
    import torch

    if asked == "cuda" and not torch.cuda.is_available():
        raise Misconfigured("torch sees no GPU here; see docs/training.md.")
    if asked:
        return asked
    if torch.cuda.is_available():
        return "cuda"
    if parameters > SMALL:
        raise Misconfigured(
            f"There is no GPU here, and training {parameters / 1e6:.0f} million parameters on this CPU would take "
            "days. Run it on a GPU host (docs/training.md), or say --device cpu if you mean it."
        )
    return "cpu"


def _language(model: Any, asked: str) -> str:
    plain = asked.lower().split("-")[0]
    found = next((str(one) for one in model.config.languages if one.split("-")[0] == plain), "")
    if not found:
        raise LanguageUnsupported(f"XTTSv2 cannot be trained in “{asked}”.")
    return found


def _run_name(weights: Mapping[str, Path], work: Path, asked: Train, seed: int) -> str:
    """Names a run by all that its weights follow from; more steps or patience continue the same run."""
    from studio.media import sha256_of

    base = [sha256_of(weights["xtts-v2"] / "model.pth"), sha256_of(weights["xtts-v2-dvae"] / "dvae.pth")]
    made = [asked.batch, asked.accumulate, asked.rate, asked.every, seed]
    return json.dumps([*base, sha256_of(work / "manifest.json"), *made])
