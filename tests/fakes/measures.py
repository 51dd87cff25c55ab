"""What inspecting engines measure in a good shot and a good cut."""

from __future__ import annotations

from studio.engine import Json
from studio.lipsync import OFFSETS_S


def lip_scores(best: float, offset_ms: float = -20.0) -> list[float]:
    """Correlations that peak at an offset."""
    return [round(best - 4 * abs(offset - offset_ms / 1000), 4) for offset in OFFSETS_S]


GOOD_SHOT: Json = {
    "speech_s": 3.0,
    "lip_motion": 0.2,
    "lip_scores": lip_scores(0.8),
    "faces": 1.0,
    "identity": 0.97,
    "open_in_silence": 0.0,
    "mouth_sharpness": 0.9,
    "freeze_s": 0.0,
    "black_frames": 0,
}
GOOD_VOICE = {
    "speech": [0.1, 3.0],
    "speech_s": 2.8,
    "gap_s": 0.2,
    "floor_db": -70.0,
    "white_db": -28.0,
    "high_db": -22.0,
    "clipped": 0.0,
    "stutter": 0.0,
    "holes": 0,
    "cut_off": 12.0,
    "rate": 16.0,
    "asked_pause_s": 0.0,
}
GOOD_CUT = {
    "loudness": -16.0,
    "true_peak": -2.0,
    "seconds": 20.0,
    "violations": [],
    "freeze_s": 0.0,
    "black_frames": 0,
}
