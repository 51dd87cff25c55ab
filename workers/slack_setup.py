"""Looks at the Slack app step by step, as far as the steps before allow."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.slack.api import call, client_for
from bot.slack.names import person_of
from bot.slack.scopes import SCOPES
from studio.errors import StudioError
from studio.settings import Settings
from studio.store import Store, personas, slack
from workers.slack import vault_of

CREATE = (
    "Open https://api.slack.com/apps, choose Create New App, From a manifest, your workspace, and paste {manifest}. "
    "Then Install to Workspace; copy the Bot User OAuth Token (OAuth & Permissions) and set "
    "AICLONE_SLACK_BOT_TOKEN=xoxb-… in .env."
)
RECEIVE = (
    "Basic Information → App-Level Tokens → Generate Token, scope connections:write; set "
    "AICLONE_SLACK_APP_TOKEN=xapp-… (Socket Mode, no public address needed). Or, with a public address, set "
    "AICLONE_SLACK_SIGNING_SECRET from Basic Information → App Credentials."
)
AGAIN = "OAuth & Permissions → Bot Token Scopes: add {scopes}, then Reinstall to Workspace."


@dataclass(frozen=True, slots=True)
class Step:
    """What was looked at, what is so, and the next step ("" when there is none)."""

    name: str
    says: str
    mend: str = ""


async def examine(settings: Settings) -> list[Step]:
    """Every step that could be looked at."""
    return [step async for step in _steps(settings)]


async def _steps(settings: Settings) -> AsyncIterator[Step]:
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        if settings.slack_client_id:
            yield _installed(settings)
        else:
            yield Step("bot token", "none", CREATE)
            return
    team = ""
    if token:
        found = await _auth(settings, token)
        yield found[0]
        if found[0].mend:
            return
        team = found[1]
        yield found[2]
    yield await _receiving(settings)
    if team:
        yield _approvers(settings, team)


async def _auth(settings: Settings, token: str) -> tuple[Step, str, Step]:
    nothing = Step("scopes", "")
    if not token.startswith("xoxb-"):
        wrong = "AICLONE_SLACK_BOT_TOKEN has to be the Bot User OAuth Token, which starts with xoxb-."
        return Step("bot token", "this is not a bot token", wrong), "", nothing
    try:
        answer = await client_for(settings.slack_api_url, token).auth_test()
    except SlackApiError as error:
        code = error.response.get("error", "") if isinstance(error.response.data, dict) else "no answer"
        return Step("bot token", f"Slack does not accept it ({code})", CREATE), "", nothing
    except OSError as error:
        return Step("Slack", f"cannot be reached ({type(error).__name__})", "Try again online."), "", nothing
    given: Any = {name.lower(): value for name, value in answer.headers.items()}
    has = set(filter(None, str(given.get("x-oauth-scopes", "")).replace(" ", "").split(",")))
    lacks = [scope for scope in SCOPES if scope not in has]
    scopes = Step("scopes", f"all {len(SCOPES)} are there")
    if lacks:
        why = ", ".join(f"{scope} ({SCOPES[scope]})" for scope in lacks)
        scopes = Step("scopes", f"missing: {why}", AGAIN.replace("{scopes}", ", ".join(lacks)))
    who = f"@{answer['user']} in {answer.get('team', answer['team_id'])} ({answer['team_id']})"
    return Step("bot token", who), str(answer["team_id"]), scopes


async def _receiving(settings: Settings) -> Step:
    token = settings.slack_app_token.get_secret_value()
    secret = settings.slack_signing_secret.get_secret_value()
    if token:
        try:
            await call(
                client_for(settings.slack_api_url, token).apps_connections_open, reads=True, app_token=token
            )
        except StudioError as trouble:
            return Step("Socket Mode", f"the app token does not work: {trouble.say}", RECEIVE)
        return Step("Socket Mode", "the app token works")
    if secret:
        if not re.fullmatch(r"\S{16,64}", secret):
            return Step("signing secret", "this does not look like one", RECEIVE)
        return Step("HTTP", "requests are taken at /slack/events of your public address")
    return Step("receiving", "no way for Slack to reach this machine", RECEIVE)


def _installed(settings: Settings) -> Step:
    """Workspaces that installed the app by OAuth, and whether their tokens can be read."""
    store = Store(settings.database)
    store.migrate()
    with store.read() as connection:
        rows = slack.installations(connection)
    store.close()
    try:
        for row in rows:
            vault_of(settings).opened(row["body"])
    except StudioError as trouble:
        return Step("workspaces", "their tokens cannot be read", trouble.say)
    if not rows:
        return Step("workspaces", "none yet; installed at /slack/install of your public address")
    return Step(
        "workspaces", f"{', '.join(row['team_id'] for row in rows)}, their tokens sealed in the database"
    )


def _approvers(settings: Settings, team: str) -> Step:
    store = Store(settings.database)
    store.migrate()
    with store.read() as connection:
        everybody = personas.all_of(connection)
        named = {
            persona.name: [
                each
                for each in personas.approvers_of(connection, persona.id)
                if each.startswith(f"slack:{team}:")
            ]
            for persona in everybody
        }
    store.close()
    if not everybody:
        return Step(
            "persona", "none yet", "aiclone persona add, or start once with `aiclone run` for the sample."
        )
    nobody = [name for name, people in named.items() if not people]
    if nobody:
        example = person_of(team, "<member id>")
        return Step(
            "approval",
            f"nobody in Slack may approve videos of {', '.join(nobody)}",
            f"aiclone persona allow {nobody[0]} {example}   "
            "(in Slack: your profile → ⋮ → Copy member ID; starts with U)",
        )
    return Step("approval", "; ".join(f"{name}: {', '.join(people)}" for name, people in named.items()))
