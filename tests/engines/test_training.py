"""Training's own refusals; what it learns is held against an unbroken run in tests/service/test_training.py."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.errors import LanguageUnsupported, MediaUnusable
from studio.media import sha256_of
from tests.engines.heavy import interpreter
from workers.child import ROOT
from workers.engines.train.xtts import _language, _manifest

pytestmark = pytest.mark.engine


def test_a_language_it_does_not_know() -> None:
    model = SimpleNamespace(config=SimpleNamespace(languages=["en", "zh-cn"]))
    assert (_language(model, "en-GB"), _language(model, "zh")) == ("en", "zh-cn")
    with pytest.raises(LanguageUnsupported, match="eo"):
        _language(model, "eo")


def test_clips_that_are_not_those_that_were_asked_for(tmp_path: Path) -> None:
    with pytest.raises(MediaUnusable, match="the media folder has to be shared"):
        _manifest(tmp_path, "0" * 64)
    (tmp_path / "manifest.json").write_text('{"clips": []}')
    with pytest.raises(MediaUnusable, match="prepared anew"):
        _manifest(tmp_path, "0" * 64)
    assert _manifest(tmp_path, sha256_of(tmp_path / "manifest.json")) == {"clips": []}


def test_without_a_gpu_nothing_is_trained_unless_a_cpu_is_asked_for() -> None:
    script = (
        "from workers.engines.train.xtts import XttsTraining, XttsTrainingOnCpu\n"
        "from studio.errors import Misconfigured\nXttsTrainingOnCpu()._require_device()\n"
        "try: XttsTraining()._require_device()\n"
        "except Misconfigured as error: print(error.say)\n"
    )
    command = [str(interpreter("xtts")), "-c", script]
    hidden = {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, env=hidden, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "torch sees no GPU" in said and "--device cpu" in said and "take days" in said
