"""How a tone looks: what each way of saying a line does to head, brows and mouth."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from workers.engines.faces.shapes import Array


@dataclass(frozen=True, slots=True)
class Manner:
    """`motion` and `nod` scale head movement; `lift` scales brow accents; the rest are steady offsets.

    `brow`, `frown`, `squint`, `smile` as shares of their full expression; `tilt` in radians.
    """

    motion: float = 1.0
    nod: float = 1.0
    lift: float = 0.6
    brow: float = 0.0
    frown: float = 0.0
    squint: float = 0.0
    smile: float = 0.06
    tilt: float = 0.0


MANNERS = {
    "neutral": Manner(),
    "warm": Manner(motion=1.05, nod=0.9, lift=0.8, brow=0.25, squint=0.45, smile=0.62, tilt=0.018),
    "authoritative": Manner(motion=0.6, nod=1.7, lift=0.25, brow=-0.45, frown=0.9, squint=0.35, smile=-0.04),
    "soft": Manner(motion=0.75, nod=0.5, lift=0.5, brow=0.5, squint=0.1, smile=0.32, tilt=0.045),
    "storytelling": Manner(motion=1.5, nod=1.2, lift=1.4, brow=0.4, squint=0.1, smile=0.32, tilt=-0.012),
}


def manner_tracks(tones: list[str], starts: list[float], seconds: float, fps: int) -> dict[str, Array]:
    """Each field of Manner over the frames, gliding from one voice's tone to the next (0.5 s)."""
    times = (np.arange(max(1, round(seconds * fps))) + 0.5) / fps
    manners = [MANNERS.get(tone, MANNERS["neutral"]) for tone in tones] or [MANNERS["neutral"]]
    tracks = {}
    for each in fields(Manner):
        values = [getattr(manner, each.name) for manner in manners]
        track = np.full(len(times), values[0], np.float32)
        for before, value, start in zip(values, values[1:], starts[1:], strict=False):
            glide = np.clip((times - start + 0.35) / 0.5, 0, 1)
            track = track + (value - before) * glide * glide * (3 - 2 * glide)
        tracks[each.name] = track.astype(np.float32)
    return tracks
