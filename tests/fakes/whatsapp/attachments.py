"""Media in a message: the objects that name them, by id or by link, and fetching what is linked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp

from tests.fakes.whatsapp.errors import GraphError, Json
from tests.fakes.whatsapp.inspect_media import LARGEST
from tests.fakes.whatsapp.shapes import address, fields, text

MEDIA = ("image", "video", "audio", "document", "sticker")
CAPTION, FILENAME = 1024, 240
PATIENCE = 10.0


def check_media(media: Any, kind: str, caption: bool = True) -> None:
    """A media object: by id or by link, with what its kind may carry."""
    more = {"image": "caption", "video": "caption", "document": "caption filename", "audio": "voice"}
    extra = more.get(kind, "") if caption else ("filename" if kind == "document" else "")
    fields(media, kind, "", f"id link {extra}")
    if (media.get("id") is None) == (media.get("link") is None):
        raise GraphError(100, f"Param {kind} needs either id or link.")
    if media.get("link") is not None:
        address(media["link"], f"{kind}['link']")
    else:
        text(media["id"], f"{kind}['id']", 64)
    if media.get("caption") is not None:
        text(media["caption"], f"{kind}['caption']", CAPTION)
    if media.get("filename") is not None:
        text(media["filename"], f"{kind}['filename']", FILENAME)
    if not isinstance(media.get("voice", False), bool):
        raise GraphError(100, "Param audio['voice'] must be a boolean.")


def attachments(body: Json) -> Iterator[tuple[str, Json]]:
    """(kind, media object) of everything a checked message shows."""
    kind = body["type"]
    content = body[kind]
    if kind in MEDIA:
        yield kind, content
    elif kind == "interactive" and (header := content.get("header")) and header["type"] != "text":
        yield header["type"], header[header["type"]]
    elif kind == "template":
        for component in content.get("components") or []:
            for parameter in component.get("parameters", []):
                if parameter["type"] in MEDIA:
                    yield parameter["type"], parameter[parameter["type"]]


async def downloaded(link: str) -> tuple[str, bytes, str]:
    """(media type, content, what went wrong)."""
    try:
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client, client.get(link) as answer:
            if answer.status != 200:
                return "", b"", f"Downloading media from weblink failed with http code {answer.status}"
            content = await answer.content.read(LARGEST["document"] + 1)
            while more := await answer.content.read(1 << 20):
                content += more
                if len(content) > LARGEST["document"]:
                    break
            return answer.content_type, content, ""
    except (aiohttp.ClientError, TimeoutError) as error:
        return "", b"", f"Downloading media from weblink failed: {error!r}"
