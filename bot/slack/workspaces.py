"""Which workspaces the studio speaks in, and as whom: one by its tokens, more by their installations."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api import call, client_for
from bot.slack.installing import opened
from studio.errors import KeyMissing
from studio.store import Store, slack
from studio.vault import Vault

FRESH_S = 300.0


@dataclass(frozen=True, slots=True)
class Bot:
    """The studio's own account in a workspace."""

    team: str
    user: str
    bot_id: str
    token: str


class Workspaces:
    """Tokens by team; `token` is the one of the settings and may be empty."""

    def __init__(self, store: Store, url: str, token: str, vault: Vault) -> None:
        self.store, self.url, self.token, self.vault = store, url, token, vault
        self._ours: Bot | None = None
        self._known: dict[str, tuple[float, Bot]] = {}

    async def bot(self, team: str) -> Bot:
        """Who the studio is in that team; raises KeyMissing, and NotNow when Slack has to be asked and is away."""
        known = self._known.get(team)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        found = await self._installed(team) or await self.ours()
        if found is None or found.team != team:
            raise KeyMissing(
                f"The app is not installed in the Slack workspace {team}; see `aiclone slack setup`."
            )
        self._known[team] = (time.monotonic(), found)
        return found

    async def ours(self) -> Bot | None:
        """The bot of the settings' token, None without one."""
        if self._ours is None and self.token:
            said = await call(client_for(self.url, self.token).auth_test, reads=True)
            self._ours = Bot(said["team_id"], said["user_id"], said.get("bot_id", ""), self.token)
        return self._ours

    async def client(self, team: str) -> AsyncWebClient:
        """A client that speaks in that team."""
        return client_for(self.url, (await self.bot(team)).token)

    def forget(self, team: str) -> None:
        """Ask anew: the app was removed or installed again."""
        self._known.pop(team, None)
        if self._ours is not None and self._ours.team == team:
            self._ours = None

    async def _installed(self, team: str) -> Bot | None:
        body = await asyncio.to_thread(self._find, team)
        if not body or not body.get("bot_token"):
            return None
        return Bot(team, body.get("bot_user_id") or "", body.get("bot_id") or "", body["bot_token"])

    def _find(self, team: str) -> dict[str, Any] | None:
        with self.store.read() as connection:
            row = slack.installation_in(connection, team)
        return opened(self.store, self.vault, row)
