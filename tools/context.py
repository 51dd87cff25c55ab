"""What a change may choose from, beside the script itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.domain import Script

BACKGROUNDS = ("office", "studio", "gradient", "night", "jet", "villa")


@dataclass(frozen=True, slots=True)
class Context:
    """`portraits`: the persona's stills by name; `backgrounds`: built-in plates; `languages`: the recipe's voice's.

    `versions`: what there was, by the names people see ("script 1", "preview 2"); `trail`: those that led to the
    present one, nearest first. `seen`: the script that line numbers mean, None for the one at hand.
    """

    portraits: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = BACKGROUNDS
    languages: tuple[str, ...] = ("en",)
    versions: Mapping[str, Script] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    seen: Script | None = None
