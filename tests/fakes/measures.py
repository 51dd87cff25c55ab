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
GOOD_CUT = {
    "loudness": -16.0,
    "true_peak": -2.0,
    "seconds": 20.0,
    "violations": [],
    "freeze_s": 0.0,
    "black_frames": 0,
}
