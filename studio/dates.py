"""A moment of delivery: how it is said, in whose zone, and which plain words name it without a guess.

Words are taken only where they can mean nothing else: a clause of its own that says to deliver, publish, post,
release, send or schedule, or "for <day> <time>". Whatever it leaves open (the hour, which Tuesday) is asked.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
PAST = "That moment has passed; choose a later one."
FAR = "That is more than a year away; choose an earlier moment."
AT_WHAT_TIME = "When on that day should it be delivered? Write for example “deliver {day} 9:00”."
STOPS = ("cancel", "cancel it", "cancel that", "stop", "stop it")
GRACE_S, MOST_S, LONGEST = 60.0, 366 * 24 * 3600.0, 80

_DAY = "|".join(f"{day}|{day[:3]}" for day in DAYS)
_MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
_PARTS = (
    ("iso", r"(\d{4})-(\d\d)-(\d\d)"),
    ("date", rf"(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?"),
    ("month", rf"({_MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}})\b)?"),
    ("next", rf"next (?={_DAY})"),
    ("weekday", rf"({_DAY})\b"),
    ("near", r"(today|tomorrow)\b"),
    ("clock", r"(\d{1,2}):([0-5]\d)(?: ?([ap])\.?m\b\.?)?"),
    ("hour", r"(1[0-2]|[1-9]) ?([ap])\.?m\b\.?"),
    ("noon", r"(noon)\b"),
    ("bare", r"at (\d{1,2})\b(?: o'clock)?"),
)
_FILLER = re.compile(r"\b(?:on|at|the|for|please|then|of)\b|[,\s]")
_VERB = r"(?:deliver|publish|post|release|send|schedule)"
_IT = r"(?: (?:it|this|that|the video))?(?: out)?(?: please)?"
_START = re.compile(
    rf"(?:^|(?<=[,;.!?\n]))\s*(?:(?:and|but|then|please|yes|ok(?:ay)?)[, ]+)*"
    rf"(?:{_VERB}{_IT} (?:not before |only |it )?|(?:not|don['’]t {_VERB}{_IT}) before |for )",
    re.IGNORECASE,
)
_AND = re.compile(rf"\s+(?:and|but)\s+(?=(?:please )?{_VERB}|don['’]t {_VERB}|not before )", re.IGNORECASE)
_END = re.compile(r"[;!?\n]|\.(?=\s|$)|,? (?:and|but) |,")
_NOW = re.compile(
    rf"(?:please )?(?:{_VERB}{_IT} (?:right )?(?:now|at once|immediately|right away|straight away|without a date)"
    rf"|no (?:delivery )?date)(?: please)?[.! ]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """When it should be delivered: Unix seconds, None for at once; `ask` instead when words leave it open."""

    due: float | None = None
    ask: str = ""


def zone_here() -> str:
    """The name of this machine's zone, "UTC" when it has none."""
    linked = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return linked if is_zone(linked) else "UTC"


def is_zone(name: str) -> bool:
    """Whether a zone of that name is known here."""
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def said(due: float, zone: str) -> str:
    """ "Tuesday 24 November at 09:00 (Europe/Berlin)", with the year when it is another one."""
    name = zone if is_zone(zone) else zone_here()
    moment, now = datetime.fromtimestamp(due, ZoneInfo(name)), datetime.now(ZoneInfo(name))
    year = "" if moment.year == now.year else f" {moment.year}"
    day = f"{DAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]}{year}"
    return f"{day} at {moment:%H:%M} ({name})"


def fault_of(due: float, now: float) -> str:
    """Why nothing can wait for that moment, "" when it can."""
    return PAST if due < now - GRACE_S else FAR if due > now + MOST_S else ""


def concerns_delivery(text: str) -> bool:
    """Whether words are about a delivery that waits: another date, now, or not at all."""
    wish, rest = taken_out(text, time.time(), "UTC")
    return text.strip().lower().strip(".! ") in STOPS or (wish is not None and not rest)


def taken_out(text: str, at: float, zone: str, joined: bool = True) -> tuple[Wish | None, str]:
    """The wish for a date in a text written at `at`, None for none, and what is left without its clause.

    `joined`: also behind an "and", where a brief may tell a story ("we bake and deliver on Monday, 9:00").
    """
    if _NOW.fullmatch(text.strip()):
        return Wish(), ""
    marked = _AND.sub("; ", text) if joined else text
    for start in _START.finditer(marked):
        most = min(len(marked), start.end() + LONGEST)
        ends = [found.start() for found in _END.finditer(marked, start.end(), most)] + [most]
        for end in reversed(ends):
            wish = _read(marked[start.end() : end], at, ZoneInfo(zone if is_zone(zone) else zone_here()))
            if wish is not None:
                before, after = marked[: start.start()].rstrip(" ,;"), marked[end:].lstrip(" ,;.!\n")
                return wish, f"{before}{', ' if before[-1:].isalnum() and after else ' '}{after}".strip()
    return None, text


def _read(words: str, at: float, zone: ZoneInfo) -> Wish | None:
    """The moment that words name, when they do nothing else."""
    rest, found = words, dict[str, tuple[str, ...]]()
    for name, pattern in _PARTS:
        seen = re.search(rf"(?<![\w.:]){pattern}", rest, re.IGNORECASE)
        if seen is not None:
            found[name] = tuple(part or "" for part in seen.groups())
            rest = f"{rest[: seen.start()]} {rest[seen.end() :]}"
    if not found or _FILLER.sub("", rest.lower()) or ("next" in found and len(found) == 1):
        return None
    now = datetime.fromtimestamp(at, zone)
    day = _day(found, now.date())
    if isinstance(day, str):
        return Wish(ask=day)
    return _at(day, _hour(found), now)


def _at(day: date | None, hour: tuple[int, int] | str | None, now: datetime) -> Wish:
    if isinstance(hour, str):
        return Wish(ask=hour)
    if hour is None:
        assert day is not None
        return Wish(ask=AT_WHAT_TIME.format(day=f"{day.day} {MONTHS[day.month - 1]}"))
    moment = datetime(*(day or now.date()).timetuple()[:3], *hour, tzinfo=now.tzinfo)
    if day is None and moment <= now:
        return Wish(
            ask=f"{moment:%H:%M} today has passed. Write for example “deliver tomorrow {moment:%H:%M}”."
        )
    fault = fault_of(moment.timestamp(), now.timestamp())
    return Wish(ask=fault) if fault else Wish(moment.timestamp())


def _day(found: dict[str, tuple[str, ...]], today: date) -> date | str | None:
    """The day, None for none named, or a question."""
    weekday = (
        [day[:3].lower() for day in DAYS].index(found["weekday"][0][:3].lower()) if "weekday" in found else -1
    )
    if "near" in found:
        named = today + timedelta(days=found["near"][0].lower() == "tomorrow")
    elif found.keys() & {"iso", "date", "month"}:
        dated = _dated(found, today)
        if isinstance(dated, str):
            return dated
        named = dated
    elif weekday >= 0:
        named = today + timedelta(days=(weekday - today.weekday()) % 7)
        later = named + timedelta(days=7)
        if "next" in found or named == today:
            one, other = (f"{day.day} {MONTHS[day.month - 1]}" for day in (named, later))
            return f"Which {DAYS[weekday]} do you mean, {one} or {other}? Write for example “deliver {other} 9:00”."
        return named
    else:
        return None
    if weekday >= 0 and weekday != named.weekday():
        return f"{named.day} {MONTHS[named.month - 1]} is a {DAYS[named.weekday()]}. Which day do you mean?"
    return named


def _dated(found: dict[str, tuple[str, ...]], today: date) -> date | str:
    if "iso" in found:
        year, month, day = (int(part) for part in found["iso"])
    else:
        day_, name, year_ = found["date"] if "date" in found else [found["month"][at] for at in (1, 0, 2)]
        months = [each[:3].lower() for each in MONTHS]
        day, month, year = int(day_), months.index(name[:3].lower()) + 1, int(year_ or today.year)
    try:
        named = date(year, month, day)
        passed = named < today and "iso" not in found and not year_
        return date(year + 1, month, day) if passed else named
    except ValueError:
        return f"There is no {year}-{month:02}-{day:02}. Which day do you mean?"


def _hour(found: dict[str, tuple[str, ...]]) -> tuple[int, int] | str | None:
    """(hour, minute), None for none named, or a question."""
    if "noon" in found:
        return 12, 0
    if "bare" in found:
        return "Is that in the morning or in the evening? Write for example “9:00” or “21:00”."
    if "clock" not in found and "hour" not in found:
        return None
    hour, minute, half = found["clock"] if "clock" in found else (found["hour"][0], "0", found["hour"][1])
    if half:
        twelve = int(hour) % 12 + (12 if half.lower() == "p" else 0)
        return (twelve, int(minute)) if 1 <= int(hour) <= 12 else f"What time is {hour}:{minute} {half}m?"
    return (int(hour), int(minute)) if int(hour) < 24 else f"There is no {hour}:{minute}. At what time?"
