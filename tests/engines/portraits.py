"""Where the test portraits and the face networks lie: in the shared weights cache."""

from __future__ import annotations

from pathlib import Path

from studio.settings import Settings
from studio.weights import Weights


def _folder(name: str) -> Path:
    settings = Settings()
    return Weights(settings.cache, settings.weights_folder).folder(name)


def faces_folder() -> Path:
    """The folder of the weight set "faces"."""
    return _folder("faces")


def hopper() -> Path:
    """Grace Hopper: hat, glasses, closed mouth."""
    return _folder("hopper") / "grace_hopper.jpg"


def astronaut() -> Path:
    """The astronaut: small face, open smile."""
    return _folder("astronaut") / "astronaut.png"
