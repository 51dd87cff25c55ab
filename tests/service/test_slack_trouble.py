"""Slack on a bad day: forged and odd requests, lost answers, limits, slow shares, other hosts, removed apps."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import update

from bot.slack.channel import SlackChannel
from bot.slack.fetch import fetch
from bot.slack.installing import opened
from studio.errors import MediaUnusable
from studio.settings import Settings
from studio.store import inbox, slack
from studio.store.schema import outbox as outbox_table
from tests.fakes.slack import App, SlackServer
from tests.fakes.slack.http_mode import signed
from tests.fakes.slack_room import Room
from tests.fakes.slack_talk import BRIEF, MANIFEST, Json, counted, texts, to_preview, to_script, whispered
from workers.slack import vault_of

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer(App.declared(yaml.safe_load(MANIFEST.read_text()))) as made:
        yield made


@pytest.fixture
def one(server: SlackServer, settings: Settings) -> Iterator[Room]:
    with Room(server, settings) as made:
        yield made


@pytest.fixture
def web(server: SlackServer, settings: Settings) -> Iterator[Room]:
    with Room(server, settings, http=True) as made:
        yield made


def post(
    room: Room, body: bytes, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> int:
    made = signed(room.slack.signing_secret, body, int(time.time())) if headers is None else headers
    answer = httpx.post(f"{room.address}/slack/events", content=body, headers={**made, "content-type": kind})
    return answer.status_code


def test_only_what_slack_signed_in_the_last_minutes_is_read(web: Room) -> None:
    body, now = (
        json.dumps({"type": "event_callback", "team_id": "T1", "event": {"type": "x"}}).encode(),
        int(time.time()),
    )
    secret = web.slack.signing_secret
    good = signed(secret, body, now)
    odd: list[dict[str, str]] = [
        {},
        signed("another", body, now),
        signed(secret, body, now - 400),
        signed(secret, body, now + 400),
        {**good, "X-Slack-Request-Timestamp": "now"},
        {**good, "X-Slack-Request-Timestamp": "-1"},
        {**good, "X-Slack-Request-Timestamp": "9" * 40},
        {**good, "X-Slack-Signature": "v0="},
        signed(secret, body + b" ", now),
    ]
    assert [post(web, body, headers) for headers in odd] == [401] * len(odd)
    assert post(web, b"\xff\xfe\x00", {}) == 401
    assert counted(web) == 0


def test_odd_bodies_get_an_answer_and_never_a_server_error(web: Room) -> None:
    form = "application/x-www-form-urlencoded"
    assert post(web, b"\xff\xfe\x00") == 400
    assert post(web, b"{not json") == 400
    assert post(web, b"x" * 1_000_001, {}) == 413
    assert post(web, b"ssl_check=1&token=abc", {}, form) == 200
    assert 400 <= post(web, b"payload=%7Bbroken", None, form) < 500
    for body in (b"[]", b"null", b'"text"', b"3"):
        assert post(web, body) < 500
    assert httpx.get(f"{web.address}/slack/events").status_code == 405
    assert counted(web) == 0


def test_a_workspace_that_is_not_ours_is_answered_and_not_heard(web: Room) -> None:
    event = {"type": "app_mention", "user": "U7", "text": "<@UBOT> hi", "ts": "1.2", "channel": "C7"}
    body = json.dumps({"type": "event_callback", "team_id": "T7", "event_id": "Ev1", "event": event}).encode()
    assert post(web, body) == 200
    assert counted(web) == 0


@pytest.mark.parametrize("then", ["500", "cut", "html"])
@pytest.mark.parametrize("done", [True, False])
def test_a_post_whose_answer_was_lost_is_looked_for_and_stands_there_once(
    one: Room, then: str, done: bool
) -> None:
    one.slack.perform("fault", method="chat.postMessage", then=then, do=done)
    asked = one.slack.user("U1").mentions("C1", BRIEF)
    one.slack.wait(lambda: one.slack.find_message("Script 1 is ready"), 30)
    assert [text.partition(" ")[0] for text in texts(one.slack, asked)] == ["<@U1>", "Script"]


@pytest.mark.parametrize("done", [True, False])
def test_a_root_whose_answer_was_lost_begins_one_thread(one: Room, done: bool) -> None:
    one.slack.perform("fault", method="chat.postMessage", then="cut", do=done)
    one.slack.user("U1").runs(f"/clone {BRIEF}", "C1")
    script = one.slack.wait(lambda: one.slack.find_message("Script 1 is ready"), 30)
    [root] = [m for m in one.slack.messages("C1") if "asks for a video" in m["text"]]
    assert script["thread_ts"] == root["ts"]


@pytest.mark.parametrize("done", [True, False])
def test_a_video_whose_sharing_was_not_answered_comes_once_and_before_its_card(one: Room, done: bool) -> None:
    channel = next(each for each in one.floor.desk.channels if isinstance(each, SlackChannel))
    channel.uploads.never_after_s = 1.0
    one.slack.perform("fault", method="files.completeUploadExternal", then="cut", do=done)
    one.slack.perform("slow_shares", seconds=0.5)
    asked, script = to_script(one)
    one.slack.user("U1").clicks(script, "approve")
    one.slack.wait(lambda: one.slack.find_message("Preview 1 is ready"), 30)
    said = texts(one.slack, asked)
    assert said[-2:] == ["Preview 1", said[-1]]
    assert sum(text == "Preview 1" for text in said) == 1


def test_limits_are_waited_out(one: Room) -> None:
    one.slack.perform("rates", strict=True)
    asked, _ = to_preview(one)
    assert len(texts(one.slack, asked)) == 5


def test_a_reply_that_overtakes_our_own_bookkeeping_finds_its_thread(one: Room) -> None:
    one.slack.user("U1").runs(f"/clone {BRIEF}", "C1")
    script = one.slack.wait(lambda: one.slack.find_message("Script 1 is ready"))
    root = one.slack.find_message("asks for a video")
    one.slack.wait(lambda: counted(one))
    one.do(_quiet(one))
    with one.floor.store.write() as connection:
        connection.execute(update(outbox_table).values(ref=None))
    one.slack.user("U1").says("C1", "line 2: They are very quick and they never complain.", thread=root)
    one.slack.wait(lambda: counted(one) == 2)
    with one.floor.store.read() as connection:
        names = {row["conversation"] for row in inbox.of_source(connection, "slack")}
    assert len(names) == 1 and script


async def _quiet(room: Room) -> None:
    async with room.lock:
        room.working = False


def test_a_click_whose_time_is_over_is_answered(one: Room) -> None:
    _, script = to_script(one)
    one.slack.perform("fault", method="views.open", then="expired_trigger_id")
    one.slack.user("U1").clicks(script, "edit")
    whispered(one, "U1", "press it once more")


def test_the_token_does_not_follow_a_file_to_another_host(one: Room) -> None:
    asked, _ = to_script(one)
    one.slack.perform("files_elsewhere")
    one.slack.user("U1").uploads(b"0" * 300, "C1", thread=asked, as_voice_clip=True)
    one.slack.wait(lambda: one.slack.find_message("I could not understand that voice clip"))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ({"url": "{slack}/files-pri/x", "size": 90_000_000}, "larger than 25 MB"),
        ({"url": "https://files.slack.com.example.com/x", "size": 9}, "does not lie with Slack"),
        ({"url": "http://files.slack.com/x", "size": 9}, "does not lie with Slack"),
        ({"url": "{slack}/files-pri/T1-F1/none.m4a", "size": 9}, "does not let me read"),
        ({"url": "", "size": 9}, "does not lie with Slack"),
    ],
)
def test_files_that_may_not_be_used_are_refused(
    server: SlackServer, tmp_path: Path, file: Json, why: str
) -> None:
    file = file | {"url": file["url"].replace("{slack}", server.url)}
    with pytest.raises(MediaUnusable, match=why):
        asyncio.run(fetch(file, server.bot_token, server.api_url, tmp_path / "clip"))


def test_a_clip_that_cannot_be_heard_is_answered(server: SlackServer, settings: Settings) -> None:
    with Room(server, settings) as one:
        asked, _ = to_script(one)
        one.floor.spoil["whisper"] = ("MediaUnusable", "This file holds no sound that can be read.")
        server.user("U1").uploads(b"0" * 300, "C1", thread=asked, as_voice_clip=True)
        server.wait(lambda: server.find_message("holds no sound"))


def test_a_broken_connection_comes_back(one: Room) -> None:
    one.slack.perform("cut")
    one.slack.wait(lambda: one.slack.perform("connections")["ever"] >= 2, 30)
    to_script(one)


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk sends the client secret so
def test_a_workspace_installs_by_oauth_and_is_forgotten_when_it_leaves(web: Room) -> None:
    begun = httpx.get(f"{web.address}/slack/install")
    state = SimpleCookie(begun.headers["set-cookie"])["slack-app-oauth-state"].value
    [address] = re.findall(r'https://slack.com/oauth/v2/authorize[^"]*', begun.text)[:1]
    address = address.replace("&amp;", "&")
    back = web.slack.perform("authorize", address=address, user="U9")
    here = back.replace("https://clone.example.com", web.address)
    cookie = {"cookie": f"slack-app-oauth-state={state}"}
    assert httpx.get(here, headers=cookie).status_code == 200
    assert httpx.get(here, headers=cookie).status_code >= 400  # the state was used
    assert installed(web, "T2")["bot_token"].startswith("xoxb-")
    web.slack.perform("uninstall", team="T2")
    web.slack.wait(lambda: not installed(web, "T2"))


def installed(room: Room, team: str) -> dict[str, Any]:
    with room.floor.store.read() as connection:
        row = slack.installation_in(connection, team)
    return opened(room.floor.store, vault_of(room.settings), row) or {}


def test_the_meter_is_one_message_that_moves_and_ends(one: Room) -> None:
    one.floor.spoil["stuck"] = ()
    asked, _ = to_preview(one)
    one.slack.wait(lambda: "Rendered in" in str(texts(one.slack, asked)))
    edits: list[Json] = one.slack.perform("edits")
    assert any("Rendering version 1" in str(edit) for edit in edits)
