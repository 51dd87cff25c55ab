"""Which registered engines could run here: weights in the cache, virtual environments made."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from studio.engine import EngineSpec
from studio.errors import LicenceForbids
from studio.licences import check_licence
from studio.settings import Settings
from studio.weights import State, Weights
from workers.engines import ENGINES, engine_spec
from workers.environments import engine_python, is_whole


@dataclass(frozen=True, slots=True)
class Readiness:
    """One engine; `mend` is the command that fetches what is missing, empty when nothing is.

    `licence`: why it may not be used here, empty when it may.
    `weights`: none needed, present, missing, unpinned; `venv`: ours, installed, missing; `sources` of its weights.
    """

    spec: EngineSpec
    weights: str
    venv: str
    sources: tuple[str, ...]
    mend: str
    licence: str = ""

    @property
    def ready(self) -> bool:
        """Whether it could run now, as far as files are concerned."""
        return not self.mend and not self.licence


def readiness(settings: Settings) -> list[Readiness]:
    """Every registered engine with its state in the cache."""
    weights = Weights(settings.cache, settings.weights_folder)
    return [readiness_of(name, settings, weights) for name in ENGINES]


def readiness_of(name: str, settings: Settings, weights: Weights) -> Readiness:
    """One engine's state; raises EngineUnknown."""
    spec = engine_spec(name)
    lacking = [each for each in spec.weights if weights.state(each) is not State.READY]
    python = engine_python(spec, settings)
    has_venv = python is None or is_whole(python)
    mends = [weights.command(lacking)] if lacking else []
    mends += [] if has_venv else [f"aiclone engines install {name}"]
    mends += [f"set {name}" for name in spec.secrets if _lacks(settings, name)]
    return Readiness(
        spec,
        _state(spec, weights),
        "ours" if python is None else "installed" if has_venv else "missing",
        _sources(spec, weights),
        " && ".join(mends),
        _forbidden(spec, settings),
    )


def _state(spec: EngineSpec, weights: Weights) -> str:
    states = {weights.state(each) for each in spec.weights}
    if State.UNPINNED in states:
        return "unpinned"
    return "none needed" if not states else "present" if states == {State.READY} else "missing"


def _forbidden(spec: EngineSpec, settings: Settings) -> str:
    try:
        check_licence(spec, settings, map(engine_spec, ENGINES))
    except LicenceForbids as error:
        return error.say
    return ""


def _lacks(settings: Settings, name: str) -> bool:
    value = getattr(settings, name.removeprefix("AICLONE_").lower(), None)
    return isinstance(value, SecretStr) and not value.get_secret_value()


def _sources(spec: EngineSpec, weights: Weights) -> tuple[str, ...]:
    sets = [weights.sets[name] for name in spec.weights if name in weights.sets]
    parts = [part for one in sets for file in one.files for source in file.sources for part in source]
    return tuple(dict.fromkeys(f"{part.kind}:{part.name}" for part in parts))
