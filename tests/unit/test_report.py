"""Limits and sentences of the quality report."""

from __future__ import annotations

import json

import pytest

from studio.engine import Json, Kind
from studio.limits import State
from studio.profiles import PROFILES
from studio.report import HeardLine, Report, SeenShot, build_report
from tests.fakes.measures import lip_scores

pytestmark = pytest.mark.unit

TEXT = "We closed our seed round this week and I could not be more grateful."
SHOT: Json = {
    "speech_s": 4.0,
    "lip_motion": 0.3,
    "lip_scores": lip_scores(0.8, -40.0),
    "faces": 1.0,
    "identity": 0.95,
    "open_in_silence": 0.01,
    "mouth_sharpness": 0.7,
    "freeze_s": 0.04,
    "black_frames": 0,
}
CUT: Json = {
    "freeze_s": 0.08,
    "black_frames": 0,
    "loudness": -16.2,
    "true_peak": -2.0,
    "seconds": 30.0,
    "violations": [],
}


def report(
    heard: str = TEXT, shot: Json | None = None, cut: Json | None = None, asked: float | None = 30.0
) -> Report:
    lines = [HeardLine("l1", TEXT, TEXT), HeardLine("l2", TEXT, heard)]
    shots = [SeenShot(("l1",), SHOT), SeenShot(("l2",), SHOT | (shot or {}))]
    return build_report(lines, shots, CUT | (cut or {}), PROFILES["square"], asked)


def test_a_clean_cut_is_green_and_says_so() -> None:
    clean = report()
    assert clean.state is State.GREEN and not clean.red()
    assert len(clean.items) == 16
    assert json.loads(json.dumps(clean.as_json()))[0]["state"] == "green"


SPEECH_DEFECTS = [
    ("We lost our seed funding that year and I could never feel more hateful.", "words"),
    (TEXT + " And also subscribe below.", "tail"),
    ("We closed our seed round our seed round this week and I could not be more grateful.", "repeats"),
    ("We closed our seed round this week and I could not be more grateful be more grateful.", "repeats"),
    ("", "words"),
]


@pytest.mark.parametrize(("heard", "name"), SPEECH_DEFECTS)
def test_wrong_words_ask_for_that_line_again(heard: str, name: str) -> None:
    red = report(heard).red()
    assert [item.name for item in red] == [name]
    assert red[0].line_ids == ("l2",)
    assert red[0].remedy is Kind.VOICE


def test_one_misheard_word_is_no_defect() -> None:
    assert report(TEXT.replace("seed", "seat")).state is State.GREEN


SHOT_DEFECTS: list[tuple[Json, str]] = [
    ({"faces": 0.5}, "face"),
    ({"identity": 0.6}, "likeness"),
    ({"lip_scores": lip_scores(0.2)}, "lips"),
    ({"lip_motion": 0.005}, "lips"),
    ({"lip_scores": lip_scores(0.1, 280.0)}, "lips"),
    ({"lip_scores": lip_scores(0.8, 200.0)}, "sync"),
    ({"lip_scores": lip_scores(0.8, -200.0)}, "sync"),
    ({"open_in_silence": 0.3}, "silence"),
    ({"mouth_sharpness": 0.1}, "sharpness"),
    ({"freeze_s": 1.2}, "freezes"),
    ({"black_frames": 5}, "black"),
]


@pytest.mark.parametrize(("facts", "name"), SHOT_DEFECTS)
def test_a_bad_shot_asks_for_that_shot_again(facts: Json, name: str) -> None:
    red = report(shot=facts).red()
    assert [(item.name, item.shots, item.line_ids) for item in red] == [(name, (1,), ("l2",))]
    assert red[0].remedy is Kind.ANIMATE


def test_too_little_speech_is_not_judged() -> None:
    facts: Json = {"speech_s": 0.8, "lip_scores": lip_scores(0.1, 300.0), "lip_motion": 0.01}
    assert report(shot=facts).state is State.GREEN


def test_what_is_slightly_wrong_everywhere_shows_in_all_shots_together() -> None:
    facts: Json = {"speech_s": 2.0, "lip_scores": lip_scores(0.45)}
    one = build_report([], [SeenShot(("l1",), SHOT | facts)], CUT, PROFILES["square"])
    many = build_report([], [SeenShot((f"l{at}",), SHOT | facts) for at in range(8)], CUT, PROFILES["square"])
    lips = {item.name: item for item in many.items}["lips"]
    assert one.state is State.GREEN
    assert lips.state is State.AMBER and lips.shots == tuple(range(8))


CUT_DEFECTS: list[tuple[Json, str, Kind | None]] = [
    ({"loudness": -10.0}, "loudness", Kind.CUT),
    ({"loudness": -22.0}, "loudness", Kind.CUT),
    ({"true_peak": 0.3}, "peak", Kind.CUT),
    ({"seconds": 45.0}, "duration", None),
    ({"violations": ["codec: vp9 instead of h264"]}, "profile", Kind.CUT),
    ({"freeze_s": 2.0}, "freezes", Kind.CUT),
]


@pytest.mark.parametrize(("facts", "name", "remedy"), CUT_DEFECTS)
def test_a_bad_file_is_named(facts: Json, name: str, remedy: Kind | None) -> None:
    assert [(item.name, item.remedy) for item in report(cut=facts).red()] == [(name, remedy)]


def test_without_an_asked_length_any_length_is_right() -> None:
    assert report(cut={"seconds": 300.0}, asked=None).state is State.GREEN


def test_near_a_limit_it_is_amber_with_the_same_sentence_as_red() -> None:
    amber = {
        item.name: item for item in report(shot={"lip_scores": lip_scores(0.8, 100.0), "speech_s": 9.0}).items
    }["sync"]
    assert amber.state is State.AMBER
    assert amber.sentence == "Picture and voice are out of step."
