"""Where the test portraits and the face networks lie; the one file to change when they move."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("AICLONE_TEST_PORTRAITS", "~/.cache/aiclone/weights")).expanduser()


def _found(name: str) -> Path:
    hits = sorted(FOLDER.rglob(name))
    if not hits:
        pytest.skip(f"{name} is not below {FOLDER}; fetch the weights first")
    return hits[0]


def faces_folder() -> Path:
    """The folder of the weight set "faces"."""
    return _found("face_landmark.tflite").parent


def hopper() -> Path:
    """Grace Hopper: hat, glasses, closed mouth."""
    return _found("grace_hopper.jpg")


def astronaut() -> Path:
    """The astronaut: small face, open smile."""
    return _found("astronaut.png")
