"""What the settings say of engines that are paid for: the vendor's model, and the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio.settings import Settings

Stitch = Literal["shot", "script", "off"]
HALF = ("eleven_flash", "eleven_turbo")
"""Models of which ElevenLabs counts half of the characters."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`price` is USD for 1000 characters as the vendor counts them; `stitch` whose words are told around a line."""

    model: str = ""
    format: str = ""
    stitch: Stitch = "off"
    price: float = 0.0

    def usd(self, characters: float) -> float:
        """The price of characters that were counted."""
        return characters * self.price / 1000

    def quote(self, text: str) -> float:
        """What a text will cost: its characters, as the model counts them."""
        return self.usd(len(text) * (0.5 if self.model.startswith(HALF) else 1.0))


def terms_of(settings: Settings) -> Mapping[str, Terms]:
    """Engine → terms."""
    return {
        "elevenlabs": Terms(
            settings.elevenlabs_model,
            settings.elevenlabs_format,
            settings.elevenlabs_stitch,
            settings.elevenlabs_price,
        ),
        "elevenlabs-isolation": Terms(price=settings.elevenlabs_price),
    }


def quote(terms: Terms, request: Mapping[str, Any]) -> float:
    """What one take will cost, USD."""
    return terms.quote(str(request.get("text", "")))
