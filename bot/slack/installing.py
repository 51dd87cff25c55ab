"""Installations and one-time states of the OAuth flow, kept in the studio's database; tokens are sealed there."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import RowMapping

from studio.store import Store, slack
from studio.vault import Vault, is_sealed

log = logging.getLogger(__name__)
STATE_S = 600.0


def opened(store: Store, vault: Vault, row: RowMapping | None) -> dict[str, Any] | None:
    """What Slack gave, None for no row; a row of before tokens were sealed is sealed. Raises KeyMissing."""
    if row is None:
        return None
    if not is_sealed(row["body"]):
        with store.write() as connection:
            slack.seal_installation(connection, row, vault.seal(row["body"]))
    return vault.opened(row["body"])


def reseal(store: Store, vault: Vault) -> int:
    """Seal every installation under a new key; how many there are. Raises KeyMissing, and changes nothing then."""
    with store.write() as connection:
        found = [(row, vault.opened(row["body"])) for row in slack.installations(connection)]
        vault.renew()
        for row, body in found:
            slack.seal_installation(connection, row, vault.seal(body))
    vault.forget_old()
    return len(found)


def identity(enterprise_id: str | None, team_id: str | None, org: bool | None = False) -> str:
    """One workspace, or one organisation that installed the app for all of its workspaces."""
    return f"{enterprise_id or ''}:{'' if org else team_id or ''}"


class Installations(AsyncInstallationStore):
    """Workspaces that installed the app; the newest installation of a workspace counts."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self.store, self.vault = store, vault

    @property
    def logger(self) -> logging.Logger:
        """Where slack_sdk tells what it does."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Remember a workspace."""
        name = identity(installation.enterprise_id, installation.team_id, installation.is_enterprise_install)
        body = {key: value for key, value in installation.to_dict().items() if _is_json(value)}
        body["installed_at"] = installation.installed_at
        await asyncio.to_thread(self._save, name, installation.team_id or "", body)

    async def async_save_bot(self, bot: Bot) -> None:
        """The bot's token came with the installation."""

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """What a workspace gave, or None."""
        name = identity(enterprise_id, team_id, is_enterprise_install)
        body = await asyncio.to_thread(self._find, name)
        return Installation(**body) if body else None

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """The bot of a workspace, or None."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found is not None else None

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """The workspace removed the app."""
        await asyncio.to_thread(self._forget, identity(enterprise_id, team_id))

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """The workspace removed the bot."""
        await asyncio.to_thread(self._forget, identity(enterprise_id, team_id))

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Everything of a workspace."""
        await asyncio.to_thread(self._forget, identity(enterprise_id, team_id))

    def _save(self, name: str, team_id: str, body: dict[str, Any]) -> None:
        with self.store.write() as connection:
            slack.save_installation(connection, name, team_id, self.vault.seal(body))

    def _find(self, name: str) -> dict[str, Any] | None:
        with self.store.read() as connection:
            row = slack.installation(connection, name)
        return opened(self.store, self.vault, row)

    def _forget(self, name: str) -> None:
        with self.store.write() as connection:
            slack.forget_installation(connection, name)


class States(AsyncOAuthStateStore):
    """One-time words that tie the end of an installation to its beginning."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def logger(self) -> logging.Logger:
        """Where slack_sdk tells what it does."""
        return log

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A fresh word, good for ten minutes."""
        state = secrets.token_urlsafe(32)
        await asyncio.to_thread(self._issue, state)
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued here and not used."""
        return await asyncio.to_thread(self._consume, state)

    def _issue(self, state: str) -> None:
        with self.store.write() as connection:
            slack.issue_state(connection, state, STATE_S)

    def _consume(self, state: str) -> bool:
        with self.store.write() as connection:
            return slack.consume_state(connection, state)


def _is_json(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool | list | dict)
