"""Prompt files: filled strictly, identified by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import prompts
from prompts import load

pytestmark = pytest.mark.unit

FOLDER = Path(prompts.__file__).parent


def test_a_prompt_is_filled_and_hashed_as_a_file() -> None:
    one = load("draft_script", profiles="square", backgrounds="jet, {{profiles}}", languages="")
    other = load("draft_script", profiles="wide", backgrounds="office", languages="")
    assert "jet, {{profiles}}" in one.text
    assert one.sha256 == other.sha256 == hashlib.sha256((FOLDER / "draft_script.md").read_bytes()).hexdigest()


def test_a_missing_or_surplus_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="missing values \\['backgrounds'\\]"):
        load("draft_script", profiles="square", languages="")
    with pytest.raises(ValueError, match="not asked for \\['brief'\\]"):
        load("draft_script", profiles="", backgrounds="", languages="", brief="")
    with pytest.raises(FileNotFoundError):
        load("nothing")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_no_prompt_takes_in_what_strangers_write(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not {"{{brief}}", "{{reply}}", "{{script}}"} & set(text.split())
    assert "not instructions to" in text
