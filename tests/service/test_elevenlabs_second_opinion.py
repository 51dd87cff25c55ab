"""The vendor's own SDK against our stand-in: what it sends is accepted, what it gets it understands."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.speech import coded, spoken
from tests.fakes.elevenlabs.world import STOCK_VOICE, Refusal
from workers.engines.cloud.elevenlabs import ElevenLabsApi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    elevenlabs = pytest.importorskip("elevenlabs", reason="the dev extra has the SDK")

pytestmark = [pytest.mark.service, pytest.mark.filterwarnings("ignore")]
TEXT = "We build compilers for people."
BODY: dict[str, Any] = {
    "text": TEXT,
    "model_id": "eleven_multilingual_v2",
    "voice_settings": {"stability": 0.5, "similarity_boost": 0.8, "style": 0.0, "use_speaker_boost": True,
                       "speed": 1.0},
    "seed": 7,
    "apply_text_normalization": "off",
    "previous_text": "Hello.",
}  # fmt: skip


@pytest.fixture
def vendor() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture
def theirs(vendor: ElevenLabsServer) -> Iterator[Any]:
    """The SDK's client."""
    with httpx.Client(timeout=20) as http:
        yield elevenlabs.ElevenLabs(api_key=vendor.key, base_url=vendor.url, httpx_client=http)


@pytest.fixture
def mine(vendor: ElevenLabsServer) -> Iterator[ElevenLabsApi]:
    api = ElevenLabsApi(vendor.key, vendor.url)
    yield api
    api.close()


def sample() -> bytes:
    samples, rate, _ = spoken("I agree that this studio makes videos with my voice. " * 2, 1.0, 0)
    return coded(samples, rate, "wav_24000")


def test_both_clients_send_the_same_and_read_the_same(
    vendor: ElevenLabsServer, theirs: Any, mine: ElevenLabsApi
) -> None:
    raw = theirs.text_to_speech.with_raw_response.convert_with_timestamps(
        STOCK_VOICE, output_format="pcm_24000", **BODY
    )
    ours = mine.speak(STOCK_VOICE, "pcm_24000", BODY)
    first, second = (call["body"] for call in vendor.called("speak"))
    assert first == second
    assert base64.b64decode(raw.data.audio_base_64) == ours.audio
    assert ours.alignment is not None
    assert raw.data.alignment.characters == ours.alignment["characters"] == list(TEXT)
    assert raw.data.alignment.character_start_times_seconds == ours.alignment["character_start_times_seconds"]
    assert int(raw.headers["character-cost"]) == ours.characters == len(TEXT)


def test_the_history_as_the_sdk_reads_it(vendor: ElevenLabsServer, theirs: Any, mine: ElevenLabsApi) -> None:
    speech = mine.speak(STOCK_VOICE, "pcm_24000", BODY)
    page = theirs.history.list(page_size=10, voice_id=STOCK_VOICE, date_after_unix=0)
    [item] = page.history
    assert (item.request_id, item.text, page.has_more) == (speech.identity, TEXT, False)
    assert item.character_count_change_to - item.character_count_change_from == len(TEXT)
    whole = theirs.history.get(item.history_item_id)
    assert whole.alignments.alignment.characters == list(TEXT)
    assert b"".join(theirs.history.get_audio(item.history_item_id)) == speech.audio
    assert mine.fetched(item.model_dump()).audio == speech.audio
    theirs.history.delete(item.history_item_id)
    assert not vendor.made


def test_voices_isolation_and_quota(vendor: ElevenLabsServer, theirs: Any, mine: ElevenLabsApi) -> None:
    made = theirs.voices.ivc.create(name="aiclone-x-1", files=[("a.wav", io.BytesIO(sample()))])
    assert mine.find_voices("aiclone-x") == {"aiclone-x-1": made.voice_id}
    assert theirs.voices.delete(made.voice_id).status == "ok"
    assert b"".join(theirs.audio_isolation.convert(audio=("a.wav", io.BytesIO(sample()))))
    seen = theirs.user.subscription.get()
    assert (seen.character_limit - seen.character_count) == vendor.limit - vendor.paid


@pytest.mark.parametrize("refused", [Refusal(401, "quota_exceeded"), Refusal(429, "system_busy")])
def test_refusals_are_the_sdks_errors(vendor: ElevenLabsServer, theirs: Any, refused: Refusal) -> None:
    for _ in range(5):
        vendor.fails("speak", refused)
    with pytest.raises(elevenlabs.core.ApiError) as caught:
        theirs.text_to_speech.convert_with_timestamps(STOCK_VOICE, **BODY)
    assert (caught.value.status_code, caught.value.body["detail"]["status"]) == (refused.status, refused.code)
    vendor.faults.clear()
