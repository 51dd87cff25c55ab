"""Slack's requests, HTTP and Socket Mode alike, through bolt to their handlers."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import modals
from bot.slack.api import client_for
from bot.slack.clicks import DECIDED, OPENS, Clicks, Press
from bot.slack.commands import Commands
from bot.slack.installing import Installations
from bot.slack.posts import Posts
from bot.slack.reception import Reception
from bot.slack.sent_forms import SentForms
from studio.errors import NeedsFounder, NotNow, StudioError

log = logging.getLogger(__name__)
Body = dict[str, Any]
SORRY = "That did not work just now; please try it again in a moment."


def bolt_app(reception: Reception) -> AsyncApp:
    """The app; every listener ends before Slack gets its answer, so that what is answered 200 is committed.

    Signatures are checked before (bot/slack/http.py): bolt's own check answers odd requests with a 500.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        bot = await reception.workspaces.bot(team_id or "")
        who = {"bot_user_id": bot.user, "bot_id": bot.bot_id, "bot_token": bot.token}
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=bot.team, **who)

    app = AsyncApp(
        client=client_for(reception.workspaces.url, ""),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        logger=log,
    )
    _events(app, reception)
    _presses(app, reception)
    _starts(app, reception)
    app.error(_failed)
    return app


def _events(app: AsyncApp, reception: Reception) -> None:
    posts, commands = Posts(reception), Commands(reception)

    async def message(event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await posts.message(event, context.team_id or "", client)

    async def reaction(event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await posts.reaction(event, context.team_id or "", client)

    async def home(event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await commands.home(event, context.team_id or "", client)

    async def gone(context: AsyncBoltContext) -> None:
        team = context.team_id or ""
        reception.workspaces.forget(team)
        await Installations(reception.store, reception.workspaces.vault).async_delete_all(
            enterprise_id=context.enterprise_id, team_id=team
        )

    async def nothing() -> None:
        """Subscribed for others, or sent along."""

    app.event("app_mention")(message)
    app.event("message")(message)
    app.event("reaction_added")(reaction)
    app.event("app_home_opened")(home)
    app.event("app_uninstalled")(gone)
    app.event("tokens_revoked")(gone)
    for other in ("reaction_removed", "file_shared", "member_joined_channel", "channel_archive"):
        app.event(other)(nothing)


def _presses(app: AsyncApp, reception: Reception) -> None:
    clicks, forms, commands = Clicks(reception), SentForms(reception), Commands(reception)

    async def pressed(ack: Any, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await clicks.pressed(Press.of(body, context.team_id or ""), client)
        await ack()

    async def linked(ack: Any) -> None:
        await ack()  # a button that is a link tells us as well

    async def new(ack: Any, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await commands.new_video(body, context.team_id or "", client)
        await ack()

    async def sent(ack: Any, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack(**await forms.sent(body, context.team_id or "", client))

    for action in (*DECIDED, *OPENS):
        app.action(action)(pressed)
    for at in range(5):
        app.action(f"link_{at}")(linked)
    app.action("new")(new)
    for view in (modals.BRIEF, modals.RESTART, modals.EDIT, modals.REVISE, modals.REJECT):
        app.view(view)(sent)


def _starts(app: AsyncApp, reception: Reception) -> None:
    commands = Commands(reception)

    async def clone(ack: Any, command: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        try:
            said = await commands.clone(command, context.team_id or "", client)
        except NeedsFounder as trouble:
            said = {"text": trouble.say}
        except NotNow as trouble:
            said = {"text": f"{trouble.say} {SORRY}"}
        await ack(**said)

    async def make_video(ack: Any, shortcut: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        try:
            await commands.make_video(shortcut, context.team_id or "", client)
        except NeedsFounder as trouble:
            channel, user = str(shortcut["channel"]["id"]), str(shortcut["user"]["id"])
            await reception.whisper(client, channel, user, trouble.say)
        await ack()

    async def new_video(ack: Any, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await commands.new_video(body, context.team_id or "", client)
        await ack()

    app.command("/clone")(clone)
    app.shortcut("make_video")(make_video)
    app.shortcut("new_video")(new_video)


async def _failed(error: Exception) -> BoltResponse:
    """Not now: Slack sends it again. Anything said to a person was said; a bug gets a reference."""
    if isinstance(error, NotNow):
        log.warning("Slack's request was put off: %s", error.say)
        return BoltResponse(status=503, body="")
    if isinstance(error, StudioError):
        log.warning("Slack's request came to nothing: %s", error.say)
        return BoltResponse(status=200, body="")
    reference = uuid.uuid4().hex[:8]
    log.error("Bug %s in Slack's reception", reference, exc_info=error)
    return BoltResponse(status=500, body="")
