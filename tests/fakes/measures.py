"""What inspecting engines measure in a good shot and a good cut."""

from __future__ import annotations

GOOD_SHOT = {
    "speech_s": 3.0,
    "lip_motion": 0.2,
    "lip_correlation": 0.8,
    "av_offset_ms": 0,
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
    "rate": 5.6,
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
