"""Plain words for a moment of delivery: taken where they can mean one thing only, asked otherwise."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from studio import dates

pytestmark = pytest.mark.unit
BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo(BERLIN)).timestamp()  # a Sunday evening


def read(text: str, zone: str = BERLIN) -> tuple[str, str]:
    """(the moment or the question, "now" for at once, "" for none; what is left)"""
    wish, rest = dates.taken_out(text, NOW, zone)
    if wish is None:
        return "", rest
    moment = datetime.fromtimestamp(wish.due, ZoneInfo(zone)).strftime("%m-%d %H:%M") if wish.due else "now"
    return wish.ask or moment, rest


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("deliver tomorrow 9:00", "11-23 09:00"),
        ("Deliver it tomorrow at 9:00, please.", "11-23 09:00"),
        ("please publish it on Tuesday at 9:30", "11-24 09:30"),
        ("post it Tuesday, 24 November at 9 am", "11-24 09:00"),
        ("schedule it for Tuesday 24 November at 09:00", "11-24 09:00"),
        ("not before 2026-12-01 17:15", "12-01 17:15"),
        ("don't send it before Dec 3rd, 12:30 pm", "12-03 12:30"),
        ("release it January 5 at noon", "01-05 12:00"),
        ("for Tuesday 9:00", "11-24 09:00"),
        ("deliver today at 21:00", "11-22 21:00"),
        ("deliver at 21:00", "11-22 21:00"),
        ("deliver now", "now"),
        ("Send it right now!", "now"),
    ],
)
def test_plain_moments(text: str, moment: str) -> None:
    assert read(text) == (moment, "")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("deliver on Tuesday", "When on that day"),
        ("deliver tomorrow at 9", "morning or in the evening"),
        ("deliver next Tuesday 9:00", "Which Tuesday do you mean, 24 November or 1 December"),
        ("deliver Sunday 9:00", "Which Sunday do you mean, 22 November or 29 November"),
        ("deliver Monday 24 November 9:00", "24 November is a Tuesday"),
        ("deliver today 9:00", "has passed"),
        ("deliver at 9:00", "has passed"),
        ("deliver 31 November 9:00", "There is no 2026-11-31"),
        ("deliver 2026-13-01 9:00", "There is no 2026-13-01"),
        ("deliver tomorrow 25:00", "There is no 25:00"),
        ("deliver 2029-01-01 9:00", "more than a year"),
    ],
)
def test_what_is_left_open_is_asked(text: str, question: str) -> None:
    assert question in read(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "Invite them to our opening on Tuesday at 9:00",
        "We deliver on Tuesday at 9:00",
        "a toast for Tuesday 9:00 with everybody who came",
        "deliver it",
        "deliver the truth, for 9:16 formats",
        "30 seconds for LinkedIn, for our customers",
        "for Monday people",
        "post it to the blog on Tuesday at 9:00",
        "next",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert read(text) == ("", text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("30 seconds on our seed round, warm, for Tuesday 9:00", "30 seconds on our seed round, warm"),
        ("line 2 softer and deliver it Tuesday at 9:00", "line 2 softer"),
        ("approve, deliver tuesday 9:00", "approve"),
        ("Deliver on Tuesday, 24 November, 9:00. Say who we are.", "Say who we are."),
        ("Warm, for Tuesday 9:00, with thanks to Ann", "Warm, with thanks to Ann"),
    ],
)
def test_the_rest_stays(text: str, rest: str) -> None:
    assert read(text) == ("11-24 09:00", rest)


def test_the_zone_decides_and_is_said() -> None:
    wish, _ = dates.taken_out("deliver tomorrow 9:00", NOW, "America/New_York")
    assert wish is not None and wish.due is not None
    assert dates.said(wish.due, "America/New_York") == "Monday 23 November at 09:00 (America/New_York)"
    assert dates.said(wish.due, BERLIN) == "Monday 23 November at 15:00 (Europe/Berlin)"
    assert dates.is_zone(dates.zone_here()) and not dates.is_zone("Nowhere/../x") and not dates.is_zone("")


def test_a_moment_has_to_come_within_a_year() -> None:
    assert dates.fault_of(NOW - 61, NOW) == dates.PAST
    assert dates.fault_of(NOW - 30, NOW) == dates.fault_of(NOW + 3600, NOW) == ""
    assert dates.fault_of(NOW + 400 * 24 * 3600, NOW) == dates.FAR
