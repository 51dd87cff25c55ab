"""Recipes: a named choice of engines for a production, each job with its chain of fallbacks.

The first engine of a chain renders. The next one is used only when a take stays red or cannot be made, which
is said in the chat and written on the take.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.catalogue import Catalogue
from studio.engine import Kind
from studio.errors import EditInvalid
from studio.languages import LANGUAGES, speaks


@dataclass(frozen=True, slots=True)
class Recipe:
    """`render_rate`: seconds of rendering for a second of speech on 2 cores, for the quote (bench/).

    Of the `listeners` the first that knows the language checks the words.
    """

    name: str
    summary: str
    chains: dict[Kind, tuple[str, ...]]
    render_rate: float
    listeners: tuple[str, ...] = ("whisper", "whisper-base")

    def chain(self, kind: Kind, language: str, catalogue: Catalogue) -> tuple[str, ...]:
        """The engines of a kind that do that language, in their order."""
        return tuple(each for each in self.chains[kind] if speaks(catalogue.spec(each).languages, language))

    def listener(self, language: str, catalogue: Catalogue) -> str:
        """Who checks the words, "" when nobody here knows the language."""
        known = (each for each in self.listeners if speaks(catalogue.spec(each).languages, language))
        return next(known, "")

    def languages(self, catalogue: Catalogue) -> tuple[str, ...]:
        """What its first voice speaks; a stock voice steps in for a fault, not for a language."""
        return catalogue.spec(self.chains[Kind.VOICE][0]).languages or tuple(LANGUAGES)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "laptop",
            "Kokoro voice and the mesh-warp talking head, all on the CPU",
            {Kind.VOICE: ("kokoro", "piper", "espeak"), Kind.ANIMATE: ("meshwarp",)},
            render_rate=1.0,
        ),
        Recipe(
            "quick",
            "Piper's voice instead of Kokoro's: half the time",
            {Kind.VOICE: ("piper", "kokoro", "espeak"), Kind.ANIMATE: ("meshwarp",)},
            render_rate=0.6,
        ),
        Recipe(
            "own",
            "your own voice's colour by OpenVoice in six languages, free for commercial use",
            {Kind.VOICE: ("openvoice", "kokoro", "espeak"), Kind.ANIMATE: ("meshwarp",)},
            render_rate=2.0,
        ),
        Recipe(
            "own-chatterbox",
            "your own voice by Chatterbox, free for commercial use, English, wants a GPU",
            {Kind.VOICE: ("chatterbox", "openvoice", "kokoro", "espeak"), Kind.ANIMATE: ("meshwarp",)},
            render_rate=12.0,
        ),
        Recipe(
            "own-xtts",
            "your own voice by XTTSv2: 17 languages, non-commercial licence, wants a GPU",
            {Kind.VOICE: ("xtts", "openvoice", "kokoro", "espeak"), Kind.ANIMATE: ("meshwarp",)},
            render_rate=12.0,
            listeners=("whisper", "whisper-base", "whisper-any"),
        ),
        Recipe(
            "elevenlabs",
            "your voice cloned by ElevenLabs, which costs money; no other voice steps in for it",
            {Kind.VOICE: ("elevenlabs",), Kind.ANIMATE: ("meshwarp",)},
            render_rate=0.8,
        ),
    )
}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name; raises EditInvalid naming those that exist."""
    if name not in RECIPES:
        raise EditInvalid(f"There is no recipe “{name}”; choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]
