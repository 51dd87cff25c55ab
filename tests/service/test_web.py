"""The desk through a real uvicorn: who may come in, what is recorded, what is shown."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.doorbell import Doorbell
from bot.web.app import create
from bot.web.door import Door, home_token
from studio.domain import ProductionId, Status
from studio.queue import AGENT_QUEUE, Bell
from studio.store import inbox, productions
from tests.databases import KINDS, Databases
from tests.fakes.floor import Floor
from tests.fakes.serving import free_port, redis_server, served

pytestmark = pytest.mark.service

TALK = "desk:" + "a" * 32
NONCE = "0123456789abcdef" * 2


@pytest.fixture(scope="module", params=KINDS)
def floor(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Floor:
    home = tmp_path_factory.mktemp("home")
    return Floor(home, databases.new(request.param, home))


@pytest.fixture(scope="module")
def production(floor: Floor) -> ProductionId:
    floor.write_in(TALK, "thirty seconds <script>alert('x')</script>")
    return floor.open(TALK, "thirty seconds <script>alert('x')</script>")


@pytest.fixture(scope="module")
def address(floor: Floor) -> Iterator[str]:
    nobody = Doorbell(f"redis://127.0.0.1:{free_port()}/0")
    with served(create(floor.store, floor.media, nobody, home_token(floor.home), "127.0.0.1")) as url:
        yield url


@pytest.fixture
def browser(floor: Floor, address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=20) as client:
        answer = client.get("/login", params={"token": home_token(floor.home)})
        assert answer.status_code == 303
        yield client


def received(floor: Floor, conversation: str) -> list[dict[str, object]]:
    with floor.store.read() as connection:
        return [dict(row) for row in inbox.of_conversation(connection, conversation)]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def stamp(browser: httpx.Client) -> str:
    return hidden(browser.get("/").text, "stamp")


def test_without_a_session_pages_lead_to_the_login_and_nothing_is_shown(address: str, floor: Floor) -> None:
    for path in ("/", f"/c/{TALK}", f"/c/{TALK}/events?nonce={NONCE}", f"/media/{floor.video}"):
        answer = httpx.get(address + path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert httpx.get(f"{address}/login", params={"token": "wrong"}).status_code == 401
    assert httpx.post(f"{address}/login", data={"token": home_token(floor.home)}).status_code == 303


def test_the_session_cookie_is_strict_and_a_forged_one_is_refused(address: str, floor: Floor) -> None:
    answer = httpx.get(f"{address}/login", params={"token": home_token(floor.home)})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    forged = Door("another token").session()
    assert httpx.get(address, cookies={"aiclone_session": forged}).status_code == 303
    assert (floor.home / "web.token").stat().st_mode & 0o777 == 0o600


def test_an_old_session_ends() -> None:
    door = Door("t")
    body = f"{int(time.time()) - 31 * 24 * 3600}.abc"
    assert not door.admits(f"{body}.{door._sign('session', body)}")
    assert door.admits(door.session())
    assert not door.admits("")


def test_a_foreign_host_name_is_refused_and_headers_are_strict(address: str, browser: httpx.Client) -> None:
    assert httpx.get(f"{address}/healthz", headers={"host": "evil.example"}).status_code == 400
    assert httpx.get(f"{address}/healthz", headers={"host": "localhost:1"}).json() == {"ok": True}
    policy = browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_post_without_this_sessions_stamp_changes_nothing(browser: httpx.Client, floor: Floor) -> None:
    stranger = Door(home_token(floor.home)).stamp("another session")
    for wrong in ({}, {"stamp": "x"}, {"stamp": stranger}):
        answer = browser.post("/new", data=wrong | {"nonce": "f" * 32, "text": "hello"})
        assert answer.status_code == 403
        assert "Reload the page" in answer.text
    assert received(floor, "desk:" + "f" * 32) == []


def test_a_brief_sent_twice_opens_one_conversation_although_redis_is_away(
    browser: httpx.Client, floor: Floor
) -> None:
    page = browser.get("/").text
    nonce = hidden(page, "nonce")
    form = {"stamp": hidden(page, "stamp"), "nonce": nonce, "text": "a launch", "persona": "Grace"}
    answers = [browser.post("/new", data=form | {"profile": "wide"}) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {f"/c/desk:{nonce}"}
    (row,) = received(floor, f"desk:{nonce}")
    assert row["body"] == {"text": "a launch", "options": {"persona": "Grace", "profile": "wide"}}
    assert "a launch" in browser.get("/").text


def test_two_clicks_at_once_are_one_decision(
    browser: httpx.Client, floor: Floor, production: ProductionId
) -> None:
    subject = floor.show_script(production, version=41)
    form = {"stamp": stamp(browser), "nonce": NONCE, "subject": subject, "decision": "approve"}

    def click() -> None:
        browser.post(f"/c/{TALK}/decide", data=form)

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    rows = [row for row in received(floor, TALK) if row["kind"] == "decision"]
    assert [row["body"] for row in rows] == [{"subject": subject, "decision": "approve"}]


def test_an_unknown_decision_or_too_much_text_is_refused_in_words(
    browser: httpx.Client, production: ProductionId
) -> None:
    form = {"stamp": stamp(browser), "nonce": NONCE, "subject": "cut:x:1", "decision": "burn"}
    answer = browser.post(f"/c/{TALK}/decide", data=form)
    assert (answer.status_code, "Reload the page" in answer.text) == (400, True)
    answer = browser.post(f"/c/{TALK}/say", data={"stamp": form["stamp"], "text": "a" * 70_000})
    assert (answer.status_code, "shorten" in answer.text) == (413, True)
    chunks = (b"a" * 1000 for _ in range(100))
    assert browser.post(f"/c/{TALK}/say", content=chunks).status_code == 413
    answer = browser.post(f"/c/{TALK}/say", data={"stamp": form["stamp"], "nonce": NONCE, "text": "  "})
    assert answer.status_code == 400
    assert browser.get("/c/desk:" + "9" * 32).status_code == 404


def test_what_people_write_is_escaped(browser: httpx.Client, production: ProductionId) -> None:
    for path in ("/", f"/c/{TALK}"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_old_buttons_are_dead_and_a_new_version_takes_over(browser: httpx.Client, floor: Floor) -> None:
    conversation = "desk:" + "b" * 32
    floor.write_in(conversation, "a brief")
    production = floor.open(conversation, "a brief")
    floor.show_script(production)
    old = floor.show_preview(production)
    new = floor.show_preview(production, 2, ("Line 2 is softer.",))
    page = browser.get(f"/c/{conversation}").text
    buttons = re.findall(r'value="(cut:[^"]+)">\s*<button [^>]*value="approve"( disabled)?', page)
    assert buttons == [(old, " disabled"), (new, "")]
    assert "There is a newer version." in page
    assert "Line 2 is softer." in page
    assert page.index("The picture stands still") < page.index("Every approved word")
    floor.approve(production, new)
    assert "You approved this." in browser.get(f"/c/{conversation}").text


def test_a_date_is_shown_while_it_is_waited_for(browser: httpx.Client, floor: Floor) -> None:
    conversation = "desk:" + "d" * 32
    floor.write_in(conversation, "a brief")
    production = floor.open(conversation, "a brief")
    with floor.store.write() as connection:
        productions.set_due(connection, production, 1_795_509_000.0, "Europe/Berlin")
    floor.status(production, Status.SCHEDULED)
    for path in ("/", f"/c/{conversation}"):
        page = browser.get(path).text
        assert "24 November" in page and "at 09:30 (Europe/Berlin)" in page and "waits for its date" in page
    assert "It goes out on" in page
    floor.status(production, Status.CANCELLED)
    assert "09:30" not in browser.get("/").text


def test_files_come_in_ranges_and_only_those_the_studio_shows(browser: httpx.Client, floor: Floor) -> None:
    conversation = "desk:" + "c" * 32
    floor.write_in(conversation, "a brief")
    production = floor.open(conversation, "a brief")
    subject = floor.show_preview(production)
    stored = floor.media.fetch(floor.video).read_bytes()
    part = browser.get(f"/media/{floor.video}", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, stored[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(stored)}"
    assert part.headers["content-type"] == "video/mp4"
    assert part.headers["cache-control"] == "no-store"
    assert browser.get(f"/media/{floor.sheet}").headers["content-type"] == "image/jpeg"
    floor.approve(production, subject)
    assert "immutable" in browser.get(f"/media/{floor.video}").headers["cache-control"]
    secret = floor.home / "secret.txt"
    secret.write_text("not for browsers")
    for sha in (floor.media.put(secret), "0" * 64, "..%2Fweb.token"):
        assert browser.get(f"/media/{sha}").status_code == 404


def test_a_lost_file_is_told_in_words(browser: httpx.Client, floor: Floor, tmp_path: Path) -> None:
    lost = tmp_path / "lost.jpg"
    lost.write_bytes(b"\xff\xd8\xff lost")
    floor.write_in("desk:" + "d" * 32, "a brief")
    production = floor.open("desk:" + "d" * 32, "a brief")
    kept, floor.sheet = floor.sheet, floor.media.put(lost)
    floor.show_preview(production)
    floor.media.fetch(floor.sheet).unlink()
    answer = browser.get(f"/media/{floor.sheet}")
    floor.sheet = kept
    assert (answer.status_code, "missing from the media store" in answer.text) == (404, True)


def test_events_bring_new_messages_and_progress_but_nothing_twice(
    browser: httpx.Client, floor: Floor
) -> None:
    conversation = "desk:" + "e" * 32
    floor.write_in(conversation, "a brief")
    production = floor.open(conversation, "a brief")
    floor.status(production, Status.SCRIPT_REVIEW)
    seen: list[tuple[str, dict[str, str]]] = []
    with browser.stream("GET", f"/c/{conversation}/events", params={"nonce": NONCE}) as stream:
        name = ""
        for line in stream.iter_lines():
            name = line.removeprefix("event: ") if line.startswith("event: ") else name
            if not line.startswith("data: "):
                continue
            seen.append((name, json.loads(line.removeprefix("data: "))))
            if len(seen) == 2:
                floor.say(production, "Rendering <now>.")
                floor.render(production, done=6, total=12, reused=2)
            if "6 of 12 takes, 2 reused" in seen[-1][1]["html"]:
                break
    said = [event for name, event in seen if name == "message"]
    assert [("&lt;now&gt;" in event["html"]) for event in said] == [False, True]
    assert [event["state"] for name, event in seen if name == "live"][-1] == "rendering"


def test_a_post_rings_the_agent(floor: Floor, tmp_path: Path) -> None:
    async def waiting(url: str) -> int:
        bell = await Bell.connect(url)
        count = await bell.redis.zcard(AGENT_QUEUE)
        await bell.close()
        return int(count)

    with redis_server(tmp_path) as url:
        app = create(floor.store, floor.media, Doorbell(url), home_token(floor.home), "127.0.0.1")
        with served(app) as address, httpx.Client(base_url=address, timeout=20) as client:
            client.get("/login", params={"token": home_token(floor.home)})
            form = {"stamp": stamp(client), "nonce": "1" * 32, "text": "ring"}
            assert client.post("/new", data=form).status_code == 303
        assert asyncio.run(waiting(url)) == 1
