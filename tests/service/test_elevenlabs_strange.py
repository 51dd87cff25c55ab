"""Answers that no documentation promises are the vendor's fault, which may pass, and never a bug of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from studio.errors import ProviderDown
from tests.fakes.serving import served
from workers.engines.cloud.elevenlabs import ElevenLabsApi

pytestmark = pytest.mark.service
STRANGE = [
    "{}",
    "[]",
    "null",
    "<html>",
    '{"voices": 3, "history": [], "has_more": true, "audio_base64": "%"}',
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    def answer(request: Request) -> Response:
        body = request.headers["xi-api-key"]
        return Response(body, headers={"character-cost": "some"}, media_type="application/json")

    with served(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as address:
        yield address


@pytest.mark.parametrize("body", STRANGE)
@pytest.mark.parametrize(
    "call",
    [
        lambda api, _: api.speak("v", "mp3_44100_128", {"text": "Hello."}),
        lambda api, _: list(api.history("v", 0.0)),
        lambda api, _: api.fetched({"history_item_id": "h"}),
        lambda api, _: api.find_voices("aiclone"),
        lambda api, audio: api.isolate(audio),
    ],
)
def test_a_strange_answer_is_tried_again(
    url: str, body: str, tmp_path: Path, call: Callable[[ElevenLabsApi, Path], Any]
) -> None:
    audio = tmp_path / "a.wav"
    audio.write_bytes(b"RIFF")
    api = ElevenLabsApi(body, url)
    with pytest.raises(ProviderDown, match="unreadable answer") as trouble:
        call(api, audio)
    assert trouble.value.retry_after > 0
    api.close()
