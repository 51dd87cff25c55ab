"""Who may use which engine: what a model's licence forbids is refused before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterable

from studio.engine import EngineSpec
from studio.errors import LicenceForbids
from studio.settings import Settings


def check_licence(spec: EngineSpec, settings: Settings, others: Iterable[EngineSpec]) -> None:
    """Raise LicenceForbids with the next step; `others` are asked for an engine that is permitted instead."""
    if settings.use == "commercial" and not spec.commercial:
        raise LicenceForbids(
            f"The licence of “{spec.name}” ({_licence(spec)}) forbids commercial use; {_instead(spec, others)}."
        )
    if spec.accept and spec.accept not in accepted(settings):
        raise LicenceForbids(
            f"“{spec.name}” may be used under {spec.accept} only, and nobody has accepted that here; "
            f"read it and set AICLONE_ACCEPTED_LICENCES={spec.accept}."
        )


def accepted(settings: Settings) -> set[str]:
    """The licences the operator has accepted."""
    return {name.strip() for name in settings.accepted_licences.split(",")} - {""}


def _licence(spec: EngineSpec) -> str:
    return spec.accept or spec.weights_licence


def _instead(spec: EngineSpec, others: Iterable[EngineSpec]) -> str:
    """The first commercial engine that does the same, a cloning one for a cloning one."""
    found = next(
        (
            one
            for one in others
            if one.kind is spec.kind and one.commercial and bool(one.references) == bool(spec.references)
        ),
        None,
    )
    return f"“{found.name}” may be used instead" if found else "there is no other engine for it"
