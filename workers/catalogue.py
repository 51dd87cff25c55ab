"""The registry's specs and the manifest's hashes, as data for the agent."""

from __future__ import annotations

import hashlib

from studio.catalogue import Catalogue
from studio.settings import Settings
from studio.terms import terms_of
from studio.weights import Weights
from workers.engines import ENGINES, engine_spec


def catalogue_of(weights: Weights, settings: Settings | None = None) -> Catalogue:
    """Every registered engine; a weights hash changes when any file of its sets changes.

    `settings` give the terms of paid engines.
    """
    specs = {name: engine_spec(name) for name in ENGINES}
    prints = {name: _fingerprint(weights, spec.weights) for name, spec in specs.items()}
    return Catalogue(specs, prints, terms_of(settings) if settings else {})


def _fingerprint(weights: Weights, names: tuple[str, ...]) -> str:
    hashes = [file.sha256 for name in names for file in weights.sets[name].files]
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""
