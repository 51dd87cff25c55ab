"""What a change may choose from, beside the script itself."""

from __future__ import annotations

from dataclasses import dataclass

BACKGROUNDS = ("office", "studio", "gradient", "night", "jet", "villa")


@dataclass(frozen=True, slots=True)
class Context:
    """`portraits`: the persona's stills by name; `backgrounds`: built-in plates.

    `languages`: those that the recipe's voice speaks.
    """

    portraits: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = BACKGROUNDS
    languages: tuple[str, ...] = ("en",)
