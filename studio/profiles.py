"""Delivery profiles: what each destination accepts, asserted on every file that leaves."""

from __future__ import annotations

from dataclasses import dataclass

from studio.errors import EditInvalid


@dataclass(frozen=True, slots=True)
class Profile:
    """H.264 high, yuv420p, AAC, faststart, constant frame rate; sizes in pixels, loudness in LUFS and dBTP.

    `safe` is the share of the height at top and bottom that apps cover with their own buttons.
    """

    name: str
    width: int
    height: int
    summary: str
    crf: int = 20
    preset: str = "veryfast"
    max_bytes: int = 1_000_000_000
    fps: int = 25
    loudness: float = -16.0
    loudness_tolerance: float = 1.0
    true_peak: float = -1.5
    safe: tuple[float, float] = (0.05, 0.08)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("social", 720, 1280, "vertical 9:16 for Reels, Shorts, TikTok", safe=(0.11, 0.2)),
        Profile("square", 720, 720, "1:1 for feeds such as LinkedIn"),
        Profile("wide", 1280, 720, "16:9 for sites and YouTube"),
        Profile(
            "whatsapp", 480, 854, "vertical, at most 16 MB", crf=23, max_bytes=16_000_000, safe=(0.08, 0.12)
        ),
        Profile("draft", 512, 512, "small and quick, for looking", preset="superfast"),
    )
}


def profile_named(name: str) -> Profile:
    """The profile of that name; raises EditInvalid naming those that exist."""
    if name not in PROFILES:
        raise EditInvalid(f"There is no delivery profile “{name}”; choose one of {', '.join(PROFILES)}.")
    return PROFILES[name]
