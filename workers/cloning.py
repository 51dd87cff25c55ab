"""A persona's voice at a vendor: made from its samples, named, or taken away again. Never without consent.

Like workers/onboarding.py this writes nothing but personas.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from studio.errors import ConsentMissing, NeedsFounder, PersonaUnknown, VoiceSampleUnusable
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from studio.store.personas import Persona
from workers import vendor_voices
from workers.engines.cloud.elevenlabs import ElevenLabsApi
from workers.vendor_voices import ENGINE

MOST_FILES, MOST_S = 25, 100.0


@dataclass(frozen=True, slots=True)
class Cloning:
    """What cloning needs."""

    settings: Settings
    store: Store
    media: MediaStore

    def clone(self, name: str) -> str:
        """Have the vendor clone a persona's voice; its id there.

        Raises ConsentMissing, VoiceSampleUnusable, NeedsFounder when there is a voice already or the vendor
        wants to verify it, and what the vendor's client raises. After a crash the voice that was made is found.
        """
        persona = consenting(self.store, name)
        if persona.voices.get(ENGINE):
            raise NeedsFounder(
                f"{persona.name} has a voice at ElevenLabs already; `aiclone voice forget {persona.name}` first."
            )
        if not persona.samples:
            raise VoiceSampleUnusable(f"{persona.name} has no voice samples to clone from.")
        samples = [self.media.fetch(sha) for sha in persona.samples][:MOST_FILES]
        api = vendor_voices.account(self.settings)
        try:
            vendor_voices.write_note(self.media, persona.id, "there")
            voice = self._made(api, persona, samples)
            self._keep(api, persona, voice)
        finally:
            api.close()
        return voice

    def use(self, name: str, voice: str) -> Persona:
        """Name a voice that is at the vendor already; it is never deleted there by us."""
        persona = consenting(self.store, name)
        with self.store.write() as connection:
            personas.set_voice(connection, persona, ENGINE, voice)
        return persona

    def forget(self, name: str) -> bool:
        """Take a persona's voice away; True when one is to be deleted at the vendor."""
        with self.store.read() as connection:
            persona = personas.named(connection, name)
        asked = vendor_voices.ask_to_forget(self.media, persona.id)
        with self.store.write() as connection:
            personas.set_voice(connection, persona, ENGINE, "")
        return asked

    def _made(self, api: ElevenLabsApi, persona: Persona, samples: list[Path]) -> str:
        digest = hashlib.sha256("".join(persona.samples).encode()).hexdigest()[:8]
        name = f"{vendor_voices.mark(persona.id)}-{digest}"
        if found := api.find_voices(name).get(name):
            return found
        with self.media.workspace() as folder:
            made = api.add_voice(name, [_excerpt(sample, Path(folder)) for sample in samples])
        if made.get("requires_verification"):
            api.delete_voice(str(made["voice_id"]))
            raise NeedsFounder(
                "ElevenLabs wants to verify this voice first. Clone it on its site, then "
                f"`aiclone voice use {persona.name} VOICE_ID`."
            )
        return str(made["voice_id"])

    def _keep(self, api: ElevenLabsApi, persona: Persona, voice: str) -> None:
        try:
            with self.store.write() as connection:
                personas.require_consent(connection, persona)  # it may have been revoked meanwhile
                personas.set_voice(connection, persona, ENGINE, voice)
        except (ConsentMissing, PersonaUnknown):
            api.delete_voice(voice)
            raise


def consenting(store: Store, name: str) -> Persona:
    """A persona whose voice may be cloned or trained; raises ConsentMissing, also for the sample persona."""
    with store.read() as connection:
        persona = personas.named(connection, name)
        consent = personas.require_consent(connection, persona)
    if consent["exemption"]:
        raise ConsentMissing(
            f"{persona.name} is a sample without a consent of a person, so no voice is cloned for it."
        )
    return persona


def _excerpt(sample: Path, folder: Path) -> Path:
    """The beginning of a sample: more does not make a better clone, and the vendor limits a file's size."""
    import soundfile

    out = folder / f"{sample.name[:16]}.wav"
    rate = soundfile.info(sample).samplerate
    samples, _ = soundfile.read(sample, frames=int(MOST_S * rate), dtype="int16")
    soundfile.write(out, samples, rate, subtype="PCM_16", format="WAV")
    return out
