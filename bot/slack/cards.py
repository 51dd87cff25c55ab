"""What the studio says, as Slack's blocks: (text for notifications, blocks), valid for any script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import words
from bot.slack.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    literal,
    section,
)
from bot.slack.names import user_of
from bot.slack.text import MESSAGE, SECTION, chunks, clip_escaped, escape, mention
from studio.messages import DELIVERED, OPENED, PREVIEW, PROGRESS, SCRIPT, Outgoing
from studio.progress import Progress

Body = Mapping[str, Any]
Card = tuple[str, list[Block]]
MARK = {"red": ":red_circle:", "amber": ":large_yellow_circle:", "green": ":large_green_circle:"}
MOST_SECTIONS = 38
BAR = 20


def card_of(message: Outgoing, closed: str = "", link: str = "") -> Card:
    """The message as Slack shows it; `closed` says why it takes no answer any more, `link` leads to its video."""
    body = message.body
    if message.kind == SCRIPT:
        return script_card(body, closed)
    if message.kind == PREVIEW:
        return preview_card(body, closed)
    if message.kind == DELIVERED:
        return delivered_card(body, link)
    if message.kind == OPENED:
        return opened_card(body)
    text = clip_escaped(escape(str(body.get("text", ""))), MESSAGE)
    if message.kind == PROGRESS:
        return text, [context(f":hourglass_flowing_sand: {text}")]
    return text, [section(piece) for piece in chunks(escape(str(body.get("text", ""))), SECTION)][:40]


def opened_card(body: Body) -> Card:
    """Who asked for what, and what happens now; the first message of a thread that has none."""
    user = user_of(str(body.get("person", "")))
    asks = f"{mention(user)} asks for a video:" if user else "A new video:"
    brief = literal(str(body["brief"]), 2000).replace("\n", "\n>")
    text = escape(str(body["text"]))
    return f"{asks} {clip_escaped(brief, 300)}", [section(f"{asks}\n>{brief}"), context(text)]


def script_card(body: Body, closed: str = "") -> Card:
    """Numbered lines with their seconds, the quote, and what can be done with them."""
    title = str(body["title"] or "Your script")
    blocks = [header(f"{title} · script {body['version']}")]
    if body["note"]:
        blocks.append(context(literal(str(body["note"]), 1500)))
    blocks += [section(text) for text in _pages(list(body["lines"]))]
    blocks += [divider(), *_quote(body)]
    blocks.append(context(f"_{escape(closed)}_") if closed else _script_buttons(body))
    return f"Script {body['version']} is ready for you: {literal(title, 200)}", blocks


def _pages(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """All lines in as few sections as they need; what does not fit is counted."""
    pages, page, shown = list[str](), "", 0
    for line in lines:
        pieces = list(_line(line))
        fits = len(page) + sum(map(len, pieces)) + 2 <= SECTION - 100
        if page and not fits:
            pages.append(page)
            page = ""
        if len(pages) + len(pieces) > MOST_SECTIONS:
            break
        pages += pieces[:-1]
        page = f"{page}\n{pieces[-1]}" if page else pieces[-1]
        shown += 1
    left = len(lines) - shown
    more = f"_… and {left} more {'line' if left == 1 else 'lines'}._" if left else ""
    return [each for each in (*pages, page, more) if each]


def _line(line: Mapping[str, Any]) -> Iterator[str]:
    seconds = f" · {line['seconds']:g} s" if line.get("seconds") else ""
    tail = f"  _{escape(str(line['tone']))} · {escape(str(line['framing']))}{seconds}_"
    pieces = list(chunks(escape(" ".join(str(line["text"]).split())), SECTION - 300)) or [""]
    for at, piece in enumerate(pieces):
        number = f"*{line['number']}*  " if at == 0 else ""
        yield f"{number}{piece}" + (tail if at == len(pieces) - 1 else "")


def _quote(body: Body) -> list[Block]:
    """Length, time and cost; then how it will look."""
    length, wait = words.duration(body["speech_s"]), words.roughly(body["render_s"])
    price = f"about *{length}* long  ·  ready in about *{wait}*  ·  *{words.money(body['usd'])}*"
    looks = [str(body[name]) for name in ("persona", "profile", "background") if body.get(name)]
    looks += [f"captions: {body['captions']}"] if body.get("captions") else []
    return [section(price), context(literal(" · ".join(looks), 1500)), *_delivery(body)]


def _delivery(body: Body) -> list[Block]:
    """When and where it goes once it is approved, where that is anything special."""
    text = str(body.get("delivery") or "")
    return [context(f":calendar: {literal(text, 500)}")] if text else []


def _script_buttons(body: Body) -> Block:
    subject = str(body["subject"])
    return actions(
        button("Approve", "approve", subject, style="primary"),
        button("Edit", "edit", subject),
        button("Start over", "restart", subject),
    )


def preview_card(body: Body, closed: str = "") -> Card:
    """What changed, what the checks found, what it took; stands under its video."""
    blocks = [header(f"Preview {body['version']} · {words.duration(body['seconds'])}")]
    if changed := words.sentences(body.get("changed")):
        blocks.append(section("\n".join(f"→ {literal(one, 500)}" for one in changed[:5])))
    blocks += _report(list(body["report"]))
    made = f"{body['rendered']} takes rendered, {body['reused']} reused"
    spent = f"{words.duration(body['render_s'])} · {words.money(body['usd'])}"
    blocks.append(context(f"{made} · {spent} · file {str(body['sha256'])[:12]}"))
    blocks += _delivery(body)
    blocks.append(context(f"_{escape(closed)}_") if closed else _preview_buttons(body))
    return f"Preview {body['version']} is ready: {words.duration(body['seconds'])}", blocks


def _report(report: Sequence[Mapping[str, Any]]) -> list[Block]:
    wrong = [item for item in words.worst_first(report) if item["state"] != "green"]
    rows = [
        f"{MARK.get(str(item['state']), MARK['amber'])} {literal(str(item['sentence']), 300)} "
        f"{literal(words.measured(item), 80)}".rstrip()
        for item in wrong[:12]
    ]
    blocks = [section("\n".join(rows))] if rows else []
    fine = [str(item["name"]) for item in report if item["state"] == "green"]
    if fine:
        count = "1 check" if len(fine) == 1 else f"{len(fine)} checks"
        blocks.append(context(f"{MARK['green']} {count} passed: {literal(', '.join(fine), 1000)}"))
    return blocks


def approve_button(subject: str, version: object, delivery: str = "") -> Block:
    """A yes to exactly that preview, asked twice."""
    exactly = "Exactly this file is delivered. Nothing else is rendered or changed."
    asked = confirm(
        f"Approve preview {version}?",
        f"{exactly} {literal(delivery, 150)}".strip(),
        "Approve" if delivery else "Approve and deliver",
        style="primary",
    )
    return button("Approve", "approve", subject, style="primary", confirm=asked)


def _preview_buttons(body: Body) -> Block:
    subject = str(body["subject"])
    return actions(
        approve_button(subject, body["version"], str(body.get("delivery") or "")),
        button("Revise", "revise", subject),
        button("Reject", "reject", subject, style="danger"),
    )


def delivered_card(body: Body, link: str = "") -> Card:
    """That the file is handed over, where it is, and the links to it."""
    text = escape(str(body["text"]))
    blocks = [header("Delivered"), section(f":white_check_mark: {text.removeprefix('Delivered: ')}")]
    links = [(str(each["text"]), str(each["url"])) for each in body.get("links") or ()]
    links += [("Watch it here", link)] if link else []
    if links:
        blocks.append(actions(*(button(t, f"link_{at}", url=url) for at, (t, url) in enumerate(links[:5]))))
    blocks.append(context(f"SHA-256 {str(body.get('sha256', ''))[:16]}…"))
    return clip_escaped(text, MESSAGE), blocks


def meter(version: int, doing: str, progress: Progress) -> Card:
    """How far a render is."""
    full = min(BAR, int(progress.fraction * BAR))
    bar = "█" * full + "░" * (BAR - full)
    text = f"Rendering version {version}: {progress.fraction:.0%}"
    seen = f"{bar} {progress.fraction:.0%}  {escape(doing)} · {words.takes(progress)}"
    return text, [section(f"*Rendering version {version}*"), context(seen)]


def meter_over(text: str) -> Card:
    """How a render ended."""
    return text, [context(text)]


def reaction_question(body: Body, yes: bool) -> Card:
    """A reaction on a preview is no decision: ask, with buttons that are."""
    subject, version = str(body["subject"]), body["version"]
    what = "approve" if yes else "reject"
    text = f"You reacted to preview {version}. Reactions decide nothing; do you want to {what} it?"
    delivery = str(body.get("delivery") or "")
    chosen = (
        approve_button(subject, version, delivery)
        if yes
        else button("Reject", "reject", subject, style="danger")
    )
    return text, [section(text), actions(chosen)]
