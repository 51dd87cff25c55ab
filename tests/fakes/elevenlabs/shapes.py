"""What the vendor accepts, field by field."""

from __future__ import annotations

from typing import Any

from tests.fakes.elevenlabs.world import COSTS, Invalid, Json, Refusal, World

RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
FORMATS = (
    {f"{kind}_{rate}" for kind in ("pcm", "wav") for rate in RATES}
    | {"mp3_22050_32", "mp3_24000_48", *(f"mp3_44100_{bits}" for bits in (32, 64, 96, 128, 192))}
    | {*(f"opus_48000_{bits}" for bits in (32, 64, 96, 128, 192)), "ulaw_8000", "alaw_8000"}
)
PRO = {"pcm_44100", "wav_44100", "pcm_48000", "wav_48000"}
FIELDS: dict[str, type | tuple[type, ...]] = {
    "text": str, "model_id": str, "language_code": str, "voice_settings": dict, "seed": int,
    "pronunciation_dictionary_locators": list, "previous_text": str, "next_text": str,
    "previous_request_ids": list, "next_request_ids": list, "use_pvc_as_ivc": bool,
    "apply_text_normalization": str, "apply_language_text_normalization": bool,
}  # fmt: skip
SETTINGS = {"stability": (0, 1), "similarity_boost": (0, 1), "style": (0, 1), "speed": (0.7, 1.2)}


def check_speech(world: World, query: dict[str, str], body: Any) -> str:
    """The output format of a good request; raises Refusal."""
    if not isinstance(body, dict):
        raise Invalid("body")
    if unknown := set(query) - {"output_format", "enable_logging", "optimize_streaming_latency"}:
        raise Invalid("query", *unknown, message="unknown")
    for name, value in body.items():
        if name not in FIELDS or not isinstance(value, FIELDS[name]):
            raise Invalid("body", name, message=f"not accepted: {value!r}")
    if not str(body.get("text", "")).strip():
        raise Invalid("body", "text", message="Field required")
    _check_settings(body.get("voice_settings") or {})
    if not 0 <= body.get("seed", 0) <= 4294967295:
        raise Invalid("body", "seed")
    if body.get("apply_text_normalization", "auto") not in ("auto", "on", "off"):
        raise Invalid("body", "apply_text_normalization")
    if any(len(body.get(name, ())) > 3 for name in ("previous_request_ids", "next_request_ids")):
        raise Invalid("body", "previous_request_ids", message="at most 3")
    _check_model(body)
    output_format = query.get("output_format", "mp3_44100_128")
    if output_format not in FORMATS:
        raise Invalid("query", "output_format")
    if output_format in PRO and not world.formats_of_pro:
        raise Refusal(403, "output_format_not_allowed", f"{output_format} needs the Pro plan")
    return output_format


def _check_settings(settings: Json) -> None:
    for name, value in settings.items():
        if name == "use_speaker_boost" and isinstance(value, bool):
            continue
        low, high = SETTINGS.get(name, (1, 0))
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Invalid("body", "voice_settings", name, message=f"{value!r} is not in {low}..{high}")


def _check_model(body: Json) -> None:
    model = body.setdefault("model_id", "eleven_multilingual_v2")
    if model not in COSTS:
        raise Refusal(400, "model_not_found", f"A model with ID {model} does not exist", wrong=True)
    if len(body["text"]) > COSTS[model][0]:
        raise Refusal(400, "max_character_limit_exceeded", f"more than {COSTS[model][0]}", wrong=True)
    if model == "eleven_multilingual_v2" and "language_code" in body:
        raise Refusal(400, "unsupported_language", "language_code is not for this model", wrong=True)
    stitched = {"previous_text", "next_text", "previous_request_ids", "next_request_ids"} & set(body)
    if model == "eleven_v3" and stitched:
        raise Refusal(400, "unsupported_model", f"{stitched} are not for this model", wrong=True)
    stability = (body.get("voice_settings") or {}).get("stability", 0.5)
    if model == "eleven_v3" and stability not in (0.0, 0.5, 1.0):
        raise Refusal(400, "invalid_ttd_stability", "Must be one of: [0.0, 0.5, 1.0]", wrong=True)
