"""The loopback Slack's Web API, tried with Slack's own client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack import App, Impossible, SlackServer

pytestmark = pytest.mark.service


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A server; a violation nobody pardoned fails the test."""
    with SlackServer() as server:
        yield server


def client(slack: SlackServer, token: str = "") -> AsyncWebClient:
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def refused(asked: Coroutine[Any, Any, Any]) -> str:
    with pytest.raises(SlackApiError) as failed:
        await asked
    return str(failed.value.response["error"])


def test_post_update_thread_and_history(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        assert (await web.auth_test())["user_id"] == "UBOT"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
        meta = {"event_type": "x", "event_payload": {"id": "1"}}
        first = await web.chat_postMessage(channel="C1", text="a", blocks=[block], metadata=meta)
        reply = await web.chat_postMessage(channel="C1", text="b", thread_ts=first["ts"])
        assert reply["ts"] > first["ts"]
        got = await web.conversations_replies(channel="C1", ts=first["ts"], include_all_metadata=True)
        assert [m["text"] for m in got["messages"]] == ["a", "b"]
        assert got["messages"][0]["metadata"] == meta
        await web.chat_update(channel="C1", ts=first["ts"], text="changed")
        top = await web.conversations_history(channel="C1")
        assert [m["text"] for m in top["messages"]] == ["changed"]
        assert "blocks" not in top["messages"][0] and "metadata" not in top["messages"][0]
        assert await refused(web.chat_postMessage(channel="C2", text="x")) == "not_in_channel"
        assert await refused(web.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
        assert await refused(web.conversations_info(channel="C1")) == "missing_scope"
        slack.pardon("missing_scope")

    asyncio.run(run())


def test_what_the_client_sends_wrong_is_refused_and_noted(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        wrong: dict[str, Coroutine[Any, Any, Any]] = {
            "invalid_auth": client(slack, "xoxb-other").auth_test(),
            "not_allowed_token_type": client(slack, slack.app_token).auth_test(),
            "unknown_method": web.api_call("chat.shout", json={"channel": "C1"}),
            "no_text": web.api_call("chat.postMessage", json={"channel": "C1"}),
            "msg_too_long": web.chat_postMessage(channel="C1", text="x" * 40_001),
            "invalid_metadata_format": web.chat_postMessage(
                channel="C1", text="x", metadata={"event_type": "e"}
            ),
            "markdown_text_conflict": web.api_call(
                "chat.postMessage", json={"channel": "C1", "text": "x", "markdown_text": "y"}
            ),
            "invalid_trigger_id": web.views_open(trigger_id="1.2.3", view=MODAL),
            "cannot_dm_bot": web.conversations_open(users="UOTHERBOT"),
        }
        for code, asked in wrong.items():
            assert await refused(asked) == code
            assert slack.pardon(code) == 1
        for args in (
            {"channel": "C1", "text": 7},
            {"channel": "C1", "text": "x", "colour": "red"},
            {"text": "x"},
        ):
            assert await refused(web.api_call("chat.postMessage", json=args)) == "invalid_arguments"
        assert slack.pardon("invalid_arguments") == 3
        with pytest.raises(SlackApiError) as failed:
            await web.chat_postMessage(channel="C1", text="x", blocks=[{"type": "header"}])
        assert failed.value.response["errors"] == ["missing required field: text [json-pointer:/blocks/0]"]
        slack.pardon("invalid_blocks")
        await web.chat_postMessage(channel="C1", text="<!channel> look")
        slack.pardon("pings_everyone")

    asyncio.run(run())


def test_leaving_with_a_violation_fails() -> None:
    with pytest.raises(AssertionError, match="invalid_auth"), SlackServer() as slack:
        asyncio.run(refused(client(slack, "xoxb-other").auth_test()))


def test_messages_of_others_and_gone_messages(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        said = slack.user("U1").says("C1", "mine")
        assert await refused(web.chat_update(channel="C1", ts=said["ts"], text="x")) == "cant_update_message"
        assert await refused(web.chat_delete(channel="C1", ts=said["ts"])) == "cant_delete_message"
        assert await refused(web.chat_update(channel="C1", ts="1.000001", text="x")) == "message_not_found"
        assert (
            await refused(web.chat_postMessage(channel="C1", text="x", thread_ts="1.1")) == "thread_not_found"
        )
        own = await web.chat_postMessage(channel="C1", text="x")
        assert (await web.chat_getPermalink(channel="C1", message_ts=own["ts"]))["permalink"].startswith(
            "http"
        )
        await web.reactions_add(channel="C1", name="eyes", timestamp=said["ts"])
        again = web.reactions_add(channel="C1", name="eyes", timestamp=said["ts"])
        assert await refused(again) == "already_reacted"
        await web.chat_delete(channel="C1", ts=own["ts"])
        assert slack.find_message() is None
        slack.perform("archive", channel="C1")
        assert await refused(web.chat_postMessage(channel="C1", text="x")) == "is_archived"

    asyncio.run(run())


def test_people_and_direct_conversations(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        assert (await web.users_info(user="U3"))["user"]["is_restricted"]
        assert (await web.users_info(user="U9"))["user"]["team_id"] == "T2"
        assert "email" not in (await web.users_info(user="U1"))["user"]["profile"]
        opened = await web.conversations_open(users="U1")
        posted = await web.chat_postMessage(channel="U1", text="hello")
        assert posted["channel"] == opened["channel"]["id"]
        await web.chat_postEphemeral(channel="C1", user="U2", text="psst")
        assert slack.find_ephemeral("U2", "psst") and slack.find_ephemeral("U1") is None

    asyncio.run(run())


def test_files_go_up_in_three_steps_and_come_down_with_a_token(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        root = await web.chat_postMessage(channel="C1", text="card")
        sent = await web.files_upload_v2(
            content=b"video", filename="cut.mp4", title="Cut 1", channel="C1", thread_ts=root["ts"],
            initial_comment="the cut",
        )  # fmt: skip
        shown = await slack.message("the cut")
        assert shown["thread_ts"] == root["ts"] and shown["files"][0]["title"] == "Cut 1"
        info = (await web.files_info(file=sent["file"]["id"]))["file"]
        assert info["size"] == 5 and info["shares"]["public"]["C1"][0]["ts"] == shown["ts"]
        async with aiohttp.ClientSession() as http:
            bearer = {"Authorization": f"Bearer {slack.bot_token}"}
            async with http.get(info["url_private_download"], headers=bearer) as got:
                assert await got.read() == b"video" and got.content_type == "video/mp4"
            async with http.get(info["url_private_download"]) as got:
                assert got.status == 200 and got.content_type == "text/html"
            begun = await web.files_getUploadURLExternal(filename="a.txt", length=3)
            async with http.post(begun["upload_url"], data=b"four") as got:
                assert got.status == 400
        slack.pardon("upload_length")
        ending = web.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "a"}])
        assert await refused(ending) == "file_upload_not_completed"
        slack.pardon("file_upload_not_completed")

    asyncio.run(run())


def test_limits_answer_429_and_the_client_waits(slack: SlackServer) -> None:
    async def run() -> None:
        slack.perform("rates", strict=True)
        web = client(slack)
        for _ in range(3):
            await web.chat_postMessage(channel="C1", text="x")
        with pytest.raises(SlackApiError) as limited:
            await web.chat_postMessage(channel="C1", text="x")
        assert limited.value.response.status_code == 429
        assert limited.value.response.headers["Retry-After"] == "1"
        slack.perform("passes", seconds=0.3)
        await refused(web.chat_postMessage(channel="C1", text="x"))
        slack.pardon("ignored_retry_after")
        slack.perform("passes", seconds=1)
        web.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
        began = time.monotonic()
        await web.chat_postMessage(channel="C1", text="x")
        await web.chat_postMessage(channel="C1", text="patient")
        assert time.monotonic() - began > 0.5 and slack.find_message("patient")

    asyncio.run(run())


def test_faults_before_and_after_the_deed(slack: SlackServer) -> None:
    async def run() -> None:
        web = client(slack)
        web.timeout = 1
        for then, do in (
            ("500", False),
            ("500", True),
            ("cut", True),
            ("fatal_error", False),
            ("html", True),
        ):
            slack.perform("fault", method="chat.postMessage", then=then, do=do)
            with pytest.raises((SlackApiError, aiohttp.ClientError)):
                await web.chat_postMessage(channel="C1", text=f"{then} {do}")
        slack.perform("fault", method="chat.postMessage", then="late", do=True, seconds=1.5)
        with pytest.raises(TimeoutError):
            await web.chat_postMessage(channel="C1", text="late True")
        await web.chat_postMessage(channel="C1", text="fine")
        said = ["500 True", "cut True", "html True", "late True", "fine"]
        assert [m["text"] for m in slack.messages("C1")] == said
        assert [c["error"] for c in slack.calls("chat.postMessage")][:2] == ["500", "500"]

    asyncio.run(run())


MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": [{"type": "divider"}]}


def test_triggers_serve_once_and_for_three_seconds() -> None:
    async def run(slack: SlackServer) -> None:
        web, alice = client(slack), slack.user("U1")
        trigger = alice.shortcut(None, "make")["payload"]["trigger_id"]
        opened = await web.views_open(trigger_id=trigger, view=MODAL)
        assert await refused(web.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
        slack.pardon("exchanged_trigger_id")
        view = opened["view"]
        await web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
        stale = web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
        assert await refused(stale) == "hash_conflict"
        for _ in range(2):
            trigger = alice.shortcut(None, "make")["payload"]["trigger_id"]
            await web.views_push(trigger_id=trigger, view=MODAL)
        trigger = alice.shortcut(None, "make")["payload"]["trigger_id"]
        assert await refused(web.views_push(trigger_id=trigger, view=MODAL)) == "push_limit_reached"
        trigger = alice.shortcut(None, "make")["payload"]["trigger_id"]
        slack.perform("passes", seconds=3.1)
        assert await refused(web.views_open(trigger_id=trigger, view=MODAL)) == "expired_trigger_id"
        slack.pardon("expired_trigger_id")
        with pytest.raises(Impossible):
            alice.shortcut(None, "other")

    with SlackServer(App(shortcuts=("make",))) as slack:
        asyncio.run(run(slack))


def test_response_urls_serve_five_times_within_thirty_minutes(slack: SlackServer) -> None:
    async def run() -> None:
        assert not slack.perform("deliver_to", address="http://127.0.0.1:9/"), "nobody listens there"
        hook = slack.user("U1").runs("/clone x")["payload"]["response_url"]
        webhook = AsyncWebhookClient(hook)
        for n in range(5):
            assert (await webhook.send(text=f"answer {n}")).body == "ok"
        assert (await webhook.send(text="one more")).status_code == 404
        assert len(slack.perform("ephemerals")) == 5
        later = AsyncWebhookClient(slack.user("U1").runs("/clone y")["payload"]["response_url"])
        await later.send(text="to all", response_type="in_channel")
        assert slack.find_message("to all")
        slack.perform("passes", seconds=1801)
        assert (await later.send(text="too late")).status_code == 404

    asyncio.run(run())


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk's own, with aiohttp 3.14
def test_a_code_becomes_a_token_and_the_app_can_go(slack: SlackServer) -> None:
    async def run() -> None:
        back = "https://aiclone.example/slack/oauth_redirect"
        page = f"https://slack.com/oauth/v2/authorize?client_id=111.222&scope=chat:write&state=s&redirect_uri={back}"
        there = slack.perform("authorize", address=page, user="U9")
        code = there.partition("code=")[2].partition("&")[0]
        anonymous = AsyncWebClient(base_url=slack.api_url)
        given = {"client_id": "111.222", "client_secret": "client-secret", "code": code, "redirect_uri": back}
        got = await anonymous.oauth_v2_access(**given)
        assert got["team"]["id"] == "T2" and got["scope"] == "chat:write"
        assert await refused(anonymous.oauth_v2_access(**given)) == "invalid_code"
        other = client(slack, got["access_token"])
        assert (await other.auth_test())["team_id"] == "T2"
        assert await refused(other.chat_postMessage(channel="C1", text="x")) == "channel_not_found"
        slack.perform("uninstall", team="T2")
        assert await refused(other.auth_test()) == "account_inactive"

    asyncio.run(run())
