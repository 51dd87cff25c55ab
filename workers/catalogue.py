"""The registry's specs and the manifest's hashes, as data for the agent."""

from __future__ import annotations

import hashlib

from studio.catalogue import Catalogue
from studio.weights import Weights
from workers.engines import ENGINES, engine_spec


def catalogue_of(weights: Weights) -> Catalogue:
    """Every registered engine; a weights hash changes when any file of its sets changes."""
    specs = {name: engine_spec(name) for name in ENGINES}
    return Catalogue(specs, {name: _fingerprint(weights, spec.weights) for name, spec in specs.items()})


def _fingerprint(weights: Weights, names: tuple[str, ...]) -> str:
    hashes = [file.sha256 for name in names for file in weights.sets[name].files]
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""
