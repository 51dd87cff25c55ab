"""Engines in environments of their own, loaded with tiny random weights and driven over the process border."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from studio.settings import Settings
from workers.child import ROOT
from workers.engine_process import ChildReport, EngineProcess
from workers.engines import engine_spec
from workers.environments import LISTS, engine_python, is_whole

LIMIT_S = 600.0


def installed(engine: str) -> bool:
    """Whether the engine's environment is on this machine."""
    python = engine_python(engine_spec(engine), Settings())
    return python is not None and is_whole(python)


def interpreter(engine: str) -> Path:
    """The interpreter of an engine's environment; skips loudly where it is not installed."""
    python = engine_python(engine_spec(engine), Settings())
    assert python is not None, f"{engine} has no environment of its own"
    if not is_whole(python):
        pytest.skip(
            f"NOT TESTED: the environment of “{engine}” is not installed on this machine, so its loading and "
            f"rendering were not run at all. `aiclone engines install {engine} --no-weights` installs it."
        )
    return python


def tiny(engine: str, builder: str, *arguments: str) -> Path:
    """The folder a module of tests/engines/tiny writes, built once for each version of it and its packages."""
    source = ROOT / (builder.replace(".", "/") + ".py")
    listed = LISTS / f"{engine_spec(engine).venv}.txt"
    version = hashlib.sha256(source.read_bytes() + listed.read_bytes()).hexdigest()[:16]
    folder = Settings().cache / "tests" / "tiny" / "-".join([builder.rpartition(".")[2], *arguments, version])
    if not folder.is_dir():
        part = folder.with_suffix(f".{os.getpid()}.part")
        shutil.rmtree(part, ignore_errors=True)
        command = [str(interpreter(engine)), "-m", builder, *arguments, str(part)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        part.replace(folder)
    return folder


class Driver:
    """One engine's process, used by several tests; `heard` is the progress of the last run."""

    def __init__(self, engine: EngineProcess, runner: asyncio.Runner) -> None:
        self.engine, self.runner = engine, runner
        self.heard: list[float] = []

    def run(
        self, request: Mapping[str, Any], inputs: Mapping[str, Path], out: Path, seed: int = 1
    ) -> ChildReport:
        """Render into `out`, whose folder is made; raises what the engine raised."""
        out.parent.mkdir(parents=True, exist_ok=True)
        self.heard = []
        return self.runner.run(self.engine.run(dict(request), inputs, out, seed, LIMIT_S, self.heard.append))


@contextmanager
def driver(target: str, python: Path, weights: Mapping[str, Path]) -> Iterator[Driver]:
    """A warm process of an engine ("name" or "module:Class") and its end; tiny models are quickest on one thread."""
    engine = EngineProcess(target, weights, python=python, threads=1)
    with asyncio.Runner() as runner:
        try:
            yield Driver(engine, runner)
        finally:
            runner.run(engine.close())
