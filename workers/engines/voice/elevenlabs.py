"""ElevenLabs: the founder's cloned voice from a paid service, with the vendor's own timing."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from studio.engine import EngineSpec, Json, Kind, Progress, VendorSpeak
from studio.errors import Misconfigured, ProviderBusy, ScriptTooLong, StudioError, VoiceMissing
from studio.languages import LANGUAGES
from workers.engines.cloud.bill import Bill, certainly_not

if TYPE_CHECKING:
    from studio.spoken import Spoken
    from workers.engines.cloud.elevenlabs import ElevenLabsApi, Speech
    from workers.engines.voice.characters import Written

SEEDS = 2**32
SPEEDS = (0.7, 1.2)
SETTLED_S = 20.0
"""After this time a request that is not in the history never arrived."""
SKEW_S = 3600.0
MOST_CHARACTERS = {"eleven_v3": 5_000, "eleven_multilingual_v2": 10_000, "eleven_flash_v2_5": 40_000}
CAUTIOUS = 5_000


@dataclass(frozen=True, slots=True)
class Manner:
    """`stability` and `style` 0..1 (less stable is more expressive); `speed` a factor."""

    stability: float
    style: float
    speed: float


MANNERS = {
    "neutral": Manner(0.5, 0.0, 1.0),
    "warm": Manner(0.45, 0.2, 0.97),
    "authoritative": Manner(0.65, 0.15, 0.98),
    "soft": Manner(0.6, 0.05, 0.9),
    "storytelling": Manner(0.35, 0.35, 0.94),
}


class ElevenLabs:
    """voice: a line → WAV with its timeline, words as exact as the vendor's alignment of characters."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="elevenlabs",
        kind=Kind.VOICE,
        version="1",
        summary="ElevenLabs: your cloned voice from a paid service; needs a key",
        code_licence="the vendor's terms",
        languages=tuple(language for language in LANGUAGES if language != "hu"),
        secrets=("AICLONE_ELEVENLABS_API_KEY", "AICLONE_ELEVENLABS_API_URL"),
        paid=True,
        suffix=".wav",
        limit_s=300.0,
    )

    def load(self, weights: Mapping[str, Path]) -> None:
        """Take the key from the environment; raises KeyMissing."""
        from workers.engines.cloud.elevenlabs import ElevenLabsApi

        self._api: ElevenLabsApi = ElevenLabsApi.from_environment()
        self._phonemizer: Any = None

    def run(
        self, request: Json, inputs: Mapping[str, Path], out: Path, seed: int, progress: Progress
    ) -> None:
        """Speak one line, or fetch it when it was paid for before.

        Raises LanguageUnsupported, TextUnspeakable, ScriptTooLong, VoiceMissing before anything is asked; then
        what the client raises. A request whose outcome nobody knows stays noted in the receipt.
        """
        from workers.engines.voice.characters import written
        from workers.engines.voice.lay import code, read_line

        speak = VendorSpeak(**request)
        tokens = read_line(speak, "ElevenLabs", self.spec.languages)
        sent = written(tokens)
        self._check(speak, sent)
        phones = self._phones(tokens) if code(speak.language) == "en" else [""] * len(tokens)
        progress(0.1)
        body = _body(speak, sent.text, seed)
        speech = self._bought(Bill(inputs["receipt"]), speak, body)
        progress(0.9)
        _write(out, speech, speak, tokens, sent, phones)
        progress(1.0)

    def close(self) -> None:
        """Close connections."""
        self._api.close()

    def _phones(self, tokens: Sequence[Spoken]) -> list[str]:
        """English phones; what can fail here fails before it costs. Those of other languages are found by ear."""
        self._phonemizer = self._phonemizer or _phonemizer()
        phones: list[str] = self._phonemizer.phones(tokens)
        return phones

    def _check(self, speak: VendorSpeak, sent: Written) -> None:
        from workers.engines.cloud.sound import FORMAT

        most = MOST_CHARACTERS.get(speak.model, CAUTIOUS)
        if len(sent.text) > most:
            raise ScriptTooLong(f"This line has {len(sent.text):,} characters; {speak.model} takes {most:,}.")
        if not speak.voice:
            raise VoiceMissing(
                "This persona has no voice at ElevenLabs yet; `aiclone voice clone NAME` makes one from its "
                "samples, `aiclone voice use NAME VOICE_ID` names one that is there. Then say “try again”."
            )
        if not FORMAT.fullmatch(speak.format):
            raise Misconfigured(f"AICLONE_ELEVENLABS_FORMAT “{speak.format}” is not pcm_…, wav_… or mp3_….")

    def _bought(self, bill: Bill, speak: VendorSpeak, body: Json) -> Speech:
        """The speech: as it was answered before, out of the vendor's history, or asked for now."""
        if kept := bill.kept():
            return _speech(kept)
        key = hashlib.sha256(json.dumps([speak.voice, speak.format, body]).encode()).hexdigest()
        speech = self._remembered(bill, speak.voice, body) if bill.state else None
        if speech is None:
            bill.ask(key)
            try:
                speech = self._api.speak(speak.voice, speak.format, body)
            except StudioError as error:
                if certainly_not(error):
                    bill.clear()
                raise
        bill.pay(speech.identity or key, speech.characters, _as_bytes(speech))
        return speech

    def _remembered(self, bill: Bill, voice: str, body: Json) -> Speech | None:
        """What an earlier attempt bought, found by its words, voice, model and settings since it was asked.

        The API has no idempotency key. A request that is not there yet may still be on its way, so a young one
        is waited for: ProviderBusy.
        """
        from workers.engines.cloud.elevenlabs import identity_of

        for item in self._api.history(voice, bill.at - SKEW_S):
            if _is(item, body) and bill.claim(identity_of(item)):
                return self._api.fetched(item)
        age = time.time() - bill.at
        if age < SETTLED_S:
            say = "ElevenLabs was asked for this line already; waiting to see whether it was made."
            raise ProviderBusy(say, SETTLED_S - age)
        return None


def _body(speak: VendorSpeak, text: str, seed: int) -> Json:
    manner = MANNERS.get(speak.tone, MANNERS["neutral"])
    expressive = speak.model.startswith("eleven_v3")
    voice_settings = {
        # this model knows three steps only
        "stability": round(2 * manner.stability) / 2 if expressive else manner.stability,
        "similarity_boost": 0.8,
        "style": manner.style,
        "use_speaker_boost": True,
        "speed": round(min(SPEEDS[1], max(SPEEDS[0], manner.speed * speak.pace)), 3),
    }
    body: Json = {
        "text": text,
        "model_id": speak.model,
        "voice_settings": voice_settings,
        "seed": seed % SEEDS,
        "apply_text_normalization": "off",  # `written` did it
    }
    if speak.model != "eleven_multilingual_v2":
        body["language_code"] = speak.language
    around = {"previous_text": speak.before, "next_text": speak.after}
    return body | {name: words for name, words in around.items() if words and not expressive}


def _is(item: Json, body: Json) -> bool:
    """Whether an entry of the history is what this request made."""
    if (item.get("text"), item.get("model_id") or body["model_id"]) != (body["text"], body["model_id"]):
        return False
    theirs = item.get("settings") or {}
    return all(
        abs(float(theirs[name]) - float(wanted)) < 1e-3
        for name, wanted in body["voice_settings"].items()
        if theirs.get(name) is not None
    )


def _write(
    out: Path, speech: Speech, speak: VendorSpeak, tokens: Any, sent: Written, phones: list[str]
) -> None:
    from studio.timeline import write_voice
    from workers.engines.cloud.sound import bounds, decoded
    from workers.engines.listen.timings import timeline_for
    from workers.engines.voice.characters import clock, moved, timeline

    samples, rate = decoded(speech.audio, speech.format or speak.format)
    times = clock(sent.text, speech.alignment)
    told = timeline(tokens, sent, times, phones) if times else None
    line = timeline_for(samples, rate, speak, told)
    said = [word for word in line.words if word.end > word.start] or line.words
    begin, end = bounds(samples, rate, said[0].start, min(len(samples) / rate, said[-1].end))
    write_voice(out, samples[begin:end], rate, moved(line, begin / rate, (end - begin) / rate))


def _phonemizer() -> Any:
    from workers.engines.voice.g2p import Phonemizer

    return Phonemizer()


def _as_bytes(speech: Speech) -> bytes:
    audio = base64.b64encode(speech.audio).decode()
    return json.dumps({**asdict(speech), "audio": audio}).encode()


def _speech(kept: bytes) -> Speech:
    from workers.engines.cloud.elevenlabs import Speech

    known = json.loads(kept)
    return Speech(**{**known, "audio": base64.b64decode(known["audio"])})
