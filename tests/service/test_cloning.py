"""A voice at a vendor: made only with consent, found again after a crash, deleted for certain."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pydantic import SecretStr
from sqlalchemy import update

from studio.domain import PersonaId
from studio.engine import VendorSpeak
from studio.errors import (
    ConsentMissing,
    KeyMissing,
    NeedsFounder,
    ProviderDown,
    VendorRefused,
    VoiceSampleUnusable,
)
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from studio.store.personas import Persona
from studio.store.schema import consents
from tests.fakes.elevenlabs.server import ElevenLabsServer
from tests.fakes.elevenlabs.speech import spoken
from tests.fakes.elevenlabs.world import STOCK_VOICE, Refusal
from workers import vendor_voices
from workers.child import ROOT
from workers.cloning import Cloning
from workers.onboarding import remove
from workers.supervisor import environment_of

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
CONSENT = {"sha256": "c" * 64, "statement": "I agree.", "exemption": "", "expires_at": None}


@pytest.fixture
def vendor() -> Iterator[ElevenLabsServer]:
    with ElevenLabsServer() as server:
        yield server


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of somebody speaking, 48 kHz."""
    samples, rate, _ = spoken("I agree that this studio clones my voice and speaks with it. " * 3, 1.0, 0)
    path = tmp_path_factory.mktemp("sample") / "ann.wav"
    soundfile.write(path, np.tile(samples, int(120 * rate / len(samples)) + 1)[: 120 * rate], rate)
    return path


@pytest.fixture
def ann(store: Store, media: MediaStore, recording: Path) -> Persona:
    """A persona with a sample and a consent."""
    made = Persona(
        PersonaId("a1b2"), "Ann", "Ann Lee", {}, {"kokoro": "af_heart"}, (media.put(recording),), {}
    )
    with store.write() as connection:
        personas.add(connection, made, CONSENT)
    return made


@pytest.fixture
def cloning(settings: Settings, store: Store, media: MediaStore, vendor: ElevenLabsServer) -> Cloning:
    keyed = {"elevenlabs_api_key": SecretStr(vendor.key), "elevenlabs_api_url": vendor.url}
    return Cloning(settings.model_copy(update=keyed), store, media)


def voices(store: Store, persona: Persona) -> dict[str, str]:
    with store.read() as connection:
        return personas.by_id(connection, persona.id).voices


def ours(vendor: ElevenLabsServer) -> list[str]:
    """The voices that are not the vendor's own."""
    return [voice for voice in vendor.voices if voice != STOCK_VOICE]


def test_a_clone_is_made_from_the_samples_and_kept_with_the_persona(
    cloning: Cloning, store: Store, vendor: ElevenLabsServer, ann: Persona
) -> None:
    voice = cloning.clone("Ann")
    assert voices(store, ann) == {"kokoro": "af_heart", "elevenlabs": voice}
    [sent] = vendor.voices[voice]["files"]
    assert len(sent) < 11_000_000
    assert "Ann" not in vendor.voices[voice]["name"]
    with pytest.raises(NeedsFounder, match="already"):
        cloning.clone("Ann")
    assert ours(vendor) == [voice]


def test_without_a_valid_consent_nothing_leaves_the_house(
    cloning: Cloning, store: Store, vendor: ElevenLabsServer, ann: Persona
) -> None:
    with store.write() as connection:
        connection.execute(update(consents).values(expires_at=1.0))
    for attempt in (lambda: cloning.clone("Ann"), lambda: cloning.use("Ann", STOCK_VOICE)):
        with pytest.raises(ConsentMissing, match="expired"):
            attempt()
    with store.write() as connection:
        connection.execute(update(consents).values(expires_at=None, exemption="sample"))
    with pytest.raises(ConsentMissing, match="sample"):
        cloning.clone("Ann")
    assert not vendor.calls


def test_no_samples_and_no_key_are_said_before_anything_is_asked(
    cloning: Cloning, store: Store, media: MediaStore, vendor: ElevenLabsServer, ann: Persona
) -> None:
    with store.write() as connection:
        personas.add(connection, replace(ann, id=PersonaId("b"), name="Bob", samples=()), CONSENT)
    with pytest.raises(VoiceSampleUnusable, match="Bob has no voice samples"):
        cloning.clone("Bob")
    poor = Cloning(cloning.settings.model_copy(update={"elevenlabs_api_key": SecretStr("")}), store, media)
    with pytest.raises(KeyMissing, match="AICLONE_ELEVENLABS_API_KEY"):
        poor.clone("Ann")
    assert not vendor.calls


def test_a_clone_whose_answer_was_lost_is_found_and_not_made_twice(
    cloning: Cloning, store: Store, vendor: ElevenLabsServer, ann: Persona
) -> None:
    vendor.fails("add_voice", "cut", do=True)
    with pytest.raises(ProviderDown):
        cloning.clone("Ann")
    assert "elevenlabs" not in voices(store, ann)
    voice = cloning.clone("Ann")
    assert ours(vendor) == [voice]
    assert len(vendor.called("add_voice")) == 1


def test_a_voice_the_vendor_wants_to_verify_is_not_kept(
    cloning: Cloning, store: Store, vendor: ElevenLabsServer, ann: Persona
) -> None:
    vendor.requires_verification = True
    with pytest.raises(NeedsFounder, match="aiclone voice use Ann"):
        cloning.clone("Ann")
    assert ours(vendor) == []
    assert "elevenlabs" not in voices(store, ann)


def test_a_full_account_is_said(cloning: Cloning, vendor: ElevenLabsServer, ann: Persona) -> None:
    vendor.voice_limit = 0
    with pytest.raises(VendorRefused, match="no free voice slot"):
        cloning.clone("Ann")


def test_a_removed_persona_is_removed_at_the_vendor_with_what_it_spoke(
    cloning: Cloning, store: Store, media: MediaStore, vendor: ElevenLabsServer, ann: Persona
) -> None:
    voice = cloning.clone("Ann")
    speak = VendorSpeak("Hello there.", voice)
    body = {"text": speak.text, "model_id": "eleven_flash_v2_5", "voice_settings": {}}
    for _ in range(3):
        vendor.keep(voice, body, b"", "pcm_24000", {}, 6, 0)
    other = vendor.keep(STOCK_VOICE, body, b"", "pcm_24000", {}, 6, 0)
    vendor.fails("delete_voice", Refusal(500, "internal"))
    remove(store, media, "Ann", media.root / "weights")
    with pytest.raises(ProviderDown):
        vendor_voices.forget_waiting(cloning.settings, media)
    assert ours(vendor) == [voice]
    assert vendor_voices.waiting(media)
    assert vendor_voices.forget_waiting(cloning.settings, media) == 1
    assert ours(vendor) == []
    assert vendor.made == [other]
    assert vendor_voices.note(media, ann.id)["state"] == "gone"
    assert vendor_voices.forget_waiting(cloning.settings, media) == 0


def test_a_removal_also_finds_a_clone_that_was_never_kept(
    cloning: Cloning, store: Store, media: MediaStore, vendor: ElevenLabsServer, ann: Persona
) -> None:
    vendor.fails("add_voice", "cut", do=True)
    with pytest.raises(ProviderDown):
        cloning.clone("Ann")
    remove(store, media, "Ann", media.root / "weights")
    vendor_voices.forget_waiting(cloning.settings, media)
    assert ours(vendor) == []


def test_a_media_worker_with_the_key_deletes_what_the_command_could_not(
    cloning: Cloning, store: Store, media: MediaStore, vendor: ElevenLabsServer, ann: Persona
) -> None:
    cloning.clone("Ann")
    remove(store, media, "Ann", media.root / "weights")

    async def work() -> None:
        task = asyncio.create_task(vendor_voices.keep_forgetting(cloning.settings, media))
        while vendor_voices.waiting(media):
            await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(asyncio.wait_for(work(), 10))
    assert ours(vendor) == []


def test_a_voice_that_was_only_named_stays_at_the_vendor(
    cloning: Cloning, store: Store, media: MediaStore, vendor: ElevenLabsServer, ann: Persona
) -> None:
    cloning.use("Ann", STOCK_VOICE)
    assert voices(store, ann)["elevenlabs"] == STOCK_VOICE
    remove(store, media, "Ann", media.root / "weights")
    assert vendor_voices.waiting(media) == []
    assert STOCK_VOICE in vendor.voices


def test_the_commands(cloning: Cloning, store: Store, vendor: ElevenLabsServer, ann: Persona) -> None:
    def aiclone(*words: str) -> subprocess.CompletedProcess[str]:
        given = {**environment_of(cloning.settings), "COLUMNS": "200"}
        given |= {"AICLONE_ELEVENLABS_API_KEY": vendor.key, "AICLONE_ELEVENLABS_API_URL": vendor.url}
        command = [sys.executable, "-m", "workers.cli", *words]
        return subprocess.run(
            command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60
        )

    done = aiclone("voice", "clone", "Ann", "--engine", "elevenlabs")
    assert done.returncode == 0, done.stderr
    assert ours(vendor)[0] in done.stdout
    asked = aiclone("engines", "--online", "--json")
    assert "100,000 characters left, worth about $30.00; 1 of 3 voices used" in asked.stderr
    assert vendor.key not in asked.stdout
    gone = aiclone("persona", "remove", "Ann", "--yes")
    assert "deleted, with everything it spoke" in gone.stdout
    assert ours(vendor) == []
    nobody = aiclone("voice", "forget", "Ann", "--yes")
    assert (nobody.returncode, nobody.stderr.startswith("There is no persona “Ann”")) == (2, True)


def test_the_store_never_names_a_voice_of_somebody_removed(store: Store, ann: Persona) -> None:
    with store.write() as connection:
        personas.remove(connection, ann)
    with pytest.raises(NeedsFounder, match="removed"), store.write() as connection:
        personas.set_voice(connection, ann, "elevenlabs", "v")
