"""What the studio says, as WhatsApp's messages: bodies of `messages` without address, within all limits.

Limits: text 4096; interactive body 1024, button titles 20, at most 3; list rows 10, titles 24, descriptions 72.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from bot import words
from bot.whatsapp.presses import PREVIEW as PREVIEW_BUTTONS
from bot.whatsapp.presses import SCRIPT as SCRIPT_BUTTONS
from bot.whatsapp.presses import button
from bot.whatsapp.text import clip, pieces, plain, size
from studio.messages import DELIVERED, PREVIEW, PROGRESS, SCRIPT, Outgoing

Body = Mapping[str, Any]
Json = dict[str, Any]
BODY, TITLE, ROW, DESCRIPTION, CAPTION = 1024, 20, 24, 72, 1024
MARK = {"red": "🔴", "amber": "🟡", "green": "🟢"}
WAITS, DONE = "⏳", "✅"


@dataclass(frozen=True, slots=True)
class Draft:
    """One message: `media` ("video", "document") is a file to be named in it, `reacts` an emoji instead of words.

    `about` is the subject whose card it quotes, if that was shown.
    """

    content: Json
    media: str = ""
    reacts: str = ""
    about: str = ""


def drafts_of(message: Outgoing) -> list[Draft]:
    """The messages that one outbox row becomes, in their order; the same ones for the same row."""
    body = message.body
    if message.kind == SCRIPT:
        return script(body)
    if message.kind == PREVIEW:
        return [preview(body), Draft({}, reacts=DONE)]
    if message.kind == PROGRESS:
        return [Draft({}, reacts=WAITS)]
    if message.kind == DELIVERED:
        return [delivered(body)]
    return said(body)


def said(body: Body) -> list[Draft]:
    """Words, with the answers that are offered."""
    text, about = plain(str(body.get("text", ""))) or "…", str(body.get("subject", ""))
    rows, choices = list(body.get("rows") or ()), list(body.get("choices") or ())
    if not rows and not choices:
        first, *more = (_text(piece) for piece in pieces(text))
        return [Draft(first, about=about), *map(Draft, more)]
    *before, last = pieces(text, BODY)
    asked = _list(last, rows) if rows else _buttons(last, [(each["id"], each["title"]) for each in choices])
    return [*(Draft(_text(piece)) for piece in before), Draft(asked, about=about)]


def script(body: Body) -> list[Draft]:
    """Numbered lines, the quote, and what can be done with them; long scripts before their buttons."""
    title, version = plain(str(body["title"] or "Your script")), body["version"]
    lines = [f"*{title}* · script {version}"]
    lines += [f"_{plain(str(body['note']))}_"] if body["note"] else []
    whole = "\n\n".join([*lines, *(_line(line) for line in body["lines"]), _quote(body)])
    buttons = [(button(verb, str(body["subject"])), name) for verb, name in SCRIPT_BUTTONS]
    if size(whole) <= BODY:
        return [Draft(_buttons(whole, buttons))]
    texts = [Draft(_text(piece)) for piece in pieces(whole)]
    return [*texts, Draft(_buttons(f"Script {version}: shall I render it?", buttons))]


def _line(line: Body) -> str:
    seconds = f" · {line['seconds']:g} s" if line.get("seconds") else ""
    return f"{line['number']}. {plain(str(line['text']))}\n_{line['tone']} · {line['framing']}{seconds}_"


def _quote(body: Body) -> str:
    length, wait = words.duration(body["speech_s"]), words.roughly(body["render_s"])
    looks = [str(body[name]) for name in ("persona", "profile", "background") if body.get(name)]
    looks += [f"captions: {body['captions']}"] if body.get("captions") else []
    looks += [plain(str(body["delivery"]))] if body.get("delivery") else []
    return f"About {length} long · ready in about {wait} · {words.money(body['usd'])}\n{' · '.join(looks)}"


def preview(body: Body) -> Draft:
    """The video with its report in few words, and the buttons that belong to exactly this version."""
    lines = [f"*Preview {body['version']}* · {words.duration(body['seconds'])}"]
    lines += [f"→ {plain(one)}" for one in words.sentences(body.get("changed"))[:4]]
    lines += _report(list(body["report"]))
    takes = "take" if body["rendered"] == 1 else "takes"
    lines.append(
        f"{body['rendered']} {takes} rendered, {body['reused']} reused · {words.duration(body['render_s'])} · "
        f"{words.money(body['usd'])}"
    )
    lines += [plain(str(body["delivery"]))] if body.get("delivery") else []
    buttons = [(button(verb, str(body["subject"])), name) for verb, name in PREVIEW_BUTTONS]
    content = _buttons(clip("\n".join(lines), BODY), buttons)
    return Draft(content, media="video")


def _report(report: Sequence[Body]) -> Iterator[str]:
    wrong = [item for item in words.worst_first(report) if item["state"] != "green"]
    for item in wrong[:4]:
        mark = MARK.get(str(item["state"]), MARK["amber"])
        value = f" ({found})" if (found := words.measured(item)) else ""
        yield clip(f"{mark} {plain(str(item['sentence'])).rstrip('.')}{value}.", 160)
    if len(wrong) > 4:
        yield f"… and {len(wrong) - 4} more"
    if fine := sum(item["state"] == "green" for item in report):
        yield f"{MARK['green']} {fine} {'check' if fine == 1 else 'checks'} passed"


def delivered(body: Body) -> Draft:
    """The master as a document with where else it lies; of a path of the studio's the last two names say enough."""
    path = PurePath(str(body.get("path") or "video.mp4"))
    name, said = path.name or "video.mp4", str(body["text"]).replace(str(path), "/".join(path.parts[-2:]))
    links = "".join(f"\n{plain(str(each['text']))}: {each['url']}" for each in body.get("links") or ())
    text = clip(f"{DONE} {plain(said)}{links}", CAPTION)
    return Draft(
        {"type": "document", "document": {"caption": text, "filename": name[-200:]}}, media="document"
    )


def without_file(draft: Draft) -> Draft:
    """A delivery whose file WhatsApp does not carry: its words."""
    return Draft(_text(draft.content["document"]["caption"]))


def with_media(content: Json, media: str, media_id: str) -> Json:
    """The message with its file in place."""
    if content["type"] == "interactive":
        header = {"type": media, media: {"id": media_id}}
        return {**content, "interactive": {**content["interactive"], "header": header}}
    return {**content, media: {**content[media], "id": media_id}}


def template(name: str, language: str) -> Json:
    """The one message that may be sent after a day of silence."""
    return {"type": "template", "template": {"name": name, "language": {"code": language}}}


def _text(text: str) -> Json:
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _buttons(text: str, buttons: Sequence[tuple[str, str]]) -> Json:
    offered = [
        {"type": "reply", "reply": {"id": identity, "title": clip(title, TITLE)}}
        for identity, title in buttons[:3]
    ]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": offered}},
    }


def _list(text: str, rows: Sequence[Body]) -> Json:
    shown = [
        {
            "id": str(row["id"]),
            "title": clip(plain(str(row["title"])) or "video", ROW),
            "description": clip(plain(str(row.get("description") or "")) or "–", DESCRIPTION),
        }
        for row in rows[:10]
    ]
    action = {"button": "Choose", "sections": [{"rows": shown}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": text}, "action": action}}
