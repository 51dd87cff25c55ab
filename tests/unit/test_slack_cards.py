"""Slack's blocks for any script, report and form are within Slack's limits, and show words as they were written."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.slack import cards, modals
from bot.slack.api import client_for
from bot.slack.blocks import answers
from bot.slack.brief_form import Choice, brief_form
from bot.slack.home import SECTIONS, Overview, Video, Week, home, week_in
from bot.slack.scopes import SCOPES
from bot.slack.text import chunks, escape, plain
from studio.domain import Line, Script, Status, Tone
from studio.messages import DELIVERED, OPENED, PROGRESS, SAY, Outgoing
from studio.progress import Progress
from tests.fakes.slack.blocks import message_faults, view_faults
from tests.fakes.slack.manifest import manifest_faults

pytestmark = pytest.mark.unit
MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "slack-manifest.yaml").read_text())
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
words = some.text(max_size=400) | some.sampled_from(
    ["&" * 3500, "<!channel> *hi* <@U1>", "a b " * 2000, "&<>" * 900]
)
lines = some.lists(
    some.fixed_dictionaries(
        {
            "text": words,
            "tone": some.sampled_from(list(Tone)),
            "framing": words,
            "seconds": some.floats(0, 60),
        }
    ),
    max_size=60,
)
items = some.lists(
    some.fixed_dictionaries(
        {
            "name": words,
            "state": some.sampled_from(["red", "amber", "green"]),
            "sentence": words,
            "value": some.none() | some.floats(0, 1) | words,
            "unit": words,
        }
    ),
    max_size=30,
)


def script_body(title: str, note: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    numbered = [{"number": at, **line} for at, line in enumerate(found, 1)]
    return {
        "subject": "script:abc:1", "version": 1, "title": title, "lines": numbered, "note": note, "speech_s": 12.0,
        "render_s": 30.0, "usd": 0.02, "profile": "square", "captions": "plain", "background": note[:90],
        "persona": title[:80],
    }  # fmt: skip


def assert_valid(card: cards.Card) -> None:
    text, blocks = card
    assert message_faults(blocks) == []
    assert 0 < len(text) <= 4000


@relaxed
@given(title=words, note=words, found=lines, closed=some.sampled_from(["", "You approved this."]))
def test_any_script_is_a_valid_card(title: str, note: str, found: list[dict[str, Any]], closed: str) -> None:
    assert_valid(cards.script_card(script_body(title, note, found), closed))


def test_every_line_stands_in_the_card_with_its_number_and_seconds() -> None:
    found = [
        {"text": f"Line <{at}> & more.", "tone": "warm", "framing": "close", "seconds": 2.5}
        for at in range(1, 41)
    ]
    _, blocks = cards.script_card(script_body("T", "", found))
    shown = "\n".join(
        block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block
    )
    for at in range(1, 41):
        assert f"*{at}*  Line &lt;{at}&gt; &amp; more.  _warm · close · 2.5 s_" in shown
    assert len(blocks) < 10


def test_a_script_too_long_for_one_message_says_how_much_is_left() -> None:
    found = [{"text": "word " * 500, "tone": "warm", "framing": "close", "seconds": 2.5}] * 120
    _, blocks = cards.script_card(script_body("T", "", found))
    assert re.search(r"and \d+ more lines", str(blocks))


@relaxed
@given(report=items, changed=words | some.lists(words, max_size=8), closed=some.sampled_from(["", "Old."]))
def test_any_report_is_a_valid_card(report: list[dict[str, Any]], changed: object, closed: str) -> None:
    body = {
        "subject": "cut:abc:1", "version": 1, "sha256": "a" * 64, "seconds": 12.0, "report": report,
        "changed": changed, "rendered": 3, "reused": 4, "render_s": 3.0, "usd": 0.0, "delivery": closed,
    }  # fmt: skip
    assert_valid(cards.preview_card(body, closed))


@relaxed
@given(text=words, kind=some.sampled_from([SAY, OPENED, PROGRESS, DELIVERED]))
def test_anything_said_is_a_valid_message(text: str, kind: str) -> None:
    body = {
        "text": text,
        "brief": text,
        "person": "slack:T1:U1",
        "version": 1,
        "sha256": "a" * 64,
        "path": text,
    }
    _, blocks = cards.card_of(
        Outgoing("k", "slack:T1:C1:1.2", kind, body), link="https://example.slack.com/x"
    )
    assert not blocks or message_faults(blocks) == []


@relaxed
@given(fraction=some.floats(0, 1), doing=words)
def test_a_meter_is_valid(fraction: float, doing: str) -> None:
    assert_valid(cards.meter(1, doing[:300], Progress(fraction, doing, 1, 2, 0)))
    body = {"subject": "cut:abc:1", "version": 1, "delivery": doing}
    assert_valid(cards.reaction_question(body, yes=fraction > 0.5))


@relaxed
@given(texts=some.lists(words.filter(str.strip), min_size=1, max_size=120), name=words)
def test_any_form_is_valid(texts: list[str], name: str) -> None:
    script = Script(tuple(Line(f"l{at}", text) for at, text in enumerate(texts)))
    assert view_faults(modals.script_form(script, 3, modals.about(subject="script:abc:3"))) == []
    people = [f"{at} {name}"[:80] for at in range(3)]
    shown = Choice(people, ("folder", "press kit"), texts[0], {"profile": "wide"}, 1_800_000_000.5)
    assert view_faults(brief_form(shown, modals.about(), again=True)) == []
    assert view_faults(modals.revise_form("1", "{}")) == view_faults(modals.reject_form("1", "{}")) == []


@relaxed
@given(text=some.text(max_size=3000))
def test_escaping_shows_what_was_written(text: str) -> None:
    readable = "".join(c for c in text if c in "\n\t" or c.isprintable())
    shown = escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == readable
    assert not re.search(r"<[@!#]", escape(text))
    pieces = list(chunks(escape(text), 100))
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == escape(text).replace(" ", "")


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<@UBOT> say &lt;hi&gt; &amp; <https://a.b|bye>", "say <hi> & bye"),
        ("thank <@U2|bob> in <#C1|videos> <!here>", "thank Bob Bobson in #videos @here"),
        ("mail <mailto:a@b.c|a@b.c>, see <https://a.b/c>", "mail a@b.c, see https://a.b/c"),
    ],
)
def test_source_becomes_what_its_writer_saw(source: str, seen: str) -> None:
    assert plain(source, {"U2": "Bob Bobson"}, without="UBOT") == seen


def test_a_script_form_gives_the_edits_that_were_made() -> None:
    script = Script((Line("a", "One."), Line("b", "Two."), Line("c", "Three.")))
    form = modals.script_form(script, 1, "{}")
    state = {
        block["block_id"]: {
            block["block_id"]: {"type": "plain_text_input", "value": block["element"].get("initial_value")}
        }
        for block in form["blocks"]
        if block["type"] == "input"
    }
    assert modals.edits_of(script, answers({"state": {"values": state}})) == []
    state["line_1"]["line_1"]["value"] = None
    state["line_3"]["line_3"]["value"] = "Four."
    given_now = answers({"state": {"values": state}})
    assert modals.edits_of(script, given_now) == [
        {"tool": "remove_line", "args": {"line": 1}},
        {"tool": "rewrite_line", "args": {"line": 3, "text": "Four."}},
    ]
    assert modals.faults_of(script, given_now) == {}
    assert modals.faults_of(script, dict.fromkeys(given_now, "")) != {}


def test_the_manifest_is_accepted_and_asks_for_what_the_program_needs() -> None:
    assert manifest_faults(MANIFEST) == []
    assert sorted(MANIFEST["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES)


@relaxed
@given(text=words.filter(str.strip))
def test_any_home_tab_is_valid(text: str) -> None:
    videos = [Video(text, Status.SCHEDULED, 0.0, text, ("", ""), text[:60])] * 8
    seen = Overview(
        {title: videos for title, *_ in SECTIONS}, (":red_circle: x",) * 12, (Week(text[:80], 1, 2, 3, 0.1),)
    )
    assert view_faults(asyncio.run(home(seen, client_for("http://127.0.0.1/", "")))) == []


def test_a_week_begins_on_monday_in_the_persons_zone() -> None:
    sunday = datetime(2026, 11, 22, 23, 30, tzinfo=UTC).timestamp()
    since, until = week_in("Europe/Berlin", sunday)  # where Monday has begun
    assert datetime.fromtimestamp(since, UTC) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert until - since == 7 * 24 * 3600
    assert week_in("America/New_York", sunday)[1] > sunday > week_in("UTC", sunday)[0]
