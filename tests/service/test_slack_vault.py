"""Tokens of workspaces at rest: sealed under a key file, read by all processes, resealed, missed with a sentence."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from bot.slack.installing import Installations, reseal
from bot.slack.workspaces import Workspaces
from studio.errors import KeyMissing
from studio.settings import Settings
from studio.store import Store, schema, slack
from studio.store.backup import restore, write_backup
from studio.vault import Vault
from workers.cli import build
from workers.slack import vault_of
from workers.slack_setup import examine

pytestmark = pytest.mark.service
TOKEN = "xoxb-very-secret"
BODY = {
    "app_id": "A1",
    "user_id": "U1",
    "team_id": "T7",
    "bot_token": TOKEN,
    "bot_id": "B7",
    "bot_user_id": "U7",
}


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return vault_of(settings)


def install(store: Store, vault: Vault, team: str = "T7") -> None:
    Installations(store, vault)._save(f":{team}", team, {**BODY, "team_id": team})


def token_of(store: Store, vault: Vault, team: str = "T7") -> str:
    """As the agent and the web process read it."""
    return asyncio.run(Workspaces(store, "http://127.0.0.1:1/api/", "", vault).bot(team)).token


def rows(store: Store) -> str:
    with store.read() as connection:
        return str([dict(row) for row in slack.installations(connection)])


def test_a_token_is_sealed_in_the_database_and_read_again(store: Store, vault: Vault) -> None:
    install(store, vault)
    assert TOKEN not in rows(store) and "sealed" in rows(store)
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert token_of(store, Vault(vault.path)) == TOKEN
    found = asyncio.run(Installations(store, vault).async_find_bot(enterprise_id=None, team_id="T7"))
    assert found is not None and found.bot_token == TOKEN


def test_a_row_of_before_is_sealed_when_it_is_first_read(store: Store, vault: Vault) -> None:
    with store.write() as connection:
        row = {"id": ":T7", "team_id": "T7", "body": BODY, "installed_at": 1.0}
        connection.execute(insert(schema.slack_installations).values(**row))
    assert token_of(store, vault) == TOKEN
    assert TOKEN not in rows(store)
    assert token_of(store, Vault(vault.path)) == TOKEN


def test_keys_are_changed_and_old_ones_open_until_then(store: Store, vault: Vault) -> None:
    install(store, vault)
    first, before = vault.path.read_text().split(), rows(store)
    vault.renew()  # killed before anything was sealed anew, twice
    vault.renew()
    assert token_of(store, vault) == TOKEN
    assert reseal(store, vault) == 1
    assert rows(store) != before and token_of(store, Vault(vault.path)) == TOKEN
    assert len(vault.path.read_text().split()) == 2 and first[0] not in vault.path.read_text()


def test_a_missing_or_wrong_key_is_told_with_the_next_step_and_changes_nothing(
    store: Store, vault: Vault, settings: Settings
) -> None:
    install(store, vault)
    key, before = vault.path.read_text(), rows(store)
    vault.path.unlink()
    with pytest.raises(KeyMissing, match=r"slack\.key is missing.*/slack/install"):
        token_of(store, vault)
    with pytest.raises(KeyMissing):
        reseal(store, vault)
    for wrong in (Vault(settings.home / "other"), vault):
        wrong.seal({})
    with pytest.raises(KeyMissing, match="does not open"):
        token_of(store, vault)
    vault.path.write_text("no key\n")
    with pytest.raises(KeyMissing):
        token_of(store, vault)
    asked = settings.model_copy(update={"slack_client_id": "1.2"})
    [step, *_] = asyncio.run(examine(asked))
    assert "cannot be read" in step.says and "Put" in step.mend
    assert rows(store) == before
    vault.path.write_text(key)
    assert token_of(store, vault) == TOKEN


def test_two_processes_that_begin_at_once_share_one_key(settings: Settings, vault: Vault) -> None:
    other = Vault(vault.path)
    sealed = other.seal({"a": 1})
    vault._create()  # as one that saw no file a moment ago
    assert vault.opened(sealed) == {"a": 1}
    assert [path.name for path in settings.home.glob("slack.key*")] == ["slack.key"]


@pytest.mark.sqlite
def test_a_backup_holds_no_token_and_is_useless_without_the_key(
    store: Store, vault: Vault, tmp_path: Path
) -> None:
    install(store, vault)
    write_backup(store, tmp_path / "b.jsonl.gz")
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    restore(tmp_path / "b.jsonl.gz", other)
    assert TOKEN not in rows(other)
    assert token_of(other, vault) == TOKEN
    with pytest.raises(KeyMissing):
        token_of(other, Vault(tmp_path / "none"))
    other.close()


def test_the_command_seals_everything_anew(store: Store, vault: Vault, settings: Settings) -> None:
    install(store, vault)
    install(store, vault, "T8")
    before = vault.path.read_text()
    environment = {"AICLONE_HOME": str(settings.home), "AICLONE_DATABASE_URL": settings.database_url}
    done = CliRunner().invoke(build(("slack",)), ("slack", "rotate-key"), env=environment)
    assert done.exit_code == 0 and "2 workspace(s)" in done.output
    assert vault.path.read_text() != before
    assert token_of(store, vault, "T8") == TOKEN
