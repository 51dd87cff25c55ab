"""ElevenLabs against a strict loopback vendor: what is sent, what comes of it, and that nothing is paid twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.engine import VendorSpeak
from studio.errors import (
    CreditSpent,
    KeyMissing,
    LanguageUnsupported,
    Misconfigured,
    ProviderBusy,
    ProviderDown,
    ScriptTooLong,
    StudioError,
    TextUnspeakable,
    VendorRefused,
    VoiceMissing,
)
from studio.timeline import Timeline, read_samples, read_timeline
from tests.engines.voices import assert_sound, quiet
from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.world import STOCK_VOICE, Refusal
from workers.engines.cloud.elevenlabs import ElevenLabsApi
from workers.engines.voice.elevenlabs import ElevenLabs

pytestmark = pytest.mark.engine
TEXT = "Hi, I'm Kadar. We grew 3.5% in Q3, and we are hiring."
SPEAK = VendorSpeak(
    TEXT,
    STOCK_VOICE,
    pronunciations={"Kadar": "ka-DAR"},
    model="eleven_multilingual_v2",
    format="pcm_24000",
)


@pytest.fixture
def vendor() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture(scope="module")
def phonemizer() -> Any:
    from workers.engines.voice.g2p import Phonemizer

    return Phonemizer()


class Buyer:
    """The engine with an account, in a folder of its own."""

    def __init__(
        self, vendor: ElevenLabsServer, folder: Path, phonemizer: Any, timeout_s: float = 20
    ) -> None:
        self.folder, self.engine = folder, ElevenLabs()
        self.engine._api = ElevenLabsApi(vendor.key, vendor.url, timeout_s)
        self.engine._phonemizer = phonemizer

    def buy(self, speak: VendorSpeak = SPEAK, take: str = "t1", seed: int = 1) -> Path:
        """One attempt at a take."""
        receipt, out = self.folder / "paid" / f"{take}.json", self.folder / f"{take}.wav"
        receipt.parent.mkdir(exist_ok=True)
        self.engine.run(asdict(speak), {"receipt": receipt}, out, seed, quiet)
        return out

    def bill(self, take: str = "t1") -> dict[str, Any]:
        """The receipt of a take."""
        path = self.folder / "paid" / f"{take}.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def back_date(self, take: str = "t1", seconds: float = 60.0) -> None:
        """As if the vendor had been asked that long ago."""
        path = self.folder / "paid" / f"{take}.json"
        path.write_text(json.dumps(self.bill(take) | {"at": time.time() - seconds}))


@pytest.fixture
def buyer(vendor: ElevenLabsServer, tmp_path: Path, phonemizer: Any) -> Iterator[Buyer]:
    made = Buyer(vendor, tmp_path, phonemizer)
    yield made
    made.engine.close()


def vendor_times(vendor: ElevenLabsServer, word: str) -> tuple[float, float]:
    """When the vendor says a word of what it was sent last begins and ends."""
    alignment = vendor.made[-1].alignment
    at = "".join(alignment["characters"]).index(word)
    starts, ends = alignment["character_start_times_seconds"], alignment["character_end_times_seconds"]
    return starts[at], ends[at + len(word) - 1]


def gap(timeline: Timeline, first: int, last: int) -> float:
    return timeline.words[last].end - timeline.words[first].start


def test_a_line_is_sound_with_the_vendors_times(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    timeline = assert_sound(buyer.buy(), TEXT)
    body = vendor.called("speak")[0]["body"]
    assert body["text"] == "Hi, I'm ka-DAR. We grew three point five percent in Q three, and we are hiring."
    assert body["seed"] == 1
    assert body["apply_text_normalization"] == "off"
    begin = vendor_times(vendor, "ka-DAR")[0]
    end = vendor_times(vendor, "hiring")[1]
    assert gap(timeline, 2, 11) == pytest.approx(end - begin, abs=0.002)
    percent = timeline.words[5]
    three, last = vendor_times(vendor, "three point")[0], vendor_times(vendor, "percent")[1]
    assert percent.text == "3.5%"
    assert percent.end - percent.start == pytest.approx(last - three, abs=0.002)
    assert "kədɑɹ" in "".join(phone.symbol for phone in timeline.phones)


def test_another_language_has_the_vendors_words_and_phones_found_by_ear(
    vendor: ElevenLabsServer, buyer: Buyer
) -> None:
    text = "Hola, soy Kadar 🙂. Crecimos un 3,5 % y estamos contratando."
    timeline = assert_sound(buyer.buy(replace(SPEAK, text=text, language="es")), text)
    assert vendor.called("speak")[0]["body"]["text"].endswith(
        "Crecimos un tres coma cinco por ciento y estamos contratando."
    )
    begin, end = vendor_times(vendor, "Crecimos")
    word = timeline.words[4]
    assert (word.text, word.end - word.start) == ("Crecimos", pytest.approx(end - begin, abs=0.002))
    inside = [phone.symbol for phone in timeline.phones if word.start <= phone.start < word.end - 1e-3]
    assert "".join(inside) == "kɾeθimos"


def test_what_was_billed_stands_on_the_receipt(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    buyer.buy()
    bill = buyer.bill()
    assert (bill["state"], bill["characters"]) == ("paid", vendor.paid)
    assert bill["id"] == vendor.made[0].request_id
    assert (buyer.folder / "paid" / "claims" / bill["id"]).read_text() == "t1"


def test_tones_pace_and_continuity_are_the_vendors_settings(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    buyer.buy(replace(SPEAK, tone="storytelling", pace=1.5, before="It began here.", after="And then?"), "a")
    buyer.buy(replace(SPEAK, tone="authoritative", pace=0.5), "b")
    story, firm = (call["body"] for call in vendor.called("speak"))
    assert story["voice_settings"]["stability"] < firm["voice_settings"]["stability"]
    assert (story["voice_settings"]["speed"], firm["voice_settings"]["speed"]) == (1.2, 0.7)
    assert (story["previous_text"], story["next_text"]) == ("It began here.", "And then?")
    assert "previous_text" not in firm


@pytest.mark.parametrize("model", ["eleven_v3", "eleven_flash_v2_5"])
@pytest.mark.parametrize("written_as", ["mp3_44100_128", "wav_24000"])
def test_other_models_and_formats(
    vendor: ElevenLabsServer, buyer: Buyer, model: str, written_as: str
) -> None:
    speak = replace(SPEAK, model=model, format=written_as, before="So.", tone="soft")
    out = buyer.buy(speak)
    assert_sound(out, TEXT)
    assert read_samples(out)[1] == int(written_as.split("_")[1])
    assert buyer.bill()["characters"] == vendor.paid


def test_without_an_alignment_the_words_are_found_by_ear(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    vendor.aligned = False
    assert_sound(buyer.buy(), TEXT)


@pytest.mark.parametrize(
    ("speak", "error", "words"),
    [
        (replace(SPEAK, language="hu"), LanguageUnsupported, "ElevenLabs does not speak Hungarian"),
        (replace(SPEAK, text="نحن شركة"), LanguageUnsupported, "cannot say “ن” in English"),
        (replace(SPEAK, text="🙂"), TextUnspeakable, "no words"),
        (replace(SPEAK, text="word " * 3000), ScriptTooLong, "14,999"),
        (replace(SPEAK, voice=""), VoiceMissing, "aiclone voice clone"),
        (replace(SPEAK, format="flac"), Misconfigured, "AICLONE_ELEVENLABS_FORMAT"),
    ],
)
def test_what_cannot_be_spoken_is_refused_before_it_costs(
    vendor: ElevenLabsServer, buyer: Buyer, speak: VendorSpeak, error: type[StudioError], words: str
) -> None:
    with pytest.raises(error, match=words):
        buyer.buy(speak)
    assert not vendor.calls
    assert buyer.bill() == {}


BUSY = Refusal(429, "system_busy", headers={"retry-after": "42"})
REFUSALS: list[tuple[Refusal, type[StudioError], float | None]] = [
    (Refusal(401, "quota_exceeded"), CreditSpent, None),
    (Refusal(402, "payment_required"), CreditSpent, None),
    (Refusal(401, "missing_permissions", "text_to_speech"), KeyMissing, None),
    (Refusal(401, "detected_unusual_activity", "Free tier"), VendorRefused, None),
    (Refusal(400, "voice_not_found"), VoiceMissing, None),
    (Refusal(400, "max_character_limit_exceeded"), ScriptTooLong, None),
    (Refusal(422, "invalid"), VendorRefused, None),
    (Refusal(429, "too_many_concurrent_requests"), ProviderBusy, 5.0),
    (BUSY, ProviderBusy, 42.0),
]


@pytest.mark.parametrize(("refused", "error", "after"), REFUSALS)
def test_a_refusal_is_one_of_our_errors_and_buys_nothing(
    vendor: ElevenLabsServer,
    buyer: Buyer,
    refused: Refusal,
    error: type[StudioError],
    after: float | None,
) -> None:
    vendor.fails("speak", refused)
    with pytest.raises(error) as caught:
        buyer.buy()
    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) == after
    assert vendor.key not in caught.value.say
    assert buyer.bill() == {}
    buyer.buy()
    assert vendor.paid == len(vendor.made[0].body["text"])


def test_a_wrong_and_a_missing_key(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    vendor.keys.clear()
    with pytest.raises(KeyMissing, match="AICLONE_ELEVENLABS_API_KEY"):
        buyer.buy()
    with pytest.raises(KeyMissing, match="set AICLONE_ELEVENLABS_API_KEY"):
        ElevenLabs().load({})


def test_nobody_there_asks_nothing(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    buyer.engine._api = ElevenLabsApi(vendor.key, "http://127.0.0.1:9")
    with pytest.raises(ProviderDown) as caught:
        buyer.buy()
    assert caught.value.reason == "ProviderDown"
    assert buyer.bill() == {}


@pytest.mark.parametrize("then", ["cut", "late", "500"])
@pytest.mark.parametrize("as_mp3", [False, True])
def test_an_answer_that_never_came_is_fetched_from_the_history(
    vendor: ElevenLabsServer, buyer: Buyer, tmp_path: Path, phonemizer: Any, then: str, as_mp3: bool
) -> None:
    vendor.history_as_mp3 = as_mp3
    hurried = Buyer(vendor, tmp_path, phonemizer, timeout_s=4.0)
    faults: dict[str, Refusal | str] = {"cut": "cut", "late": "hold", "500": Refusal(500, "internal")}
    vendor.fails("speak", faults[then], do=True, seconds=8.0)
    with pytest.raises(ProviderDown):
        hurried.buy()
    hurried.engine.close()
    assert buyer.bill()["state"] == "asked"
    paid = vendor.paid
    assert_sound(buyer.buy(), TEXT)
    assert vendor.paid == paid
    assert len(vendor.called("speak")) == 1
    assert buyer.bill()["characters"] == paid
    buyer.buy()  # and from the kept answer, without the network
    assert len(vendor.called("audio")) == 1


def test_a_young_request_that_is_not_there_is_waited_for_and_an_old_one_asked_again(
    vendor: ElevenLabsServer, buyer: Buyer
) -> None:
    vendor.fails("speak", "cut")
    with pytest.raises(ProviderDown):
        buyer.buy()
    with pytest.raises(ProviderBusy) as waiting:
        buyer.buy()
    assert 10 < waiting.value.retry_after <= 20
    buyer.back_date()
    assert_sound(buyer.buy(), TEXT)
    assert vendor.paid == len(vendor.made[0].body["text"])


def test_two_takes_of_the_same_words_never_share_an_entry(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    for take, seed in (("t1", 1), ("t2", 2)):
        vendor.fails("speak", "cut", do=True)
        with pytest.raises(ProviderDown):
            buyer.buy(take=take, seed=seed)
    paid = vendor.paid
    one, two = buyer.buy(take="t1", seed=1), buyer.buy(take="t2", seed=2)
    assert vendor.paid == paid
    assert {buyer.bill("t1")["id"], buyer.bill("t2")["id"]} == {made.request_id for made in vendor.made}
    assert one.read_bytes() != two.read_bytes()


def test_other_entries_of_the_history_are_left_alone(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    buyer.buy(replace(SPEAK, tone="soft"), "soft")
    buyer.buy(replace(SPEAK, text="Something else."), "other")
    vendor.fails("speak", "cut")
    with pytest.raises(ProviderDown):
        buyer.buy(take="mine")
    buyer.back_date("mine")
    buyer.buy(take="mine")
    assert len(vendor.made) == 3


def test_speech_at_its_edges_is_cut_close(vendor: ElevenLabsServer, buyer: Buyer) -> None:
    samples, rate = read_samples(buyer.buy())
    timeline = read_timeline(buyer.folder / "t1.wav")
    assert timeline.words[0].start <= 0.1
    assert len(samples) / rate - timeline.words[-1].end < 0.3
    assert float(np.abs(samples).max()) > 0.1
