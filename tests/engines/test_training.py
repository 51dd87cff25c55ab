"""Training's own refusals; what it learns is held against an unbroken run in tests/service/test_training.py."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.errors import LanguageUnsupported, MediaUnusable, Misconfigured
from studio.media import sha256_of
from workers.engines.train.xtts import _language, _manifest, _require

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
    _require("cpu", gpu=False)
    _require("cuda", gpu=True)
    with pytest.raises(Misconfigured, match=r"torch sees no GPU .*--device cpu.* take days"):
        _require("cuda", gpu=False)
