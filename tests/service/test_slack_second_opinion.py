"""What our loopback Slack answers, and what an emulator written by others answers: the same, call by call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.emulate.shim import SECRET, TOKENS, emulated, missing
from tests.fakes.serving import served
from tests.fakes.slack import SlackServer

pytestmark = [pytest.mark.service, pytest.mark.skipif(bool(missing()), reason=missing() or "installed")]
Json = dict[str, Any]
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Approve?*"}}]


async def error(asked: Coroutine[Any, Any, Any]) -> str:
    try:
        await asked
    except SlackApiError as failed:
        return str(failed.response["error"])
    return "ok"


async def scenario(web: AsyncWebClient, channel: str) -> dict[str, Any]:
    """The calls of the product's Slack channel, and of each answer what the product may rely on."""
    said: dict[str, Any] = {}
    who = await web.auth_test()
    said["auth.test"] = sorted({"user_id", "team_id", "user", "team", "url"} & set(who.data))
    meta = {"event_type": "card", "event_payload": {"id": "1"}}
    card = await web.chat_postMessage(channel=channel, text="card & <b>", blocks=BLOCKS, metadata=meta)
    said["post"] = [card["channel"] == channel, card["message"]["text"], len(card["message"]["blocks"])]
    reply = await web.chat_postMessage(channel=channel, text="reply", thread_ts=card["ts"])
    said["order"] = reply["ts"] > card["ts"]
    thread = await web.conversations_replies(channel=channel, ts=card["ts"], include_all_metadata=True)
    said["replies"] = [m["text"] for m in thread["messages"]]
    said["metadata"] = thread["messages"][0].get("metadata")
    said["reply_count"] = thread["messages"][0]["reply_count"]
    said["thread_ts"] = thread["messages"][1]["thread_ts"] == card["ts"]
    await web.chat_update(channel=channel, ts=card["ts"], text="approved")
    top = (await web.conversations_history(channel=channel, limit=1))["messages"][0]
    said["update"] = [top["text"], "blocks" in top]
    link = await web.chat_getPermalink(channel=channel, message_ts=card["ts"])
    said["permalink"] = card["ts"].replace(".", "") in link["permalink"]
    await web.reactions_add(channel=channel, name="eyes", timestamp=card["ts"])
    said["reacted"] = await error(web.reactions_add(channel=channel, name="eyes", timestamp=card["ts"]))
    said["unreacted"] = await error(web.reactions_remove(channel=channel, name="eyes", timestamp=card["ts"]))
    said["user"] = sorted(
        {"id", "name", "team_id"} & set((await web.users_info(user=who["user_id"]))["user"])
    )
    said["ephemeral"] = await error(web.chat_postEphemeral(channel=channel, user=who["user_id"], text="psst"))
    said["errors"] = [
        await error(web.chat_postMessage(channel="C404", text="x")),
        await error(web.chat_update(channel=channel, ts="1.000001", text="x")),
        await error(web.chat_delete(channel=channel, ts="1.000001")),
        await error(web.users_info(user="U404")),
        await error(web.conversations_history(channel="C404")),
        await error(web.reactions_remove(channel=channel, name="eyes", timestamp=card["ts"])),
        await error(web.views_open(trigger_id="1.2.3", view={"type": "modal"} | MODAL)),
    ]
    said["delete"] = await error(web.chat_delete(channel=channel, ts=reply["ts"]))
    said["upload"] = await uploaded(web, channel, card["ts"])
    return said


MODAL = {"title": {"type": "plain_text", "text": "t"}, "blocks": [{"type": "divider"}]}


async def uploaded(web: AsyncWebClient, channel: str, thread: str) -> list[Any]:
    """A file up in three steps and down with the token."""
    sent = await web.files_upload_v2(
        content=b"video", filename="cut.mp4", title="Cut", channel=channel, thread_ts=thread
    )
    await asyncio.sleep(0.2)
    info = (await web.files_info(file=sent["files"][0]["id"]))["file"]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {web.token}"}) as http,
        http.get(info["url_private"]) as got,
    ):
        return [info["name"], info["title"], info["size"], got.status, await got.read()]


def test_the_same_answers_call_by_call() -> None:
    async def theirs(base_url: str) -> dict[str, Any]:
        web = AsyncWebClient(token=TOKENS["bot"], base_url=base_url)
        channels = (await web.conversations_list())["channels"]
        return await scenario(web, next(c["id"] for c in channels if c["name"] == "videos"))

    with SlackServer() as slack:
        ours = asyncio.run(scenario(AsyncWebClient(token=slack.bot_token, base_url=slack.api_url), "C1"))
        slack.pardon("invalid_trigger_id")
    with emulated() as base_url:
        other = asyncio.run(theirs(base_url))
    assert ours == other


def test_a_bolt_app_over_signed_http_against_the_emulator() -> None:
    heard: list[Json] = []
    answered: list[str] = []
    app = AsyncApp(client=AsyncWebClient(token=TOKENS["bot"]), signing_secret=SECRET)
    handler = AsyncSlackRequestHandler(app)

    @app.event("message")
    async def message(event: Json, client: AsyncWebClient) -> None:
        heard.append(event)
        await client.chat_postMessage(channel=event["channel"], text="on it", thread_ts=event["ts"])
        answered.append(event["ts"])  # by now the emulator has told the app of the app's own message too

    async def endpoint(request: Request) -> Response:
        answer: Response = await handler.handle(request)
        return answer

    async def run(base_url: str) -> None:
        app.client.base_url = base_url
        alice = AsyncWebClient(token=TOKENS["alice"], base_url=base_url)
        channels = (await alice.conversations_list())["channels"]
        place = next(c["id"] for c in channels if c["name"] == "videos")
        said = await alice.chat_postMessage(channel=place, text="make a video")
        for _ in range(200):
            if answered:
                break
            await asyncio.sleep(0.05)
        replies = (await alice.conversations_replies(channel=place, ts=said["ts"]))["messages"]
        assert [m["text"] for m in replies] == ["make a video", "on it"]
        assert [e["text"] for e in heard] == ["make a video"], "its own message must not wake it"

    routes = [Route("/slack/events", endpoint, methods=["POST"])]
    with served(Starlette(routes=routes)) as address, emulated(f"{address}/slack/events") as base_url:
        asyncio.run(run(base_url))
