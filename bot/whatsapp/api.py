"""Our client of the Graph API: ten lines of HTTP a call, no repetition, failures as ours."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from bot.whatsapp.errors import error_of
from studio.errors import OutcomeUnknown, ProviderDown, StudioError

Json = dict[str, Any]
PATIENCE = httpx.Timeout(20.0, connect=5.0)
UPLOAD = httpx.Timeout(180.0, connect=5.0)
# nothing left this machine; whatever else goes wrong may have gone wrong on the way back
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
SILENT = "WhatsApp did not answer."


@cache
def certificates() -> ssl.SSLContext:
    """Whom to trust; read once, for that takes longer than a request."""
    return httpx.create_ssl_context()


class Graph:
    """One phone number; `url` with the version, as https://graph.facebook.com/v26.0."""

    def __init__(self, url: str, token: str, phone_number_id: str) -> None:
        self.url, self.token, self.phone_number_id = url.rstrip("/"), token, phone_number_id

    async def send(self, body: Mapping[str, Any]) -> str:
        """Send a message; its id (wamid).

        Raises NotNow and other StudioErrors (bot/whatsapp/errors.py) when it was certainly not sent, and
        OutcomeUnknown when it may have been.
        """
        said = await self._post("messages", json={"messaging_product": "whatsapp", **body})
        try:
            return str(said["messages"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise OutcomeUnknown("WhatsApp answered strangely.") from error

    async def read(self, wamid: str, typing: bool = False) -> None:
        """Show that somebody's message was read, and perhaps that an answer is being written."""
        shown = {"typing_indicator": {"type": "text"}} if typing else {}
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid, **shown}
        await self._post("messages", json=body)

    async def upload(self, path: Path, mime: str, name: str) -> str:
        """Give WhatsApp a file; its media id. Nobody sees it, so a doubt is a no. Raises as `send` otherwise."""
        with path.open("rb") as source:
            fields = {"messaging_product": "whatsapp", "type": mime}
            try:
                said = await self._post(
                    "media", data=fields, files={"file": (name, source, mime)}, timeout=UPLOAD
                )
            except OutcomeUnknown as trouble:
                raise ProviderDown("WhatsApp did not take the file.") from trouble
        return str(said["id"])

    async def get(self, path: str, **query: str) -> Json:
        """Ask about something; raises NotNow and other StudioErrors."""
        try:
            return await self._ask("GET", f"{self.url}/{path}", params=query)
        except OutcomeUnknown as trouble:
            raise ProviderDown(trouble.say) from trouble

    async def make_template(self, account_id: str, body: Mapping[str, Any]) -> str:
        """Hand in a template; its state. Raises NotNow and other StudioErrors."""
        said = await self._ask("POST", f"{self.url}/{account_id}/message_templates", json=dict(body))
        return str(said.get("status") or "")

    async def _post(self, what: str, **content: Any) -> Json:
        return await self._ask("POST", f"{self.url}/{self.phone_number_id}/{what}", **content)

    async def _ask(self, method: str, url: str, timeout: httpx.Timeout = PATIENCE, **content: Any) -> Json:
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with httpx.AsyncClient(verify=certificates(), timeout=timeout) as client:
                answer = await client.request(method, url, headers=headers, **content)
                said = answer.json()
        except NOT_SENT as error:
            raise ProviderDown("WhatsApp cannot be reached.") from error
        except (httpx.HTTPError, ValueError) as error:
            raise OutcomeUnknown(SILENT) from error
        if isinstance(said, dict) and answer.status_code == 200 and "error" not in said:
            return said
        raise _refused(said)


def _refused(said: object) -> StudioError:
    error: Any = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return error_of(code) if isinstance(code, int) else OutcomeUnknown(SILENT)
