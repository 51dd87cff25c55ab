"""The home tab, and what /clone list and /clone status say: videos of a person, and those they may approve."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot import words
from bot.slack.blocks import Block, actions, button, context, divider, header, literal, section
from bot.slack.clicks import permalink
from bot.slack.names import PREFIX, spot_of, ts_of
from bot.slack.text import clip, escape
from studio import dates
from studio.domain import Status
from studio.errors import ConsentMissing
from studio.store import personas, slack
from studio.store.personas import Persona

SHOWN, LISTED = 8, 10
WAITS = (Status.SCRIPT_REVIEW, Status.CUT_REVIEW, Status.FAILED)
WORKS = (Status.DRAFTING, Status.RENDERING, Status.DELIVERING)
DATED = (Status.SCHEDULED,)
ENDED = (Status.DELIVERED, Status.CANCELLED)
SECTIONS = (
    ("Waits for you", WAITS, "Nothing waits for you."),
    ("In the making", WORKS, ""),
    ("Waits for its date", DATED, ""),
    ("Ended", ENDED, ""),
)


@dataclass(frozen=True, slots=True)
class Video:
    """One production in a list; `root` is (channel, ts) of its thread, empty until it has one.

    `when` is its date in words, "" for none.
    """

    brief: str
    status: Status
    updated: float
    persona: str
    root: tuple[str, str]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """What one persona's videos came to since Monday; `coming` have a date before next Monday."""

    persona: str
    asked: int
    delivered: int
    coming: int
    usd: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All that concerns a person; `states` says of each persona whether it may speak."""

    videos: Mapping[str, Sequence[Video]]
    states: tuple[str, ...]
    week: tuple[Week, ...]


def listed(connection: Connection, person: str, now: bool) -> list[Video]:
    """The newest videos of a person; `now`: only those that wait for somebody, for a date, or are being made."""
    everybody = personas.all_of(connection)
    rows = slack.of_people(
        connection, person, _theirs(connection, person), (*WAITS, *WORKS, *DATED) if now else None, LISTED
    )
    return [_video(connection, row, {one.id: one.name for one in everybody}) for row in rows]


def overview(connection: Connection, person: str, zone: str) -> Overview:
    """What waits, is made, has a date and ended lately, how the personas are, and this week in that zone."""
    everybody, theirs = personas.all_of(connection), _theirs(connection, person)
    names = {one.id: one.name for one in everybody}
    since, until = week_in(zone, time.time())
    return Overview(
        {
            title: [
                _video(connection, row, names)
                for row in slack.of_people(connection, person, theirs, statuses, SHOWN)
            ]
            for title, statuses, _ in SECTIONS
        },
        tuple(_state(connection, one, person) for one in everybody),
        tuple(
            Week(
                names.get(row["persona_id"], "somebody removed"),
                row["asked"],
                row["delivered"],
                row["coming"],
                row["usd"],
            )
            for row in slack.week_of(connection, person, theirs, since, until)
        ),
    )


def week_in(zone: str, now: float) -> tuple[float, float]:
    """From Monday 0:00 to the next one (Unix s)."""
    moment = datetime.fromtimestamp(now, ZoneInfo(zone if dates.is_zone(zone) else "UTC"))
    monday = moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=moment.weekday())
    return monday.timestamp(), (monday + timedelta(days=7)).timestamp()


def _theirs(connection: Connection, person: str) -> list[str]:
    everybody = personas.all_of(connection)
    return [one.id for one in everybody if personas.may_approve(connection, one.id, person)]


def _video(connection: Connection, row: RowMapping, names: Mapping[Any, str]) -> Video:
    name, root = str(row["conversation"]), ("", "")
    if name.startswith(PREFIX):
        spot = spot_of(name)
        ts = spot.thread_ts or ts_of(slack.root_of(connection, name, spot.refs))
        root = (spot.channel, ts)
    status, persona = Status(row["status"]), names.get(row["persona_id"], "")
    when = dates.said(row["due"], row["zone"]) if row["due"] and status not in ENDED else ""
    return Video(str(row["brief"]), status, float(row["updated_at"]), persona, root, when)


def _state(connection: Connection, persona: Persona, person: str) -> str:
    try:
        consent = personas.require_consent(connection, persona)
    except ConsentMissing as trouble:
        return f":red_circle: *{escape(persona.name)}*  {escape(trouble.say)}"
    kind = "sample persona" if consent["exemption"] else "consent on file"
    yours = "you may approve" if personas.may_approve(connection, persona.id, person) else "others approve"
    return f":large_green_circle: *{escape(persona.name)}*  {kind} · {yours}"


async def home(seen: Overview, client: AsyncWebClient) -> Block:
    """The home tab's view."""
    blocks = [header("Your videos"), actions(button("New video", "new", style="primary"))]
    for title, _, empty in SECTIONS:
        rows = [await row(video, client) for video in seen.videos.get(title, ())]
        if rows or empty:
            blocks += [divider(), section(f"*{title}*"), *(section(each) for each in rows)]
        if not rows and empty:
            blocks.append(context(empty))
    blocks += [divider(), section("*This week*"), context("\n".join(_week(seen.week)) or "Nothing yet.")]
    blocks += [divider(), section("*Who may speak*")]
    blocks += [section(state) for state in seen.states[:10]] or [
        context("Nobody yet: `aiclone persona add`.")
    ]
    return {"type": "home", "blocks": blocks}


def _week(week: Sequence[Week]) -> Iterator[str]:
    for one in week[:10]:
        counts = f"{one.delivered} delivered · {one.coming} to come on their dates · {one.asked} asked for"
        yield f"*{escape(one.persona)}*  {counts} · {words.money(one.usd)}"


async def row(video: Video, client: AsyncWebClient) -> str:
    """One video in a line, with a link to its thread."""
    channel, ts = video.root
    link = await permalink(client, channel, ts) if ts else ""
    brief = literal(clip(" ".join(video.brief.split()), 120), 200)
    title = f"<{link}|{brief.replace('|', '¦')}>" if link else brief
    when = f" · {escape(video.when)}" if video.when else f" · {words.ago(time.time() - video.updated)}"
    return f"{title}\n_{words.STATUS[video.status]}{when}_"
