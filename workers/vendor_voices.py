"""Voices that were cloned at a vendor: noted before they are made, so that every one of them can be deleted.

A note lies in the media store as `vendors/elevenlabs-<persona id>.json`: there → forget → gone. Whoever has
the key, the command line or a media worker, deletes what is to be forgotten and keeps the note as receipt.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.media import MediaStore
from studio.settings import Settings
from workers.engines.cloud.elevenlabs import ElevenLabsApi

log = logging.getLogger(__name__)
ENGINE = "elevenlabs"
LOOK_EVERY_S = 60.0
Note = dict[str, Any]


def mark(persona_id: str) -> str:
    """What the names of a persona's voices at the vendor begin with; it tells the vendor nobody's name."""
    return f"aiclone-{persona_id}"


def account(settings: Settings) -> ElevenLabsApi:
    """The vendor's account; raises KeyMissing."""
    return ElevenLabsApi(settings.elevenlabs_api_key.get_secret_value(), settings.elevenlabs_api_url)


def note(media: MediaStore, persona_id: str) -> Note:
    """What is known of a persona's voices at the vendor, {} when none was ever made."""
    path = _path(media, persona_id)
    found: Note = json.loads(path.read_bytes()) if path.is_file() else {}
    return found


def write_note(media: MediaStore, persona_id: str, state: str, **more: Any) -> None:
    """Note the state of a persona's voices at the vendor."""
    known = {**note(media, persona_id), "persona": persona_id, "state": state, "at": time.time(), **more}
    path = _path(media, persona_id)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(known, sort_keys=True))
    temporary.replace(path)


def ask_to_forget(media: MediaStore, persona_id: str) -> bool:
    """Have the voices deleted that were made for a persona; False when none was."""
    if note(media, persona_id).get("state", "gone") == "gone":
        return False
    write_note(media, persona_id, "forget")
    return True


def waiting(media: MediaStore) -> list[Note]:
    """Notes of voices that are still to be deleted."""
    notes = (json.loads(path.read_bytes()) for path in sorted(_folder(media).glob(f"{ENGINE}-*.json")))
    return [each for each in notes if each["state"] == "forget"]


def forget_waiting(settings: Settings, media: MediaStore) -> int:
    """Delete what is to be forgotten, with all speech made by it; how many personas' it was.

    Raises KeyMissing, or what the vendor's client raises; what was not deleted stays noted.
    """
    notes = waiting(media)
    if not notes:
        return 0
    api = account(settings)
    try:
        for each in notes:
            speech = _forget(api, each)
            write_note(media, each["persona"], "gone", speech=speech)
    finally:
        api.close()
    return len(notes)


async def keep_forgetting(settings: Settings, media: MediaStore) -> None:
    """In a media worker that has the key: try again and again until the vendor has nothing left."""
    while settings.elevenlabs_api_key.get_secret_value():
        try:
            if count := await asyncio.to_thread(forget_waiting, settings, media):
                log.info("the voices of %d persona(s) were deleted at ElevenLabs", count)
        except StudioError as trouble:
            log.warning("a voice at ElevenLabs is still to be deleted: %s", trouble.say)
        await asyncio.sleep(LOOK_EVERY_S)


def _forget(api: ElevenLabsApi, known: Note) -> int:
    voices = sorted(api.find_voices(mark(known["persona"])).values())
    made = [item for voice in voices for item in api.history(voice, 0.0)]
    for item in made:
        api.forget_speech(item)
    for voice in voices:
        api.delete_voice(voice)
    return len(made)


def _folder(media: MediaStore) -> Path:
    return media.root / "vendors"


def _path(media: MediaStore, persona_id: str) -> Path:
    return _folder(media) / f"{ENGINE}-{persona_id}.json"
