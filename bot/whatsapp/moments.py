"""Moments of delivery that a list offers, so that nobody types a date on a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from studio import dates

SOON, MOST, DAYS = timedelta(minutes=10), 9, 7
HOURS = (9, 12, 18)
FORM = "%Y-%m-%d %H:%M"


def offered(now: float, zone: str) -> list[tuple[str, str, str]]:
    """(moment as `FORM`, title, description) of today's and tomorrow's hours and the mornings after."""
    here = datetime.fromtimestamp(now, ZoneInfo(zone))
    found = []
    for ahead in range(DAYS):
        day = here + timedelta(days=ahead)
        name = ("Today", "Tomorrow")[ahead] if ahead < 2 else dates.DAYS[day.weekday()]
        for hour in HOURS if ahead < 2 else HOURS[:1]:
            moment = day.replace(hour=hour, minute=0, second=0, microsecond=0)
            if moment - here >= SOON:
                shown = dates.said(moment.timestamp(), zone).partition(" at ")[0]
                found.append((f"{moment:{FORM}}", f"{name} {hour}:00", shown))
    return found[:MOST]


def has_passed(moment: str, now: float, zone: str) -> bool:
    """Whether a moment is over, or none at all."""
    try:
        then = datetime.strptime(moment, FORM).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return True
    return then.timestamp() <= now
