"""Every endpoint: a good request's effect and answer."""

from __future__ import annotations

import asyncio
import base64
import math
from typing import Any

import soundfile
from aiohttp import web

from tests.fakes.elevenlabs.shapes import check_speech
from tests.fakes.elevenlabs.speech import MP3, coded, read, spoken
from tests.fakes.elevenlabs.world import COSTS, Invalid, Json, Made, Refusal, World

HISTORY_QUERY = {
    "page_size", "start_after_history_item_id", "voice_id", "model_id", "date_before_unix", "date_after_unix",
    "sort_direction", "search", "source",
}  # fmt: skip


class Endpoints:
    """Called with the request read; returns a response."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def speak(self, asked: web.Request, body: Any) -> web.Response:
        """POST /v1/text-to-speech/{voice}/with-timestamps"""
        world, voice = self.world, asked.match_info["voice"]
        output_format = check_speech(world, dict(asked.query), body)
        if voice not in world.voices:
            raise Refusal(404, "voice_not_found", f"A voice with the voice_id {voice} was not found.")
        cost = math.ceil(len(body["text"]) * COSTS[body["model_id"]][1])
        before = world.bill(cost)
        speed = (body.get("voice_settings") or {}).get("speed", 1.0)
        samples, rate, alignment = await asyncio.to_thread(spoken, body["text"], speed, body.get("seed", 0))
        samples = samples * 0 if world.muted else samples
        audio = await asyncio.to_thread(coded, samples, rate, output_format)
        made = world.keep(voice, body, audio, output_format, alignment, cost, before)
        said: Json = {"audio_base64": base64.b64encode(audio).decode()}
        shown = alignment if world.aligned else None
        headers = {"request-id": made.request_id, "character-cost": str(cost)}
        load = {"current-concurrent-requests": "1", "maximum-concurrent-requests": str(world.slots)}
        return web.json_response(
            said | {"alignment": shown, "normalized_alignment": shown}, headers=headers | load
        )

    async def history(self, asked: web.Request, body: Any) -> web.Response:
        """GET /v1/history"""
        query = asked.query
        if unknown := set(query) - HISTORY_QUERY:
            raise Invalid("query", *unknown, message="unknown")
        size = int(query.get("page_size", "100"))
        if not 1 <= size <= 1000:
            raise Invalid("query", "page_size")
        after, voice = int(query.get("date_after_unix", "0")), query.get("voice_id")
        found = [
            made for made in reversed(self.world.made) if made.at >= after and voice in (None, made.voice_id)
        ]
        if last := query.get("start_after_history_item_id"):
            found = found[[made.id for made in found].index(last) + 1 :]
        page = found[:size]
        return web.json_response(
            {
                "history": [made.public() for made in page],
                "has_more": len(found) > size,
                "last_history_item_id": page[-1].id if page else None,
                "scanned_until": None,
            }
        )

    async def item(self, asked: web.Request, body: Any) -> web.Response:
        """GET, DELETE /v1/history/{item}"""
        made = self._made(asked)
        if asked.method == "DELETE":
            self.world.made.remove(made)
            return web.json_response({"status": "ok"})
        shown = made.public(whole=True)
        return web.json_response(shown if self.world.aligned else shown | {"alignments": None})

    async def audio(self, asked: web.Request, body: Any) -> web.Response:
        """GET /v1/history/{item}/audio"""
        made = self._made(asked)
        if not self.world.history_as_mp3:
            return web.Response(body=made.audio, content_type=made.public()["content_type"])
        samples, rate, _ = await asyncio.to_thread(
            spoken, made.body["text"], made.body["voice_settings"]["speed"], made.body["seed"]
        )
        return web.Response(body=coded(samples, rate, "mp3_44100_128"), content_type=MP3)

    async def add_voice(self, asked: web.Request, body: Any) -> web.Response:
        """POST /v1/voices/add"""
        files = [value for name, value in body if name == "files"]
        texts = {name: value for name, value in body if name != "files"}
        if unknown := set(texts) - {"name", "remove_background_noise", "description", "labels"}:
            raise Invalid("body", *unknown, message="unknown")
        if not texts.get("name") or len(texts["name"]) > 100:
            raise Invalid("body", "name")
        if not 1 <= len(files) <= 25:
            raise Invalid("body", "files", message="1 to 25")
        for file in files:
            _recording(file)
        if len(self.world.voices) > self.world.voice_limit:
            raise Refusal(400, "voice_limit_reached", "You have reached your maximum amount of custom voices")
        voice = self.world.new_id("voice")
        self.world.voices[voice] = {"name": texts["name"], "files": files}
        verify = self.world.requires_verification
        return web.json_response({"voice_id": voice, "requires_verification": verify})

    async def voices(self, asked: web.Request, body: Any) -> web.Response:
        """GET /v2/voices"""
        if unknown := set(asked.query) - {"search", "page_size", "next_page_token"}:
            raise Invalid("query", *unknown, message="unknown")
        wanted = asked.query.get("search", "").lower()
        found = [
            {"voice_id": voice, "name": each["name"], "category": "cloned"}
            for voice, each in self.world.voices.items()
            if wanted in each["name"].lower()
        ]
        return web.json_response({"voices": found, "has_more": False, "total_count": len(found)})

    async def voice(self, asked: web.Request, body: Any) -> web.Response:
        """DELETE /v1/voices/{voice}"""
        if self.world.voices.pop(asked.match_info["voice"], None) is None:
            raise Refusal(400, "voice_does_not_exist", "This voice does not exist.")
        return web.json_response({"status": "ok"})

    async def isolate(self, asked: web.Request, body: Any) -> web.Response:
        """POST /v1/audio-isolation"""
        parts = dict(body)
        if unknown := set(parts) - {"audio", "file_format", "preview_b64"}:
            raise Invalid("body", *unknown, message="unknown")
        samples, rate = _recording(parts.get("audio"))
        if len(samples) / rate < 4.6:
            raise Refusal(400, "audio_too_short", "The audio must be at least 4.6 seconds long.")
        cost = math.ceil(len(samples) / rate / 60 * 1000)
        self.world.bill(cost)
        audio = await asyncio.to_thread(coded, samples, rate, "mp3_44100_128")
        return web.Response(body=audio, content_type=MP3, headers={"character-cost": str(cost)})

    async def subscription(self, asked: web.Request, body: Any) -> web.Response:
        """GET /v1/user/subscription"""
        world = self.world
        return web.json_response(
            {
                "tier": "creator", "character_count": world.paid, "character_limit": world.limit,
                "max_credit_limit_extension": 0, "can_extend_character_limit": True,
                "allowed_to_extend_character_limit": False, "next_character_count_reset_unix": 1798761600,
                "voice_slots_used": len(world.voices) - 1, "professional_voice_slots_used": 0,
                "voice_limit": world.voice_limit, "status": "active", "has_open_invoices": False,
            }
        )  # fmt: skip

    def _made(self, asked: web.Request) -> Made:
        wanted = asked.match_info["item"]
        found = next((made for made in self.world.made if made.id == wanted), None)
        if found is None:
            raise Refusal(400, "history_item_not_found", f"{wanted} was not found")
        return found


def _recording(content: Any) -> tuple[Any, int]:
    if not isinstance(content, bytes):
        raise Invalid("body", "files", message="Field required")
    try:
        return read(content)
    except soundfile.LibsndfileError:
        raise Refusal(400, "invalid_audio", "This file is no audio", wrong=True) from None
