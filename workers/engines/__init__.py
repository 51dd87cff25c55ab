"""The registry: engine name → "module:Class". Adding an engine is one file and one line here."""

from __future__ import annotations

from importlib import import_module

from studio.engine import Engine, EngineSpec
from studio.errors import EngineUnknown

ENGINES: dict[str, str] = {
    "kokoro": "workers.engines.voice.kokoro:Kokoro",
    "piper": "workers.engines.voice.piper:Piper",
    "espeak": "workers.engines.voice.espeak:Espeak",
    "elevenlabs": "workers.engines.voice.elevenlabs:ElevenLabs",
    "openvoice": "workers.engines.voice.openvoice:OpenVoice",
    "chatterbox": "workers.engines.voice.chatterbox:Chatterbox",
    "xtts": "workers.engines.voice.xtts:Xtts",
    "yourtts": "workers.engines.voice.yourtts:YourTts",
    "whisper": "workers.engines.listen.whisper:Whisper",
    "whisper-base": "workers.engines.listen.whisper:WhisperBase",
    "transcribe": "workers.engines.listen.transcribe:Transcriber",
    "transcribe-any": "workers.engines.listen.transcribe:AnyTranscriber",
    "whisper-any": "workers.engines.listen.whisper_any:WhisperAny",
    "sphinx": "workers.engines.listen.sphinx:Sphinx",
    "deepfilter": "workers.engines.clean.deepfilter:DeepFilter",
    "demucs": "workers.engines.clean.demucs:Demucs",
    "audio-separator": "workers.engines.clean.separator:AudioSeparator",
    "elevenlabs-isolation": "workers.engines.clean.isolation:Isolation",
    "photo": "workers.engines.portrait.photo:Photo",
    "meshwarp": "workers.engines.animate.meshwarp:MeshWarp",
    "finish": "workers.engines.cut.finish:FinishShot",
    "mix": "workers.engines.mix.voices:MixVoices",
    "assemble": "workers.engines.cut.assemble:AssembleCut",
    "phone": "workers.engines.cut.phone:CutForPhone",
    "contact-sheet": "workers.engines.inspect.sheet:Sheet",
    "inspect-sample": "workers.engines.inspect.sample:SampleInspector",
    "inspect-voice": "workers.engines.inspect.voice:VoiceInspector",
    "inspect-shot": "workers.engines.inspect.shot:ShotInspector",
    "inspect-cut": "workers.engines.inspect.cut:CutInspector",
    "xtts-training": "workers.engines.train.xtts:XttsTraining",
    "xtts-training-cpu": "workers.engines.train.xtts:XttsTrainingOnCpu",
}


def engine_class(name: str) -> type[Engine]:
    """The class of that engine; raises EngineUnknown."""
    if name not in ENGINES:
        raise EngineUnknown(f"There is no engine “{name}”; `aiclone engines` lists {', '.join(ENGINES)}.")
    module, attribute = ENGINES[name].split(":")
    found: type[Engine] = getattr(import_module(module), attribute)
    return found


def engine_spec(name: str) -> EngineSpec:
    """The spec of that engine, read without its heavy imports; raises EngineUnknown."""
    return engine_class(name).spec
