"""The training loop: a step is a function of seed and number, so that a killed run ends where an unbroken one does.

The loss and the optimizer are those of coqui-tts's recipe (gpt_trainer.py, xtts_ft_demo): cross entropy of sound tokens
plus a hundredth of that of text, AdamW with betas 0.9 and 0.96, decay 0.01 on weights only, a constant rate.
Runs in the voice environment.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from studio.engine import Json, Progress, Train
from workers.engines.train.examples import Example, Examples, batch_of

TEXT_SHARE, BETAS, DECAY = 0.01, (0.9, 0.96), 0.01
LEAST_GAIN = 1e-4
NORMS = (torch.nn.LayerNorm, torch.nn.GroupNorm)


class Learner:
    """The model, its optimizer, and the clips."""

    def __init__(self, model: Any, examples: Examples, asked: Train, device: str, seed: int) -> None:
        self.gpt = model.gpt.to(device)
        self.examples, self.asked, self.device, self.seed = examples, asked, device, seed
        self.half = device == "cuda" and torch.cuda.is_bf16_supported()
        self.optimizer = torch.optim.AdamW(_groups(self.gpt), lr=asked.rate, betas=BETAS, eps=1e-8)

    def step(self, number: int) -> float:
        """One step of the optimizer, from 1; its loss."""
        self.gpt.train()
        total = 0.0
        for part in range(self.asked.accumulate):
            drawn = (number - 1) * self.asked.accumulate + part
            torch.manual_seed(self.seed * 1_000_003 + drawn)
            loss = (
                self._loss(self._draw(drawn), random.Random(f"{self.seed}:{drawn}")) / self.asked.accumulate
            )
            loss.backward()
            total += float(loss.detach())
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return total

    def held_out(self) -> float:
        """The mean loss of the held-out clips, each on its own, nothing random in it."""
        self.gpt.eval()
        with torch.no_grad():
            losses = [float(self._loss([example], None)) for example in self.examples.held_out]
        return sum(losses) / len(losses)

    def _loss(self, examples: list[Example], chance: random.Random | None) -> Any:
        given = batch_of(examples, chance, self.examples.prompt_mel, self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
            text, sound, _ = self.gpt(**given)
        return text * TEXT_SHARE + sound

    def _draw(self, number: int) -> list[Example]:
        """The clips of a batch: all of them in turn, shuffled anew for each round."""
        clips, size = self.examples.train, self.asked.batch
        drawn = []
        for at in range(number * size, (number + 1) * size):
            order = list(range(len(clips)))
            random.Random(f"{self.seed}:order:{at // len(clips)}").shuffle(order)
            drawn.append(clips[order[at % len(clips)]])
        return drawn


def learn(learner: Learner, work: Path, run: str, about: Json, out: Path, progress: Progress) -> Json:
    """Train until `steps`, or until the held-out clips stop improving; the best weights go to `out`.

    Nothing is written to `out` when they never improved (`best_step` 0). The result, with `about`, is kept in
    `work/result.json`.
    """
    state = _resumed(learner, work, run) or _begun(learner, work, run)
    begun, first, asked = time.monotonic(), state["step"], learner.asked
    while state["step"] < asked.steps and state["stale"] < asked.patience:
        state["step"] += 1
        loss = learner.step(state["step"])
        if state["step"] % asked.every == 0 or state["step"] == asked.steps:
            _judge(learner, work, state, loss)
        took = (time.monotonic() - begun) / (state["step"] - first)
        _write_now(work, state, asked.steps, loss, took * (asked.steps - state["step"]))
        progress(0.99 * state["step"] / asked.steps)
    result = about | _result(learner, state)
    if state["best_step"]:
        shutil.copyfile(work / "best.safetensors", out)
    _put(work / "result.json", json.dumps(result).encode())
    return result


def _begun(learner: Learner, work: Path, run: str) -> dict[str, Any]:
    (work / "best.safetensors").unlink(missing_ok=True)
    before = learner.held_out()
    state = {"run": run, "step": 0, "stale": 0, "before": before, "best": before, "best_step": 0}
    state |= {"curve": [[0, before, before]], "resumed": []}
    _save(learner, work, state)
    return state


def _resumed(learner: Learner, work: Path, run: str) -> dict[str, Any] | None:
    """The state of the last whole checkpoint, with model and optimizer put back; None when it is of another run."""
    if not (work / "last.ckpt").is_file():
        return None
    kept = torch.load(work / "last.ckpt", map_location="cpu", weights_only=True)
    state: dict[str, Any] = kept["state"]
    if state["run"] != run:
        return None
    learner.gpt.load_state_dict(kept["gpt"])
    learner.optimizer.load_state_dict(kept["optimizer"])
    state["resumed"].append(state["step"])
    return state


def _judge(learner: Learner, work: Path, state: dict[str, Any], loss: float) -> None:
    """Listen to the held-out clips, keep the weights if they are the best, write a checkpoint."""
    heard = learner.held_out()
    state["curve"].append([state["step"], loss, heard])
    if heard < state["best"] - LEAST_GAIN:
        state |= {"best": heard, "best_step": state["step"], "stale": 0}
        weights = {name: each.detach().cpu().contiguous() for name, each in learner.gpt.state_dict().items()}
        part = work / "best.part"
        save_file(weights, part)
        _publish(part, work / "best.safetensors")
    else:
        state["stale"] += 1
    _save(learner, work, state)


def _save(learner: Learner, work: Path, state: dict[str, Any]) -> None:
    part = work / "last.part"
    kept = {"state": state, "gpt": learner.gpt.state_dict(), "optimizer": learner.optimizer.state_dict()}
    torch.save(kept, part)
    _publish(part, work / "last.ckpt")


def _publish(part: Path, target: Path) -> None:
    """Whole or not at all, also when the machine loses its power."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(target)


def _put(target: Path, body: bytes) -> None:
    part = target.with_suffix(".part")
    part.write_bytes(body)
    _publish(part, target)


def _write_now(work: Path, state: dict[str, Any], steps: int, loss: float, left: float) -> None:
    now = {"step": state["step"], "steps": steps, "loss": round(loss, 4), "seconds_left": round(left)}
    now |= {"held_out": round(state["curve"][-1][2], 4), "best": round(state["best"], 4)}
    part = work / "now.part"
    part.write_text(json.dumps(now | {"best_step": state["best_step"]}))
    part.replace(work / "now.json")


def _result(learner: Learner, state: dict[str, Any]) -> Json:
    told = {name: state[name] for name in ("before", "best", "best_step", "curve", "resumed")}
    examples = learner.examples
    return told | {
        "steps": state["step"],
        "best_seen": min((heard for step, _, heard in state["curve"] if step), default=state["before"]),
        "early": state["stale"] >= learner.asked.patience,
        "device": learner.device,
        "precision": "bf16" if learner.half else "fp32",
        "clips": len(examples.train),
        "held_out_clips": len(examples.held_out),
        "left_out": examples.left_out,
    }


def _groups(gpt: Any) -> list[dict[str, Any]]:
    """Weights with decay; biases, norms and embeddings without."""
    plain, decayed = list[Any](), list[Any]()
    for module in gpt.modules():
        for name, parameter in module.named_parameters(recurse=False):
            is_plain = name.endswith("bias") or isinstance(module, (*NORMS, torch.nn.Embedding))
            (plain if is_plain else decayed).append(parameter)
    return [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
