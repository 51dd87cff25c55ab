"""Heavy engines on a GPU at full size, random weights: they run there, and what they make is sound."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.full.measure import measure
from bench.full.subjects import subjects
from tests.engines.heavy import interpreter

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(1800)]

TOKENS = 43
LEAST_BYTES = 50_000_000


@pytest.fixture(scope="module", autouse=True)
def cuda() -> None:
    """Skips where there is no NVIDIA device, or where the voices' torch sees none."""
    if not Path("/dev/nvidiactl").exists():
        pytest.skip("NOT TESTED: this machine has no NVIDIA GPU; `pytest -m gpu` on the GPU host runs it.")
    ask = [interpreter("xtts"), "-c", "import torch; print(torch.cuda.is_available())"]
    if subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip() != "True":
        pytest.skip("NOT TESTED: the torch of the environment “voice” is a CPU build and sees no CUDA.")


def test_our_engines_run_on_the_gpu(tmp_path: Path) -> None:
    for subject in subjects(tmp_path, TOKENS):
        if subject.who == "ours":
            found = measure(subject, warm_calls=1, at_once=(2,))
            assert found.cuda > LEAST_BYTES, f"{subject.name} did not use the GPU"
            assert found.sound > 0.3 and found.at_once[2] > 0, subject.name
