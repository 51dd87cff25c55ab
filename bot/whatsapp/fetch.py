"""Recordings that people send: fetched with the token, from WhatsApp's hosts only, checked before use."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.whatsapp.api import PATIENCE, Graph, certificates
from bot.whatsapp.errors import Refused
from studio.errors import MediaUnusable, ProviderBusy, ProviderDown

MOST_BYTES = 16_000_000
HOSTS = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "whatsapp.com")


async def fetch(graph: Graph, clip: Mapping[str, Any], out: Path) -> None:
    """Write a recording to `out`.

    Raises MediaUnusable when it is no recording, too large, damaged or gone, and NotNow when it may work later.
    """
    why = ""
    for _ in range(2):  # an address is good for five minutes only, and a transfer may go wrong
        try:
            about = await graph.get(str(clip["id"]), phone_number_id=graph.phone_number_id)
        except Refused as trouble:
            raise MediaUnusable("that recording is not with WhatsApp any more.") from trouble
        if int(about.get("file_size") or 0) > MOST_BYTES:
            raise MediaUnusable("it is larger than 16 MB.")
        if not str(about.get("mime_type") or clip.get("mime_type") or "").startswith("audio/"):
            raise MediaUnusable("it is no recording.")
        why = await _saved(graph, str(about.get("url") or ""), out)
        if not why and _is_whole(out, (str(clip.get("sha256") or ""), str(about.get("sha256") or ""))):
            return
    raise MediaUnusable(why or "it came damaged from WhatsApp.")


async def _saved(graph: Graph, url: str, out: Path) -> str:
    """ "", or why WhatsApp did not hand it over: the address has expired, for example."""
    if not is_whatsapp(url, graph.url):
        raise MediaUnusable("that file does not lie with WhatsApp.")
    headers = {"Authorization": f"Bearer {graph.token}"}
    try:
        async with (
            httpx.AsyncClient(verify=certificates(), timeout=PATIENCE) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code == 429:
                raise ProviderBusy("WhatsApp asks for patience.")
            if answer.status_code >= 500:
                raise ProviderDown("WhatsApp did not hand over the recording.")
            if answer.status_code != 200:
                return f"WhatsApp did not hand it over (status {answer.status_code})."
            size = 0
            with out.open("wb") as target:
                async for piece in answer.aiter_bytes():
                    size += len(piece)
                    if size > MOST_BYTES:
                        raise MediaUnusable("it is larger than 16 MB.")
                    target.write(piece)
    except httpx.HTTPError as error:
        raise ProviderDown("WhatsApp did not hand over the recording.") from error
    return ""


def _is_whole(path: Path, named: tuple[str, ...]) -> bool:
    """Whether every place that names a hash names this file's."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    return all(_hex(name) == found for name in named if name)


def _hex(name: str) -> str:
    """A SHA-256 as webhooks (base64) or answers (hexadecimal) write it."""
    if len(name) == 64:
        return name.lower()
    try:
        return base64.b64decode(name, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""


def is_whatsapp(url: str, api_url: str) -> bool:
    """Whether the token may be sent there: WhatsApp's own hosts, or the host of the API in the settings."""
    wanted, api = urlsplit(url), urlsplit(api_url)
    if (wanted.scheme, wanted.netloc) == (api.scheme, api.netloc):
        return True
    host = wanted.hostname or ""
    return wanted.scheme == "https" and any(host == each or host.endswith(f".{each}") for each in HOSTS)
