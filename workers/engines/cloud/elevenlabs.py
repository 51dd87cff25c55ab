"""ElevenLabs over HTTP: the calls we make, and its refusals as our errors."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from studio.errors import (
    CreditSpent,
    KeyMissing,
    ProviderBusy,
    ProviderDown,
    ScriptTooLong,
    StudioError,
    VendorRefused,
    VoiceMissing,
    VoiceSampleUnusable,
)
from workers.engines.cloud.bill import NotSent

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]
KEY, URL = "AICLONE_ELEVENLABS_API_KEY", "AICLONE_ELEVENLABS_API_URL"
TIMEOUT_S, CONNECT_S = 240.0, 10.0
QUEUED_S, BUSY_S, DOWN_S, LONGEST_S = 5.0, 15.0, 10.0, 300.0
FORMATS = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav"}
PAGE, MOST_PAGES = 100, 20
NO_CREDIT = "The ElevenLabs account has no characters left; add some there, then say “try again”."
NO_KEY = f"The ElevenLabs key is missing; set {KEY} for the media worker, restart it, then say “try again”."
BAD_KEY = f"ElevenLabs does not accept the key; check {KEY}, restart the media worker, then say “try again”."


@dataclass(frozen=True, slots=True)
class Speech:
    """`alignment` as the vendor gives it, times of the sent text's characters in seconds; None for none.

    `format` is the vendor's name of the sound's format, "" for the one asked for.
    """

    audio: bytes
    alignment: Json | None
    identity: str
    characters: int
    format: str = ""


class ElevenLabsApi:
    """One account. Every call raises what `refusal` says, ProviderDown, or NotSent."""

    def __init__(self, key: str, url: str, timeout_s: float = TIMEOUT_S) -> None:
        """Raises KeyMissing without a key."""
        import httpx

        if not key:
            raise KeyMissing(NO_KEY)
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
        self._http = httpx.Client(base_url=url, headers={"xi-api-key": key}, timeout=timeout)

    @classmethod
    def from_environment(cls) -> ElevenLabsApi:
        """With the key that the process was given; raises KeyMissing."""
        return cls(os.environ.get(KEY, ""), os.environ.get(URL) or "https://api.elevenlabs.io")

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def speak(self, voice: str, output_format: str, body: Json) -> Speech:
        """Text to speech with the time of every character; costs."""
        path = f"/v1/text-to-speech/{quote(voice, safe='')}/with-timestamps"
        answer = self._ask("POST", path, params={"output_format": output_format}, json=body)
        said, headers = _json(answer), answer.headers
        with _readable():
            audio = base64.b64decode(said["audio_base64"], validate=True)
            cost = int(headers.get("character-cost", len(body["text"])))
        return Speech(audio, said.get("alignment"), headers.get("request-id", ""), cost)

    def history(self, voice: str, after: float) -> Iterator[Json]:
        """Speech made with a voice since `after` (Unix seconds), newest first."""
        wanted: Json = {"voice_id": voice, "page_size": PAGE, "date_after_unix": int(after)}
        for _ in range(MOST_PAGES):
            page = _json(self._ask("GET", "/v1/history", params=wanted))
            with _readable():
                entries, last = list(page["history"]), page.get("has_more")
                wanted["start_after_history_item_id"] = last and page["last_history_item_id"]
            yield from entries
            if not last:
                return

    def fetched(self, item: Json) -> Speech:
        """Speech out of the history; costs nothing."""
        path = f"/v1/history/{quote(item['history_item_id'], safe='')}"
        whole = _json(self._ask("GET", path))
        sound = self._ask("GET", f"{path}/audio")
        kind = FORMATS.get(sound.headers.get("content-type", "").partition(";")[0], "")
        with _readable():
            alignment = (whole.get("alignments") or {}).get("alignment")
            cost = int(whole["character_count_change_to"] - whole["character_count_change_from"])
        return Speech(sound.content, alignment, identity_of(item), cost, kind)

    def forget_speech(self, item: Json) -> None:
        """Delete an entry of the history; one that is gone is no error."""
        self._delete(f"/v1/history/{quote(item['history_item_id'], safe='')}")

    def add_voice(self, name: str, samples: Sequence[Path]) -> Json:
        """An instant clone: {"voice_id", "requires_verification"}."""
        files = [
            ("files", (f"{at}.wav", path.read_bytes(), "audio/wav")) for at, path in enumerate(samples, 1)
        ]
        data = {"name": name, "remove_background_noise": "false"}
        return _json(self._ask("POST", "/v1/voices/add", data=data, files=files))

    def find_voices(self, start: str) -> dict[str, str]:
        """name → id of the voices whose name begins so."""
        found = _json(self._ask("GET", "/v2/voices", params={"search": start, "page_size": PAGE}))
        with _readable():
            named = {str(each["name"]): str(each["voice_id"]) for each in found["voices"]}
        return {name: voice for name, voice in named.items() if name.startswith(start)}

    def delete_voice(self, voice: str) -> None:
        """Remove a voice; one that is gone is no error."""
        self._delete(f"/v1/voices/{quote(voice, safe='')}")

    def isolate(self, audio: Path) -> tuple[bytes, int]:
        """The voice in a recording without what is around it, and the characters that this cost."""
        files = {"audio": (f"audio{audio.suffix}", audio.read_bytes(), "application/octet-stream")}
        answer = self._ask("POST", "/v1/audio-isolation", data={"file_format": "other"}, files=files)
        with _readable():
            return answer.content, int(answer.headers.get("character-cost", 0))

    def subscription(self) -> Json:
        """{"tier", "character_count", "character_limit", "voice_slots_used", "voice_limit", …}."""
        return _json(self._ask("GET", "/v1/user/subscription"))

    def _delete(self, path: str) -> None:
        try:
            self._ask("DELETE", path)
        except VoiceMissing:
            return
        except VendorRefused as refused:
            if "not found" not in refused.say.lower() and "not_found" not in refused.say:
                raise

    def _ask(self, method: str, path: str, **wanted: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._http.request(method, path, **wanted)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent("ElevenLabs cannot be reached; it will be tried again.", DOWN_S) from error
        except httpx.HTTPError as error:
            raise ProviderDown("ElevenLabs does not answer; it will be tried again.", DOWN_S) from error
        if not answer.is_success:
            raise refusal(answer)
        return answer


def identity_of(item: Json) -> str:
    """What names an entry of the history for ever: its request, else itself."""
    return str(item.get("request_id") or item["history_item_id"])


def refusal(answer: httpx.Response) -> StudioError:
    """An answer that is not a success, as one of our errors.

    The vendor names its reasons in `detail.status` or `detail.code`; 401 is not always about the key.
    """
    code, message = _detail(answer)
    said = f"ElevenLabs refused the request ({answer.status_code} {code}): {message}"[:300]
    if code in ("quota_exceeded", "insufficient_credits", "payment_required") or answer.status_code == 402:
        return CreditSpent(NO_CREDIT)
    if code in ("voice_not_found", "voice_does_not_exist"):
        return VoiceMissing("ElevenLabs does not know this voice any more; `aiclone voice clone` makes one.")
    if code in ("max_character_limit_exceeded", "text_too_long"):
        return ScriptTooLong("This line is longer than the model of ElevenLabs takes; split it in two.")
    if code in ("voice_limit_reached", "max_voice_limit_reached"):
        return VendorRefused("The ElevenLabs account has no free voice slot; delete a voice there.")
    if code in ("invalid_audio", "audio_too_short", "invalid_sample", "voice_sample_too_short"):
        return VoiceSampleUnusable(f"ElevenLabs cannot use this recording: {message}"[:300])
    if code in ("missing_permissions", "missing_permission"):
        return KeyMissing(f"The ElevenLabs key lacks a right: {message}"[:300])
    if answer.status_code == 401 and code in ("", "invalid_api_key", "needs_authorization"):
        return KeyMissing(BAD_KEY)
    if answer.status_code == 429:
        return ProviderBusy("ElevenLabs is busy; it will be tried again.", _wait(answer, code))
    if answer.status_code >= 500 or answer.status_code in (408, 409, 425):
        return ProviderDown("ElevenLabs has a fault; it will be tried again.", _wait(answer, ""))
    return VendorRefused(said)


def _detail(answer: httpx.Response) -> tuple[str, str]:
    try:
        detail = json.loads(answer.content)["detail"]
    except (ValueError, KeyError, TypeError):
        return "", answer.reason_phrase
    if isinstance(detail, list):
        parts = [f"{'.'.join(map(str, each.get('loc', ())))}: {each.get('msg', '')}" for each in detail]
        return "invalid", "; ".join(parts)
    if not isinstance(detail, dict):
        return "", str(detail)
    return str(detail.get("status") or detail.get("code") or ""), str(detail.get("message") or "")


def _wait(answer: httpx.Response, code: str) -> float:
    usual = QUEUED_S if code in ("too_many_concurrent_requests", "concurrent_limit_exceeded") else BUSY_S
    try:
        return min(LONGEST_S, max(1.0, float(answer.headers["retry-after"])))
    except (KeyError, ValueError):
        return usual


@contextmanager
def _readable() -> Iterator[None]:
    """What an answer lacks, or says in another form than promised, is the vendor's fault and may pass."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ProviderDown("ElevenLabs gave an unreadable answer.", DOWN_S) from error


def _json(answer: httpx.Response) -> Json:
    with _readable():
        found: Json = dict(json.loads(answer.content))
    return found
