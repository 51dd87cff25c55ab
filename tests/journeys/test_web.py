"""A founder at the desk, over HTTP: from the login link to the delivered file, Ctrl-C in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest
from playwright.sync_api import sync_playwright

from studio.domain import Status
from studio.messages import PREVIEW, SCRIPT
from studio.store import reviews
from tests.journeys.house import House, until
from tests.journeys.test_browser import ARGS, CHROMIUM
from tests.journeys.test_kill import in_the_middle
from workers.child import ROOT
from workers.supervisor import environment_of, port_answers

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
BRIEF = (
    "Script: We build small and fast compilers for everybody. Come and write the next one together with us."
)


def said(house: House, talk: str, words: str) -> str:
    """What the studio said with these words in it; waits for it."""

    def look() -> str:
        found = [body["text"] for body in house.messages(talk, "say")]
        return next((text for text in found if words in text), "")

    return until(look)


@pytest.fixture(scope="module")
def talk(house: House) -> str:
    """A conversation with a preview on the table."""
    talk = house.brief(BRIEF)
    house.decide(talk, house.shown(talk, SCRIPT)["subject"])
    house.shown(talk, PREVIEW)
    return talk


def test_without_the_login_link_nothing_is_shown(house: House) -> None:
    address = f"http://127.0.0.1:{house.settings.web_port}"
    assert httpx.get(f"{address}/").headers["location"] == "/login"
    assert httpx.post(f"{address}/new", data={"text": BRIEF}).headers["location"] == "/login"
    assert httpx.get(f"{address}/login", params={"token": "guessed"}).status_code == 401


def test_the_preview_is_a_playable_file_with_its_report(house: House, talk: str) -> None:
    preview = house.shown(talk, PREVIEW)
    page = house.browser.get(f"/c/{talk}").text
    assert f"/media/{preview['sha256']}" in page
    assert "Checked before showing" in page
    assert not [item for item in preview["report"] if item["state"] == "red"]
    head = house.browser.get(f"/media/{preview['sha256']}", headers={"range": "bytes=4-11"})
    assert (head.status_code, head.content[:4]) == (206, b"ftyp")
    assert not list(house.settings.deliveries.glob("*"))


def test_ctrl_c_ends_everything_and_the_conversation_goes_on_afterwards(house: House, talk: str) -> None:
    house.say(talk, "line 2 softer")
    in_the_middle(house, talk, "kokoro")
    first = house.pid("media")
    os.kill(first, signal.SIGTERM)  # as a deployment does: the next one goes on with the same attempt
    until(lambda: house.pid("media") != first)
    in_the_middle(house, talk, "meshwarp")
    assert house.stop() < 10
    assert not port_answers("127.0.0.1", house.settings.web_port)
    house.start()
    assert "Checked before showing" in house.browser.get(f"/c/{talk}").text
    preview = house.shown(talk, PREVIEW, version=2)
    assert preview["sha256"] != house.shown(talk, PREVIEW, version=1)["sha256"]
    assert (preview["rendered"], preview["reused"]) == (10, 6)
    assert {row["attempt"] for row in house.takes(talk)} == {1}  # what was handed back cost no attempt


def test_a_yes_to_the_old_preview_is_answered_and_not_obeyed(house: House, talk: str) -> None:
    old, new = (house.shown(talk, PREVIEW, version)["subject"] for version in (1, 2))
    house.decide(talk, old)
    assert "preview 2" in said(house, talk, "That was preview 1").lower()
    assert house.production(talk)["status"] == Status.CUT_REVIEW
    with house.store.read() as connection:
        assert reviews.decision_on(connection, new) is None
    assert not list(house.settings.deliveries.glob("*"))


def test_of_two_answers_at_once_exactly_one_wins(house: House, talk: str) -> None:
    subject = house.shown(talk, PREVIEW, version=2)["subject"]
    forms = [house.form(subject=subject, decision=decision) for decision in ("approve", "cancel")]
    gate = threading.Barrier(2)

    def press(form: dict[str, str]) -> None:
        with httpx.Client(base_url=house.browser.base_url, cookies=house.browser.cookies) as browser:
            gate.wait()
            assert browser.post(f"/c/{talk}/decide", data=form).status_code == 303

    presses = [threading.Thread(target=press, args=(form,)) for form in forms]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    ended = (Status.DELIVERED, Status.CANCELLED)
    until(lambda: house.production(talk)["status"] in ended)
    with house.store.read() as connection:
        decision = reviews.decision_on(connection, subject)
    assert decision is not None
    if decision["decision"] == "approve":
        house.delivered(talk)
    else:
        assert house.production(talk)["status"] == Status.CANCELLED
        assert not list(house.settings.deliveries.glob("*"))
        assert "stopped" in house.browser.get(f"/c/{talk}").text


def test_an_operator_cancels_it_from_the_command_line(house: House) -> None:
    talk = house.brief(BRIEF)
    house.shown(talk, SCRIPT)
    command = [sys.executable, "-m", "workers.cli", "cancel", house.production(talk)["id"][:8], "--yes"]
    environment = environment_of(house.settings)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "the agent took it" in done.stdout
    assert "is at cancelled" in done.stdout
    assert "Cancelled. Nothing will be delivered" in said(house, talk, "Cancelled")


def test_logs_say_what_happened_and_nothing_personal(house: House, talk: str) -> None:
    secret = "Call Ada Canary on +49 151 2345678 about the merger; our key is sk-canary-5b2e."
    other = house.brief(secret)
    until(lambda: house.messages(other))
    home = house.settings.home
    tokens = [(home / name).read_text().strip() for name in ("web.token", "metrics.token")]
    personal = [
        *tokens,
        *house.browser.cookies.values(),
        "Canary",
        "2345678",
        "merger",
        "compilers",
        "Hopper",
    ]
    texts = {path: path.read_text() for path in (home / "logs").iterdir()}
    for path, found in texts.items():
        assert [each for each in personal if each.casefold() in found.casefold()] == [], path
    events = [found.splitlines() for path, found in texts.items() if path.suffix == ".jsonl"]
    lines = [json.loads(line) for each in events for line in each]
    assert {line["process"] for line in lines} == {"web", "agent", "media"}
    production = house.production(talk)["id"]
    about = [line for line in lines if line.get("production") == production]
    assert {"agent", "media"} <= {line["process"] for line in about}
    for row in house.takes(talk):
        mine = [line for line in lines if line.get("take") == row["id"]]
        assert {line["attempt"] for line in mine} == {1}


def test_a_second_production_in_the_same_words_renders_nothing_and_is_delivered(house: House) -> None:
    talk = house.brief(BRIEF)
    house.decide(talk, house.shown(talk, SCRIPT)["subject"])
    preview = house.shown(talk, PREVIEW)
    assert preview["rendered"] == 0
    house.say(talk, "approve")
    path = house.delivered(talk)
    answer = house.browser.get(f"/media/{preview['sha256']}")
    assert path.read_bytes() == answer.content


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed; `make test` installs it")
def test_a_browser_plays_the_delivered_file(house: House) -> None:
    talk = house.brief(BRIEF)
    house.decide(talk, house.shown(talk, SCRIPT)["subject"])
    house.shown(talk, PREVIEW)
    house.say(talk, "approve")
    house.delivered(talk)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        page = chromium.new_page()
        page.goto((house.settings.home / "web.url").read_text().strip())
        page.goto(f"http://127.0.0.1:{house.settings.web_port}/c/{talk}")
        video = page.locator("video").last
        video.evaluate("video => { video.muted = true; return video.play() }")
        until(lambda: video.evaluate("video => video.currentTime") > 1.0)
        facts = video.evaluate("video => [video.videoWidth, video.duration, video.error]")
        chromium.close()
    assert facts[0] > 0
    assert facts[1] > 3
    assert facts[2] is None
