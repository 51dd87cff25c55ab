"""Licences that forbid a use, and what may be used instead."""

from __future__ import annotations

import pytest

from studio.engine import EngineSpec
from studio.errors import LicenceForbids
from studio.licences import check_licence
from studio.recipes import RECIPES, Recipe
from studio.settings import Settings
from workers.engines import ENGINES, engine_spec

pytestmark = pytest.mark.unit

ALL = [engine_spec(name) for name in ENGINES]


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("name", ["xtts", "yourtts"])
def test_commercial_use_is_refused_and_the_permitted_engine_named(name: str) -> None:
    with pytest.raises(LicenceForbids, match=r"forbids commercial use; “openvoice” may be used instead"):
        check_licence(engine_spec(name), settings(accepted_licences="CPML,CC-BY-NC-ND-4.0"), ALL)


@pytest.mark.parametrize(("name", "licence"), [("xtts", "CPML"), ("yourtts", "CC-BY-NC-ND-4.0")])
def test_personal_use_needs_acceptance(name: str, licence: str) -> None:
    with pytest.raises(LicenceForbids, match=f"AICLONE_ACCEPTED_LICENCES={licence}"):
        check_licence(engine_spec(name), settings(use="personal", accepted_licences="MIT"), ALL)
    check_licence(engine_spec(name), settings(use="personal", accepted_licences=f"MIT, {licence}"), ALL)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_chain_ends_with_engines_that_may_be_sold(recipe: Recipe) -> None:
    for chain in recipe.chains.values():
        for name in chain[0 if recipe.name == "laptop" else -1 :]:
            check_licence(engine_spec(name), settings(), ALL)


def test_one_that_has_no_substitute_says_so() -> None:
    spec = EngineSpec("a", ALL[0].kind, "1", "a", "MIT", "NC", commercial=False)
    with pytest.raises(LicenceForbids, match="no other engine"):
        check_licence(spec, settings(), [])
