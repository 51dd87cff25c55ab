"""Which registered engines could run here: weights in the cache, virtual environments made."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from studio.engine import EngineSpec
from studio.settings import Settings
from studio.weights import State, Weights
from workers.engine_process import engine_python
from workers.engines import ENGINES, engine_spec


@dataclass(frozen=True, slots=True)
class Readiness:
    """One engine; `mend` is the command that fetches what is missing, empty when nothing is.

    `weights`: none needed, present, missing; `venv`: ours, installed, missing; `sources` of its weights.
    """

    spec: EngineSpec
    weights: str
    venv: str
    sources: tuple[str, ...]
    mend: str

    @property
    def ready(self) -> bool:
        """Whether it could run now, as far as files are concerned."""
        return not self.mend


def readiness(settings: Settings) -> list[Readiness]:
    """Every registered engine with its state in the cache."""
    weights = Weights(settings.cache, settings.weights_folder)
    return [_of(name, settings, weights) for name in ENGINES]


def _of(name: str, settings: Settings, weights: Weights) -> Readiness:
    spec = engine_spec(name)
    lacking = [each for each in spec.weights if weights.state(each) is not State.READY]
    python = engine_python(spec, settings)
    has_venv = python is None or python.is_file()
    mends = [f"aiclone weights pull {' '.join(lacking)}"] if lacking else []
    mends += [] if has_venv else [f"aiclone engines install {name}"]
    mends += [f"set {name}" for name in spec.secrets if _lacks(settings, name)]
    return Readiness(
        spec,
        "none needed" if not spec.weights else "missing" if lacking else "present",
        "ours" if python is None else "installed" if has_venv else "missing",
        _sources(spec, weights),
        " && ".join(mends),
    )


def _lacks(settings: Settings, name: str) -> bool:
    value = getattr(settings, name.removeprefix("AICLONE_").lower(), None)
    return isinstance(value, SecretStr) and not value.get_secret_value()


def _sources(spec: EngineSpec, weights: Weights) -> tuple[str, ...]:
    sets = [weights.sets[name] for name in spec.weights if name in weights.sets]
    parts = [part for one in sets for file in one.files for source in file.sources for part in source]
    return tuple(dict.fromkeys(f"{part.kind}:{part.name}" for part in parts))
