"""What every registered engine must keep."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.engine import EngineSpec, Kind
from studio.errors import EngineUnknown, WeightsMissing
from studio.weights import Weights
from workers.child import ROOT
from workers.engine_process import EngineProcess
from workers.engines import ENGINES, engine_class, engine_spec

pytestmark = pytest.mark.engine
HEAVY = (
    "torch",
    "onnxruntime",
    "onnx",
    "cv2",
    "faster_whisper",
    "ctranslate2",
    "av",
    "pocketsphinx",
    "scipy",
)


@pytest.fixture(params=ENGINES)
def spec(request: pytest.FixtureRequest) -> EngineSpec:
    """The spec of each engine in turn."""
    return engine_spec(request.param)


def test_the_spec_is_complete(spec: EngineSpec) -> None:
    assert ENGINES[spec.name].startswith(f"workers.engines.{spec.kind}.")
    assert spec.version
    assert spec.summary
    assert spec.code_licence
    assert re.fullmatch(r"\.\w+", spec.suffix)
    assert 0 < spec.limit_s <= 24 * 3600
    assert spec.needs_gpu == (spec.vram_gib > 0)
    assert (spec.kind is Kind.VOICE) <= bool(spec.languages)
    assert all(re.fullmatch(r"AICLONE_[A-Z0-9_]+", secret) for secret in spec.secrets)


def test_the_weights_are_in_the_manifest_and_licensed(spec: EngineSpec, tmp_path: Path) -> None:
    sets = Weights(tmp_path).sets
    assert set(spec.weights) <= set(sets)
    assert (spec.weights_licence == "none") <= (not spec.weights)


def test_missing_weights_name_the_command_that_fetches_them(spec: EngineSpec, tmp_path: Path) -> None:
    for name in spec.weights:
        with pytest.raises(WeightsMissing, match=f"aiclone weights pull {name}"):
            Weights(tmp_path).folder(name)


def test_the_name_in_the_registry_is_that_of_the_spec() -> None:
    assert [engine_spec(name).name for name in ENGINES] == list(ENGINES)


def test_the_class_offers_the_protocol() -> None:
    for name in ENGINES:
        engine = engine_class(name)()
        assert all(callable(getattr(engine, method)) for method in ("load", "run", "close"))


def test_every_spec_is_read_without_heavy_imports() -> None:
    script = (
        "import sys; from workers.engines import ENGINES, engine_spec\n"
        "for name in ENGINES:\n"
        "    engine_spec(name)\n"
        "    found = sorted(set(sys.argv[1:]) & set(sys.modules))\n"
        "    assert not found, f'{name} imports {found}'\n"
    )
    subprocess.run([sys.executable, "-c", script, *HEAVY], cwd=ROOT, check=True)


def test_an_unknown_engine() -> None:
    with pytest.raises(EngineUnknown, match="kokoro"):
        engine_class("nonesuch")


def test_an_unknown_engine_is_said_over_the_process_border(tmp_path: Path) -> None:
    async def order() -> None:
        engine = EngineProcess("nonesuch", {})
        try:
            await engine.run({}, {}, tmp_path / "out", 0, 20, print)
        finally:
            await engine.close()

    with pytest.raises(EngineUnknown, match="nonesuch"):
        asyncio.run(order())
