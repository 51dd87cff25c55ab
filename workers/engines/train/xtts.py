"""Trains XTTSv2's language model on a founder's clips; the rest of the model stays as it is."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, Train
from studio.errors import LanguageUnsupported, MediaUnusable, Misconfigured, NeedsFounder, VoiceSampleUnusable


class XttsTraining:
    """train: a folder of clips with their words → safetensors of a version of the voice."""

    device: ClassVar[str] = "cuda"
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

        Waits for another attempt that is still at work in the same folder. Raises Misconfigured without a GPU,
        MediaUnusable when the clips are not those of the request, VoiceSampleUnusable when too few can be used,
        LanguageUnsupported, and NeedsFounder when the held-out clips never got better, since that makes no version.
        """
        import torch

        _require(self.device, torch.cuda.is_available())
        asked, work = Train(**request), inputs["work"]
        manifest = _manifest(work, asked.manifest)
        with _alone(work):
            result = self._learned(asked, manifest, work, out, seed, progress)
        if not result["best_step"]:
            raise NeedsFounder(
                f"{result['steps']} steps did not make the held-out clips any better "
                f"(loss {result['before']:.3f}, at best {result['best_seen']:.3f}), so no version was made; "
                "more or cleaner recordings may help."
            )

    def close(self) -> None:
        """Nothing is held."""

    def _learned(
        self, asked: Train, manifest: Json, work: Path, out: Path, seed: int, progress: Progress
    ) -> Json:
        from studio.media import sha256_of
        from workers.engines.train.examples import read_examples
        from workers.engines.train.loop import Learner, learn
        from workers.engines.voice.xtts_model import untrained

        dvae = self._weights["xtts-v2-dvae"] / "dvae.pth"
        model = untrained(self._weights["xtts-v2"])
        language = _language(model, str(manifest["language"]))
        examples = read_examples(model, dvae, work, manifest["clips"], language)
        if not examples.train or not examples.held_out:
            raise VoiceSampleUnusable(
                "Too few of the clips fit the model: none to train on, or none to judge by."
            )
        base = sha256_of(self._weights["xtts-v2"] / "model.pth")
        # more steps or patience continue the same run
        made = [asked.batch, asked.accumulate, asked.rate, asked.every, seed]
        run = json.dumps([base, sha256_of(dvae), asked.manifest, *made])
        about = {"base": base, "manifest": asked.manifest}
        about |= {name: manifest[name] for name in ("language", "samples", "speech_s")}
        learner = Learner(model, examples, asked, self.device, seed)
        return learn(learner, work, run, about, out, progress)


class XttsTrainingOnCpu(XttsTraining):
    """The same where there is no GPU: for small weights, or for days."""

    device: ClassVar[str] = "cpu"
    spec: ClassVar[EngineSpec] = replace(
        XttsTraining.spec,
        name="xtts-training-cpu",
        summary="the same on a CPU: days for the real weights",
        needs_gpu=False,
        vram_gib=0.0,
    )


def _require(device: str, gpu: bool) -> None:
    if device == "cuda" and not gpu:
        raise Misconfigured(
            "torch sees no GPU here; see docs/training.md. On a CPU (--device cpu) the real weights take days."
        )


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """One attempt at a time writes checkpoints, whatever became of the others; the lock goes with its process."""
    with (work / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _manifest(work: Path, sha256: str) -> Json:
    from studio.media import sha256_of

    path = work / "manifest.json"
    if not path.is_file():
        raise MediaUnusable("The clips are not here; on several hosts the media folder has to be shared.")
    if sha256_of(path) != sha256:
        raise MediaUnusable(
            "The clips were prepared anew since this training was asked for; ask for it again."
        )
    found: Json = json.loads(path.read_bytes())
    return found


def _language(model: Any, asked: str) -> str:
    plain = asked.lower().split("-")[0]
    found = next((str(one) for one in model.config.languages if one.split("-")[0] == plain), "")
    if not found:
        raise LanguageUnsupported(f"XTTSv2 cannot be trained in “{asked}”.")
    return found
