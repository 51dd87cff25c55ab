"""Whatever the studio says fits WhatsApp: the strict fake's checks and pywa's own bodies are the measure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pywa import types

from bot.whatsapp.drafts import drafts_of, template, with_media
from bot.whatsapp.names import conversation_of
from bot.whatsapp.text import LONGEST, clip, pieces, size
from studio.messages import DELIVERED, OPENED, PREVIEW, SAY, SCRIPT, Outgoing
from tests.fakes.whatsapp.messages import check_message
from tests.fakes.whatsapp.second_opinion import requests_of

pytestmark = pytest.mark.unit
TO = "491511234567"
Json = dict[str, Any]
WORDS = st.text(max_size=300) | st.text(alphabet="ab \n*_~`<&\u200b\ud83d✨", max_size=6000)
ITEM = st.fixed_dictionaries(
    {
        "name": st.just("lips"),
        "state": st.sampled_from(["red", "amber", "green"]),
        "sentence": WORDS,
        "value": st.none() | st.floats(allow_nan=False),
        "limit": st.none(),
        "unit": st.just("ms"),
    }
)
LINE = st.fixed_dictionaries(
    {
        "number": st.integers(1, 99),
        "text": WORDS,
        "tone": st.just("warm"),
        "framing": st.just("close"),
        "seconds": st.just(4.0),
    }
)
SCRIPTS = st.fixed_dictionaries(
    {
        "subject": st.just("script:0123456789ab:1"),
        "version": st.just(1),
        "title": WORDS,
        "lines": st.lists(LINE, max_size=12),
        "note": WORDS,
        "speech_s": st.just(40.0),
        "render_s": st.just(100.0),
        "usd": st.just(0.0),
        "profile": st.just("social"),
        "captions": st.just("highlight"),
        "background": st.just(""),
        "persona": st.just("Grace"),
    }
)
PREVIEWS = st.fixed_dictionaries(
    {
        "subject": st.just("cut:0123456789ab:1"),
        "version": st.just(1),
        "sha256": st.just("a" * 64),
        "seconds": st.just(20.0),
        "report": st.lists(ITEM, max_size=12),
        "changed": st.lists(WORDS, max_size=6),
        "rendered": st.just(3),
        "reused": st.just(1),
        "render_s": st.just(30.0),
        "usd": st.just(0.1),
    }
)
CHOICE = st.fixed_dictionaries({"title": WORDS, "description": WORDS})
SAYS = st.fixed_dictionaries({"text": WORDS}, optional={"rows": st.lists(CHOICE, min_size=1, max_size=14)})


def bodies(kind: str, body: Json) -> list[Json]:
    """What is sent, addressed and with its file."""
    drafts = drafts_of(Outgoing("key", conversation_of("1", "ann"), kind, body))
    sent = [with_media(d.content, d.media, "1") if d.media else d.content for d in drafts if not d.reacts]
    return [{"messaging_product": "whatsapp", "to": TO, **each} for each in sent]


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.just(SCRIPT), SCRIPTS)
    | st.tuples(st.just(PREVIEW), PREVIEWS)
    | st.tuples(st.just(SAY), SAYS)
    | st.tuples(st.just(OPENED), SAYS)
    | st.tuples(
        st.just(DELIVERED), st.fixed_dictionaries({"text": WORDS, "path": WORDS, "sha256": st.just("a")})
    )
)
def test_whatever_is_said_is_accepted(said: tuple[str, Json]) -> None:
    kind, body = said
    for number, row in enumerate(body.get("rows", ())):
        row["id"] = f"show|{number}"
    found = bodies(kind, body)
    assert found
    for each in found:
        check_message(each)


@given(st.text(min_size=1, max_size=12_000), st.sampled_from([1024, LONGEST]))
def test_pieces_lose_no_words(text: str, last: int) -> None:
    found = pieces(text, last)
    assert all(0 < size(piece) <= LONGEST for piece in found)
    assert not found or size(found[-1]) <= last
    assert "".join("".join(found).split()) == "".join(text.split())


def test_an_emoji_counts_as_two_and_is_never_halved() -> None:
    assert clip("🎬" * 10, 20) == "🎬" * 10
    assert clip("🎬" * 11, 20) == "🎬" * 9 + "…"
    assert [size(piece) for piece in pieces("🎬" * 3000)] == [4096, 1904]


def test_a_long_script_is_read_before_its_buttons() -> None:
    lines = [
        {"number": n, "text": "word " * 60, "tone": "warm", "framing": "close", "seconds": 9.0}
        for n in range(1, 20)
    ]
    whole = {"subject": "script:a:1", "version": 1, "title": "T", "lines": lines, "note": "", "speech_s": 1.0}
    *texts, last = bodies(SCRIPT, {**whole, "render_s": 1.0, "usd": 0.0})
    assert [each["type"] for each in texts] == ["text"] * len(texts) and len(texts) == 2
    assert [b["reply"]["title"] for b in last["interactive"]["action"]["buttons"]] == [
        "Approve",
        "Change",
        "Start over",
    ]


def same(ours: Json, theirs: Json) -> None:
    """Equal but for what pywa says by default."""
    theirs = {
        key: value
        for key, value in theirs.items()
        if key not in ("recipient_type", "biz_opaque_callback_data")
    }
    assert ours == theirs


def test_pywa_would_send_the_same() -> None:
    buttons = [types.Button("Yes", "yes|cut:a:1"), types.Button("No", "keep|cut:a:1")]
    choices = [{"id": "yes|cut:a:1", "title": "Yes"}, {"id": "keep|cut:a:1", "title": "No"}]
    [asked] = bodies(SAY, {"text": "Sure?", "choices": choices})
    same(asked, requests_of(lambda c: c.send_message(TO, "Sure?", buttons=buttons))[-1])
    rows = [types.SectionRow(title="One", callback_data="show|1", description="done")]
    wanted = types.SectionList("Choose", [types.Section("", rows)])
    [listed] = bodies(
        SAY, {"text": "Which?", "rows": [{"id": "show|1", "title": "One", "description": "done"}]}
    )
    theirs = requests_of(lambda c: c.send_message(TO, "Which?", buttons=wanted))[-1]
    theirs["interactive"]["action"]["sections"][0].pop("title", None)  # needed from two sections on
    same(listed, theirs)
    [document] = bodies(DELIVERED, {"text": "Delivered: x.mp4", "path": "/x/x.mp4", "sha256": "a"})
    same(
        document,
        requests_of(lambda c: c.send_document(TO, "1", filename="x.mp4", caption="✅ Delivered: x.mp4"))[-1],
    )
    ours = {"messaging_product": "whatsapp", "to": TO, **template("aiclone_waiting", "en_US")}
    theirs = requests_of(
        lambda c: c.send_template(TO, "aiclone_waiting", types.templates.TemplateLanguage.ENGLISH_US, [])
    )[-1]
    theirs["template"] = {key: value for key, value in theirs["template"].items() if value}
    same(ours, theirs)
