"""A picture of the conversation in WhatsApp, drawn from the Cloud API's JSON: docs/images/whatsapp.png."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.cards import CHROMIUM, IMAGES, PREVIEW_BODY, SCRIPT_BODY
from bench.phone_page import Said, phones
from bot.whatsapp import moments, words
from bot.whatsapp.drafts import drafts_of, with_media
from bot.whatsapp.presses import AT, button
from studio.messages import DELIVERED, PREVIEW, SAY, SCRIPT, Outgoing

SUBJECT, NOW = "cut:abc:2", datetime(2026, 11, 22, 9, 46, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
SOFTER = {"changed": ["Changed: line 2 (soft)."], "rendered": 5, "reused": 34, "render_s": 9.0}
PATH = "/srv/deliveries/2026-11-22-why-we-build-compilers-v2.mp4"


def studio(kind: str, body: dict[str, Any], at: str, **more: str) -> Said:
    """What the studio sends, file included."""
    draft = drafts_of(Outgoing("key", "whatsapp:1000:c", kind, body))[0]
    return Said(with_media(draft.content, draft.media, "1") if draft.media else draft.content, at=at, **more)


def say(text: str, at: str, **more: Any) -> Said:
    """Words of the studio, with what it offers."""
    return studio(SAY, {"text": text, **more}, at, about="Preview 2 · 29 s" if more else "")


def grace(text: str, at: str, **more: str) -> Said:
    """Words of the founder, or the press of a button."""
    return Said({"type": "text", "text": {"body": text}}, True, at, **more)


def note(at: str, **more: str) -> Said:
    """A voice note of the founder."""
    return Said({"type": "audio"}, True, at, **more)


def chats() -> list[list[Said]]:
    """From the wish to the script, to the preview, to the yes."""
    choices = [("yes", "Approve and deliver"), ("later", "Deliver later"), ("keep", "Not yet")]
    offered = [{"id": button(verb, SUBJECT), "title": title} for verb, title in choices]
    rows = [
        {"id": button(f"{AT}{moment}", SUBJECT), "title": title, "description": shown}
        for moment, title, shown in moments.offered(NOW, "Europe/Berlin")
    ]
    will = "I will change: line 2 (soft). 1 of 4 lines renders again, about 9 s."
    when = "Monday 23 November at 09:00 (Europe/Berlin)"
    return [
        [
            note("9:41"),
            say("I heard: “30 seconds on why we build compilers, warm, for LinkedIn.”", "9:41"),
            say(words.OPENING, "9:41"),
            studio(SCRIPT, SCRIPT_BODY, "9:41"),
            grace("Approve", "9:42", about="Why we build compilers · script 1", mark="✅"),
        ],
        [
            note("9:43", about="Preview 1 · 30 s", mark="✅"),
            say("I heard: “Line two softer, please.”", "9:43"),
            say(will, "9:43"),
            studio(PREVIEW, {**PREVIEW_BODY, **SOFTER}, "9:44"),
            grace("why is it yellow?", "9:44"),
            say("In line 3 the lips run a little late (measured 58 ms, wanted 40 ms).", "9:44"),
        ],
        [
            grace("Approve", "9:45", about="Preview 2 · 29 s"),
            say(words.CONFIRM.format(name="preview 2", when=""), "9:45", choices=offered),
            grace("Deliver later", "9:46", about="Approve preview 2?"),
            say(words.LATER.format(name="preview 2"), "9:46", rows=rows),
            grace("Tomorrow 9:00", "9:46", about="Approve preview 2 and deliver it when?"),
            say(f"Approved. It will be delivered on {when}.", "9:46"),
            grace("deliver it now", "9:52"),
            studio(DELIVERED, {"text": f"Delivered: {PATH}", "path": PATH}, "9:52"),
        ],
    ]


def main() -> None:
    """Write the picture."""
    with Image.open(IMAGES / "demo.jpg") as sheet:
        tile, out = sheet.crop((320, 0, 640, 320)), io.BytesIO()
        tile.save(out, "JPEG", quality=90)
    page_source = phones(chats(), f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(device_scale_factor=1.2, viewport={"width": 1120, "height": 900})
        page.set_content(page_source)
        page.locator(".phones").screenshot(path=IMAGES / "whatsapp.png")
        chromium.close()


if __name__ == "__main__":
    main()
