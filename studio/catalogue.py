"""What engines there are, as data, for those who order takes and must not import engines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.domain import TakeId
from studio.engine import EngineSpec
from studio.errors import EngineUnknown
from studio.terms import Terms, quote


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`specs`, the SHA-256 of each engine's weights, and the `terms` of those that are paid, by engine name."""

    specs: Mapping[str, EngineSpec]
    weights: Mapping[str, str]
    terms: Mapping[str, Terms] = field(default_factory=dict)

    def spec(self, engine: str) -> EngineSpec:
        """The spec of that engine; raises EngineUnknown."""
        if engine not in self.specs:
            raise EngineUnknown(f"There is no engine “{engine}”; `aiclone engines` lists those that exist.")
        return self.specs[engine]

    def paid(self) -> list[str]:
        """The engines whose takes cost money."""
        return [name for name, spec in self.specs.items() if spec.paid]

    def terms_for(self, engine: str) -> Terms:
        """The terms of a paid engine."""
        return self.terms.get(engine, Terms())

    def price(self, engine: str, request: Mapping[str, Any]) -> float:
        """USD that one take will cost."""
        return quote(self.terms_for(engine), request) if self.spec(engine).paid else 0.0

    def identify(
        self, engine: str, request: Mapping[str, Any], inputs: Mapping[str, str], seed: int
    ) -> TakeId:
        """A take's identity: same engine, version, weights, request, inputs and seed give the same take."""
        said = {
            "engine": engine,
            "version": self.spec(engine).version,
            "weights": self.weights.get(engine, ""),
            "request": request,
            "inputs": inputs,
            "seed": seed,
        }
        body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return TakeId(hashlib.sha256(body.encode()).hexdigest()[:32])
