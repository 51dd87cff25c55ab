"""`aiclone slack setup` against Slack's answers: what is there, what is missing, what to click next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.slack.scopes import SCOPES
from studio.settings import Settings
from studio.store import Store, personas
from tests.fakes.slack import App, SlackServer
from tests.fakes.studio import furnish
from workers.cli import build
from workers.slack_setup import Step, examine

pytestmark = pytest.mark.service


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(App(scopes=tuple(SCOPES))) as server:
        yield server


def with_slack(settings: Settings, slack: SlackServer, **more: object) -> Settings:
    tokens = {"slack_bot_token": SecretStr(slack.bot_token), "slack_app_token": SecretStr(slack.app_token)}
    return settings.model_copy(update={**tokens, "slack_api_url": slack.api_url, **more})


def steps(settings: Settings) -> dict[str, Step]:
    return {step.name: step for step in asyncio.run(examine(settings))}


def test_without_a_token_the_first_step_is_the_app(settings: Settings) -> None:
    [step] = steps(settings).values()
    assert "From a manifest" in step.mend


def test_everything_in_place_leaves_no_step(settings: Settings, slack: SlackServer, store: Store) -> None:
    furnish(store)
    with store.write() as connection:
        personas.allow(connection, personas.named(connection, "Grace"), "slack:T1:U1")
    found = steps(with_slack(settings, slack))
    assert [step.mend for step in found.values()] == [""] * 4
    assert "T1" in found["bot token"].says and "slack:T1:U1" in found["approval"].says


def test_a_missing_scope_is_named_with_its_reason_and_the_next_click(settings: Settings) -> None:
    lacking = App(scopes=tuple(scope for scope in SCOPES if scope != "files:read"))
    with SlackServer(lacking) as slack:
        found = steps(with_slack(settings, slack))
    assert "files:read (listen to voice clips)" in found["scopes"].says
    assert "add files:read, then Reinstall" in found["scopes"].mend


def test_wrong_tokens_are_told_apart(settings: Settings, slack: SlackServer) -> None:
    swapped = with_slack(settings, slack, slack_bot_token=SecretStr(slack.app_token))
    assert "starts with xoxb-" in steps(swapped)["bot token"].mend
    unknown = with_slack(settings, slack, slack_bot_token=SecretStr("xoxb-nobody"))
    assert "invalid_auth" in steps(unknown)["bot token"].says
    deaf = with_slack(settings, slack, slack_app_token=SecretStr(""))
    assert "connections:write" in steps(deaf)["receiving"].mend
    slack.pardon("invalid_auth")


def test_nobody_named_gives_the_command_that_names_somebody(
    settings: Settings, slack: SlackServer, store: Store
) -> None:
    furnish(store)
    assert "aiclone persona allow Grace slack:T1:" in steps(with_slack(settings, slack))["approval"].mend


def test_the_command_line_names_and_unnames_people(settings: Settings, store: Store) -> None:
    furnish(store)
    run = CliRunner(env={"AICLONE_HOME": str(settings.home), "AICLONE_DATABASE_URL": settings.database})
    app = build(["persona"])
    assert run.invoke(app, ["persona", "allow", "grace", "slack:T1:U1"]).exit_code == 0
    with store.read() as connection:
        persona = personas.named(connection, "Grace")
        assert personas.may_approve(connection, persona.id, "slack:T1:U1")
        assert not personas.may_approve(connection, persona.id, "slack:T2:U1")
        assert not personas.may_approve(connection, persona.id, "sms:anybody")
        assert personas.may_approve(connection, persona.id, "owner")
    assert run.invoke(app, ["persona", "allow", "Grace", "U1"]).exit_code != 0
    assert run.invoke(app, ["persona", "disallow", "Grace", "slack:T1:U1"]).exit_code == 0
    with store.read() as connection:
        assert not personas.may_approve(connection, persona.id, "slack:T1:U1")
