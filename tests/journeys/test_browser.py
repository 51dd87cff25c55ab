"""A person at the desk in a real Chromium; the agent's part is played by rows."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bot.doorbell import Doorbell
from bot.web.app import create
from bot.web.door import home_token
from studio.domain import ProductionId
from studio.store import inbox
from tests.fakes.floor import Floor
from tests.fakes.serving import free_port, redis_server, served

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed; `make test` installs it"),
]
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Floor:
    return Floor(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def address(floor: Floor) -> Iterator[str]:
    with redis_server(floor.home) as redis:
        app = create(floor.store, floor.media, Doorbell(redis), home_token(floor.home), "127.0.0.1")
        with served(app) as url:
            yield url


@pytest.fixture(params=["phone", "desktop"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": 390, "height": 844} if request.param == "phone" else {"width": 1200, "height": 800}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        page = chromium.new_page(viewport=size)
        page.set_default_timeout(15_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert complaints == []
        chromium.close()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def decisions(floor: Floor, conversation: str) -> list[dict[str, str]]:
    with floor.store.read() as connection:
        rows = inbox.of_conversation(connection, conversation)
    return [row["body"] for row in rows if row["kind"] == "decision"]


def words(floor: Floor, conversation: str) -> list[dict[str, str]]:
    with floor.store.read() as connection:
        return [
            row["body"] for row in inbox.of_conversation(connection, conversation) if row["kind"] == "text"
        ]


def colours(page: Page) -> int:
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return len(np.unique(picture.reshape(-1, 3), axis=0))


def is_in_sight(page: Page, button: str) -> bool:
    """Whether a tap in the button's middle hits it, wherever the page is scrolled to."""
    found = page.get_by_role("button", name=button, exact=True).last
    hit = """one => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === one;
    }"""
    return bool(found.evaluate(hit))


def begin(page: Page, floor: Floor, address: str) -> tuple[str, ProductionId]:
    page.goto(f"{address}/login?token={home_token(floor.home)}")
    page.get_by_label("What should it say").fill("Our <b>launch</b>, twenty seconds, warm")
    page.get_by_role("button", name="Write the script").click()
    page.wait_for_url("**/c/desk:*")
    page.locator("#live").get_by_text("Reading your message").wait_for()
    conversation = page.url.rpartition("/")[2]
    return conversation, floor.open(conversation, "Our <b>launch</b>, twenty seconds, warm")


def test_from_a_brief_to_a_playing_video_without_reloading(page: Page, floor: Floor, address: str) -> None:
    conversation, production = begin(page, floor, address)
    script = floor.show_script(production)
    page.get_by_text("Grace · no cost").wait_for()
    until(lambda: page.title().startswith("Script waits for you · Our <b>launch</b>"))
    until(lambda: is_in_sight(page, "Approve script"))
    page.get_by_role("button", name="Approve script").dblclick()
    until(lambda: decisions(floor, conversation))
    page.wait_for_timeout(1000)
    assert decisions(floor, conversation) == [{"subject": script, "decision": "approve"}]
    floor.approve(production, script)
    floor.handle(conversation, production)
    floor.render(production, done=6, total=12, reused=2)
    page.get_by_text("6 of 12 takes, 2 reused").wait_for()
    assert 0.2 < page.get_by_role("progressbar").evaluate("bar => bar.value") < 0.9
    page.get_by_text("You approved this.").wait_for()

    preview = floor.show_preview(production, changed=("Line 2 is softer.",))
    video = page.locator("video")
    video.wait_for()
    video.evaluate("video => { video.muted = true; return video.play() }")
    until(lambda: video.evaluate("video => video.currentTime") > 0.5)
    assert video.evaluate("video => [video.videoWidth, video.videoHeight, video.error]") == [360, 360, None]
    box = video.bounding_box()
    assert box and abs(box["width"] - box["height"]) < 1
    until(lambda: is_in_sight(page, "Approve"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert colours(page) > 500

    page.get_by_role("link", name="Revise").click()
    assert page.evaluate("document.activeElement.id") == "say"
    page.keyboard.type("line 2 softer")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("<please>")
    page.keyboard.press("Enter")
    page.get_by_text("line 2 softer\n<please>").wait_for()
    assert page.get_by_label("Your message").input_value() == ""
    floor.handle(conversation, production)
    floor.say(production, "It is as soft as it gets.")
    page.get_by_text("as soft as it gets").wait_for()

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_timeout(300)
    assert len(decisions(floor, conversation)) == 1
    page.get_by_role("button", name="Approve", exact=True).click()
    until(lambda: len(decisions(floor, conversation)) == 2)
    floor.approve(production, preview)
    floor.handle(conversation, production)
    path = floor.deliver(production)
    page.get_by_text(str(path)).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == path.name
    assert download.value.path().read_bytes() == path.read_bytes()


def test_everything_can_be_done_without_scripts(floor: Floor, address: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        page = chromium.new_context(java_script_enabled=False).new_page()
        conversation, production = begin(page, floor, address)
        script = floor.show_script(production)
        page.get_by_role("link", name="reload it").click()
        page.get_by_role("button", name="Approve script").click()
        page.get_by_text("Approved the script, version 1.").wait_for()
        assert decisions(floor, conversation) == [{"subject": script, "decision": "approve"}]
        chromium.close()


def test_a_page_says_that_the_desk_is_away_keeps_what_was_typed_and_goes_on(floor: Floor) -> None:
    port = free_port()

    def desk() -> AbstractContextManager[str]:
        doorbell = Doorbell(f"redis://127.0.0.1:{free_port()}/0")
        return served(create(floor.store, floor.media, doorbell, home_token(floor.home), "127.0.0.1"), port)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))
        page = chromium.new_page()
        with desk() as address:
            conversation, production = begin(page, floor, address)
            page.get_by_label("Your message").fill("shorter")
        page.get_by_role("alert").get_by_text("The desk does not answer").wait_for()
        page.get_by_label("Your message").press("Enter")
        page.get_by_text("What you wrote is still here").wait_for()
        floor.show_script(production)
        with desk():
            page.get_by_role("button", name="Approve script").wait_for(timeout=60_000)
            page.get_by_role("alert").wait_for(state="hidden")
            page.get_by_label("Your message").press("Enter")
            until(lambda: [row["text"] for row in words(floor, conversation)][-1:] == ["shorter"])
            page.get_by_role("button", name="Approve script").focus()
            page.keyboard.press("Enter")
            until(lambda: decisions(floor, conversation))
            until(lambda: page.evaluate("document.activeElement.id") == "say")
        chromium.close()
