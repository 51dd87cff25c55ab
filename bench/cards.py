"""Pictures of Slack's cards, drawn from the Block Kit JSON that Slack would get: docs/images/slack-*.png."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import sync_playwright

from bench import slack_page
from bench.slack_page import Said
from bot.slack import cards, modals
from bot.slack.api import client_for
from bot.slack.blocks import context
from bot.slack.brief_form import Choice, brief_form
from bot.slack.home import Overview, Video, Week, home
from bot.slack.reception import OPENING
from studio.domain import Line, Script, Status, Tone
from studio.progress import Progress

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
WHEN = "Tuesday 24 November at 09:00 (Europe/Berlin)"
BRIEF = "30 seconds on why we build compilers, warm, for LinkedIn"
LINES = (
    ("People told us that a computer could only do arithmetic.", "warm", "medium", 4.1),
    ("Our first compiler was running that year, and nobody believed it.", "storytelling", "medium", 4.9),
    ("Today a page of code reads almost like English.", "warm", "close", 3.6),
    ("Anyone who can explain a problem can begin to solve it.", "authoritative", "close", 4.2),
)
FORM = Choice(
    ["Grace", "Ada"],
    ["folder", "thread", "press kit"],
    BRIEF,
    due=datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin")).timestamp(),
)
SCRIPT_BODY: dict[str, Any] = {
    "subject": "script:abc:1", "version": 1, "title": "Why we build compilers",
    "lines": [dict(zip(("text", "tone", "framing", "seconds"), line, strict=True), number=at)
              for at, line in enumerate(LINES, 1)],
    "note": "", "speech_s": 28.4, "render_s": 41.0, "usd": 0.0, "profile": "square", "captions": "highlight",
    "background": "office", "persona": "Grace",
}  # fmt: skip
GREEN = ("words", "lip-sync", "likeness", "loudness", "true peak", "freezes", "black frames")
PREVIEW_BODY: dict[str, Any] = {
    "subject": "cut:abc:2", "version": 2, "sha256": "9f2c4be1a07d" + "0" * 52, "seconds": 29.2,
    "changed": ["Changed: line 2 (soft), background: office."],
    "report": [{"name": "drift", "state": "amber", "sentence": "In line 3 the lips run a little late.",
                "value": 58, "unit": "ms"},
               *({"name": name, "state": "green", "sentence": "", "value": 1} for name in GREEN)],
    "rendered": 8, "reused": 31, "render_s": 21.0, "usd": 0.0,
}  # fmt: skip


def app(card: cards.Card, at: str = "9:41", extra: str = "") -> Said:
    """A message of the studio."""
    return Said("AIClone", "#1f2937", card[0], card[1], True, at, extra)


def grace(text: str, at: str = "9:41", extra: str = "") -> Said:
    """A message of the founder."""
    return Said("Grace", "#8d6e63", text, at=at, extra=extra)


def say(text: str, at: str = "9:44") -> Said:
    """A plain message of the studio."""
    return app((text, [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]), at)


def scenes() -> dict[str, str]:
    """Name → page."""
    opened = cards.opened_card({"person": "slack:T1:U1", "brief": BRIEF, "text": OPENING})
    meter = cards.meter(1, "Speaking, animating", Progress(0.62, "", 9, 14, 2))
    done = cards.meter_over(":white_check_mark: Rendered in 21 s · 39 of 39 takes, 31 reused")
    delivered = {
        "text": "Delivered: deliveries/2026-11-22-why-we-build-compilers-v2.mp4",
        "sha256": "9f2c4be1a07d" * 5,
    }
    handed_over = cards.delivered_card(delivered, "https://example.slack.com/files/preview")
    closed = cards.preview_card(PREVIEW_BODY, "x")
    closed[1][-1] = context("_Approved by <@U1>, <!date^1^{time}|>_")
    waits = {**PREVIEW_BODY, "delivery": f"Once approved, it is delivered on {WHEN} here in the thread."}
    parked = [
        say(f"Approved. It will be delivered on {WHEN}.", "9:45"),
        grace("deliver it tomorrow at 8:30", "9:52"),
        say("It will now be delivered on Monday 23 November at 08:30 (Europe/Berlin).", "9:52"),
    ]
    clip = '<div class="p">▶ <span>▂▅▃▇▅▂▃▆▂▁▃▅▂</span> 0:03</div>'
    script = Script(tuple(Line(f"l{at}", line[0], Tone(line[1])) for at, line in enumerate(LINES)))
    will = "I will change: line 2 (soft). 1 of 4 lines renders again, about 9 s."
    return {
        "script": slack_page.thread([app(opened), app(cards.script_card(SCRIPT_BODY)), app(meter, "9:42")]),
        "preview": slack_page.thread(
            [app(("", []), "9:43", _video()), app(cards.preview_card(PREVIEW_BODY), "9:43")]
        ),
        "revision": slack_page.thread(
            [grace("", "9:44", clip), say("I heard: “Line two softer, please.”"), say(will), app(done, "9:44"),
             grace("what did you change?", "9:45"), say("Changed: line 2 (soft).", "9:45")]
        ),
        "scheduled": slack_page.thread([app(cards.preview_card(waits), "9:43"), *parked]),
        "delivered": slack_page.thread([app(closed, "9:45"), app(handed_over, "9:46")]),
        "edit": slack_page.modal(modals.script_form(script, 1, "{}")),
        "form": slack_page.modal(brief_form(FORM, "{}")),
        "home": slack_page.home(asyncio.run(_home())),
    }  # fmt: skip


async def _home() -> dict[str, Any]:
    now = time.time()
    rows = (
        ("Waits for you", BRIEF, Status.CUT_REVIEW, 240, ""),
        ("Waits for you", "Our seed round: four people, eleven months", Status.SCRIPT_REVIEW, 4000, ""),
        ("In the making", "Welcome to the new engineers in Berlin", Status.RENDERING, 30, ""),
        ("Waits for its date", "What we learned this year", Status.SCHEDULED, 600, WHEN),
        ("Ended", "Happy new year to our customers", Status.DELIVERED, 90_000, ""),
    )
    videos: dict[str, list[Video]] = {}
    for title, brief, status, age, when in rows:
        shown = Video(brief, status, now - age, "Grace", ("", ""), when)
        videos.setdefault(title, []).append(shown)
    states = (":large_green_circle: *Grace*  consent on file · you may approve",)
    return await home(
        Overview(videos, states, (Week("Grace", 6, 3, 1, 0.42),)), client_for("http://127.0.0.1/", "")
    )


def _video() -> str:
    with Image.open(IMAGES / "demo.jpg") as sheet:
        tile, out = sheet.crop((320, 0, 640, 320)), io.BytesIO()
        tile.save(out, "JPEG", quality=90)
    picture = base64.b64encode(out.getvalue()).decode()
    name = '<div class="t">Preview 2 ▾</div>'
    return f'{name}<div class="v"><img src="data:image/jpeg;base64,{picture}"><b>▶ 0:29</b></div>'


def main() -> None:
    """Write every picture."""
    pages = scenes()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(device_scale_factor=1.5)
        for name, source in pages.items():
            page.set_content(source)
            page.locator("body > div").screenshot(path=IMAGES / f"slack-{name}.png")
            print(f"docs/images/slack-{name}.png")
        chromium.close()


if __name__ == "__main__":
    main()
