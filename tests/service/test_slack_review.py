"""Answering in Slack: forms, words, voice clips and questions on a script and a preview."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from studio.settings import Settings
from studio.store import inbox, productions
from tests.fakes.slack_room import Room
from tests.fakes.slack_talk import in_slack, texts, to_preview, to_script, whispered

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


@pytest.fixture
def one(settings: Settings) -> Iterator[Room]:
    with in_slack(settings) as made:
        yield made


def test_the_script_is_edited_field_by_field(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    _, script = to_script(one)
    alice.clicks(script, "edit")
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    done = alice.submits(form, {"line_1": "x" * 400})
    assert "at most 300" in slack.wait(lambda: slack.find_answer(done))["answer"]["errors"]["line_1"]
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    alice.submits(form, {"line_1": 'We "build" compilers <fast>.', "line_3": "", "add": "Come and see."})
    slack.wait(lambda: slack.find_message("Script 2 is ready"))
    assert [line["text"] for line in one.last("script")["lines"]] == [
        'We "build" compilers <fast>.',
        "They are fast and they never complain about it.",
        "Come and see.",
    ]


def test_a_form_for_an_old_script_changes_nothing(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, script = to_script(one)
    alice.clicks(script, "edit")
    form = slack.wait(lambda: slack.find_modal("U1", "Script 1"))
    alice.says("C1", "line 2: They are quick.", thread=asked)
    slack.wait(lambda: slack.find_message("Script 2 is ready"))
    done = alice.submits(form, {"line_1": "Something else."})
    answer = slack.wait(lambda: slack.find_answer(done))["answer"]
    assert "Script 2 is up for review" in str(answer["errors"])


def test_start_over_ends_the_one_and_opens_the_other(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, script = to_script(one)
    alice.clicks(script, "restart")
    form = slack.wait(lambda: slack.find_modal("U1", "Start over"))
    alice.submits(form, {"brief": "Script: We build ships. They float."})
    again = slack.wait(lambda: slack.find_message("Script 1 is ready", after=script))
    assert again["thread_ts"] == asked["ts"]
    with one.floor.store.read() as connection:
        states = [row["status"] for row in productions.latest(connection)]
    assert states == ["script_review", "cancelled"]


def test_revise_and_reject_by_forms(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    _, preview = to_preview(one)
    alice.clicks(preview, "revise")
    alice.submits(slack.wait(lambda: slack.find_modal("U1", "Revise")), {"text": "line 2 softer"})
    slack.wait(lambda: slack.find_message("I will change: line 2"))
    assert "1 of 3 lines renders again" in str(slack.find_message("I will change"))
    second = slack.wait(lambda: slack.find_message("Preview 2 is ready"))
    alice.clicks(preview, "approve", stale=True)
    assert (
        slack.wait(lambda: slack.find_ephemeral("U1", "Preview 2 is up for review"))["text"].count("http")
        == 1
    )
    alice.clicks(second, "reject")
    alice.submits(slack.wait(lambda: slack.find_modal("U1", "Reject")), {"text": "wrong story"})
    slack.wait(lambda: slack.find_message("Cancelled."))
    with one.floor.store.read() as connection:
        rows = [row["body"] for row in inbox.of_source(connection, "slack") if row["kind"] == "decision"]
    assert rows[-1]["text"] == "wrong story"
    assert "Stopped by <@U1>" in str(slack.wait(lambda: slack.find_message("Stopped by")))


def test_questions_are_answered_from_the_facts(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    one.floor.spoil["inspect-cut"] = {"loudness": -30.0}
    asked, _ = to_preview(one)
    alice.says("C1", "why is it red?", thread=asked)
    slack.wait(lambda: slack.find_message("wanted"))
    alice.says("C1", "what did you change?", thread=asked)
    slack.wait(lambda: slack.find_message("this is the first version. I took your text"))


def test_a_voice_clip_is_heard_shown_back_and_done(one: Room) -> None:
    slack, alice = one.slack, one.slack.user("U1")
    asked, _ = to_preview(one)
    one.floor.spoil["whisper"] = {"text": "Line two softer."}
    clip = b"\x00\x00\x00\x18ftypM4A " + b"0" * 500
    with slack.holding(backwards=False):
        alice.uploads(clip, "C1", thread=asked, as_voice_clip=True)
        alice.says("C1", "what did you change?", thread=asked)
    slack.wait(lambda: slack.find_message("I heard: “Line two softer.”"))
    slack.wait(lambda: slack.find_message("I will change: line 2"))
    slack.wait(lambda: slack.find_message("Preview 2 is ready"))
    said = texts(slack, asked)
    heard = next(at for at, text in enumerate(said) if text.startswith("I heard"))
    answered = next(at for at, text in enumerate(said) if "Changed: line 2" in text)
    assert heard < answered


def test_a_file_that_is_no_recording_is_told_so(one: Room) -> None:
    asked, _ = to_script(one)
    one.slack.user("U1").uploads(b"%PDF", "C1", thread=asked, name="plan.pdf", mimetype="application/pdf")
    whispered(one, "U1", "words and voice clips")
