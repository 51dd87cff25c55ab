"""What is measured at full size, and what it is given to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bench.full.measure import Subject
from studio.engine import Json, Speak
from studio.settings import Settings
from studio.weights import Weights
from tests.engines.heavy import installed, interpreter, tiny
from workers.engines.voice.espeak import Espeak

ENGINES = "bench.full.engines"
FOUNDER = (
    "This is my own voice, and I speak for a good while, so that there is enough of it for everyone who wants to "
    "hear me today and tomorrow."
)
FRENCH = "Nous avons bien grandi cette année."
ENGLISH = "We grew a lot this year."
SEPARATED_S = 8


def subjects(folder: Path, tokens: int) -> Iterator[Subject]:
    """Everything, ours before upstream's; XTTS says `tokens` (21.5 a second)."""
    recording, speech = _spoken(folder / "founder.wav", FOUNDER), _spoken(folder / "speech.wav", ENGLISH)
    voices, python = tiny("xtts", "tests.engines.tiny.coqui", "full", str(tokens)), interpreter("xtts")
    weights = {path.name: path for path in voices.iterdir()}
    weights["kokoro"] = Weights(Settings().cache).folder("kokoro")
    weights["htdemucs"] = tiny("demucs", "tests.engines.tiny.separators", "demucs-full")
    if installed("chatterbox"):
        full = tiny("chatterbox", "tests.engines.tiny.chatterbox", "full", str(tokens))
        weights["chatterbox"] = full / "chatterbox"
    given = {"reference0": recording, "speech": speech, "audio": recording}
    # French: an engine aligns English words by ear, which upstream does not
    french, english = asdict(Speak(FRENCH, "", language="fr")), asdict(Speak(ENGLISH, "am_michael"))
    for name, who, target, needs, request, inputs in _ROWS:
        if needs[0] not in weights:
            continue
        chosen = {"french": french, "english": english}.get(request, {})
        yield Subject(
            name,
            who,
            f"{ENGINES}:{target}",
            interpreter("chatterbox") if "chatterbox" in needs else python,
            {each: weights[each] for each in needs},
            _as_upstream(chosen) if "Upstream" in target else chosen,
            {each: given[each] for each in inputs},
        )


_ROWS = (
    ("XTTSv2", "ours", "OurXtts", ("xtts-v2",), "french", ("reference0",)),
    ("XTTSv2", "`tts_to_file`", "UpstreamXtts", ("xtts-v2",), "french", ("reference0",)),
    ("XTTSv2", "`inference_stream`", "UpstreamXttsStream", ("xtts-v2",), "french", ("reference0",)),
    ("Chatterbox", "ours", "OurChatterbox", ("chatterbox",), "english", ("reference0",)),
    ("YourTTS", "ours", "OurYourTts", ("yourtts",), "french", ("reference0",)),
    ("YourTTS", "`tts_to_file`", "UpstreamYourTts", ("yourtts",), "french", ("reference0",)),
    ("OpenVoice V2", "ours", "OurConverter", ("openvoice-v2",), "", ("reference0", "speech")),
    (
        "OpenVoice V2",
        "`voice_conversion`",
        "UpstreamOpenVoice",
        ("openvoice-v2",),
        "",
        ("reference0", "speech"),
    ),
    (
        "OpenVoice V2 with Kokoro",
        "ours",
        "OurOpenVoice",
        ("openvoice-v2", "kokoro"),
        "english",
        ("reference0",),
    ),
    ("Demucs", "ours", "OurDemucs", ("htdemucs",), "", ("audio",)),
    ("Demucs", "`apply_model`", "UpstreamDemucs", ("htdemucs",), "", ("audio",)),
)


def _as_upstream(request: Json) -> Json:
    return {name: request[name] for name in ("text", "language") if name in request}


def _spoken(path: Path, text: str) -> Path:
    Espeak().run(asdict(Speak(text, "am_michael")), {}, path, 0, lambda _share: None)
    return path
