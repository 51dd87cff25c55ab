"""Files that people put into Slack: fetched with the token, from Slack's hosts only, checked before use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from studio.errors import MediaUnusable, ProviderBusy, ProviderDown

MOST_BYTES = 25_000_000
SOUND = ("audio/", "video/mp4", "video/quicktime", "video/webm")
FETCH_S = 60.0
HOPS = 3


def is_sound(file: Mapping[str, Any]) -> bool:
    """Whether somebody's file is a voice clip or another recording."""
    mimetype = str(file.get("mimetype", ""))
    return file.get("subtype") in ("slack_audio", "slack_video") or mimetype.startswith(SOUND)


async def fetch(file: Mapping[str, Any], token: str, api_url: str, out: Path) -> None:
    """Write a recording to `out`.

    Raises MediaUnusable when it is no recording, too large or not ours to read, and NotNow when it may work
    later. The token is sent to Slack only: a redirect elsewhere is refused.
    """
    if int(file.get("size") or 0) > MOST_BYTES:
        raise MediaUnusable(f"That recording is larger than {MOST_BYTES // 1_000_000} MB.")
    url = str(file.get("url") or "")
    try:
        timeout = aiohttp.ClientTimeout(total=FETCH_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for _ in range(HOPS):
                if not _is_slack(url, api_url):
                    raise MediaUnusable("That file does not lie with Slack.")
                headers = {"Authorization": f"Bearer {token}"}
                async with session.get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    await _save(answer, out)
                    return
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ProviderDown("Slack did not hand over the recording.") from error
    raise MediaUnusable("Slack did not hand over that file.")


async def _save(answer: aiohttp.ClientResponse, out: Path) -> None:
    if answer.status == 429:
        raise ProviderBusy(
            "Slack asks for patience.", retry_after=float(answer.headers.get("retry-after", 5))
        )
    if answer.status >= 500:
        raise ProviderDown("Slack did not hand over the recording.")
    if answer.status != 200 or answer.content_type == "text/html":
        raise MediaUnusable("Slack does not let me read that file; does the app have the scope files:read?")
    size = 0
    with out.open("wb") as target:
        async for piece in answer.content.iter_chunked(1 << 16):
            if size == 0 and piece.lstrip()[:5].lower() in (b"<!doc", b"<html"):
                raise MediaUnusable("Slack answered with a login page instead of the file.")
            size += len(piece)
            if size > MOST_BYTES:
                raise MediaUnusable(f"That recording is larger than {MOST_BYTES // 1_000_000} MB.")
            target.write(piece)
    if size == 0:
        raise MediaUnusable("That recording is empty.")


def _is_slack(url: str, api_url: str) -> bool:
    """Whether the token may be sent there: Slack's own hosts, or the host of the API in the settings."""
    wanted, api = urlsplit(url), urlsplit(api_url)
    host = wanted.hostname or ""
    if (wanted.scheme, wanted.netloc) == (api.scheme, api.netloc):
        return True
    return wanted.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
