"""The home tab, and what /clone list and /clone status say: videos of a person, and those they may approve."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot import words
from bot.slack.blocks import Block, actions, button, context, divider, header, literal, section
from bot.slack.clicks import permalink
from bot.slack.names import PREFIX, spot_of, ts_of
from bot.slack.text import clip, escape
from studio.domain import Status
from studio.errors import ConsentMissing
from studio.store import personas, productions, slack
from studio.store.personas import Persona

MOST = 30
WEEK_S = 7 * 24 * 3600.0
WAITS = (Status.SCRIPT_REVIEW, Status.CUT_REVIEW)
WORKS = (Status.DRAFTING, Status.RENDERING, Status.DELIVERING)


@dataclass(frozen=True, slots=True)
class Video:
    """One production in a list; `root` is (channel, ts) of its thread, empty until it has one."""

    brief: str
    status: Status
    updated: float
    persona: str
    root: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that concerns a person; `states` says of each persona whether it may speak."""

    videos: tuple[Video, ...]
    states: tuple[str, ...]
    delivered: int
    usd: float

    def of(self, statuses: Sequence[Status]) -> list[Video]:
        """Those that stand there."""
        return [video for video in self.videos if video.status in statuses]


def overview(connection: Connection, person: str) -> Overview:
    """The newest productions that somebody asked for or may approve, and how the personas are."""
    everybody = personas.all_of(connection)
    theirs = [one.id for one in everybody if personas.may_approve(connection, one.id, person)]
    rows = productions.of_people(connection, [person], theirs, MOST)
    names = {one.id: one.name for one in everybody}
    week = [row for row in rows if row["updated_at"] > time.time() - WEEK_S]
    return Overview(
        tuple(_video(connection, row, names) for row in rows),
        tuple(_state(connection, one, person) for one in everybody),
        sum(row["status"] == Status.DELIVERED for row in week),
        sum(productions.spent(connection, row["id"]) for row in week),
    )


def _video(connection: Connection, row: RowMapping, names: dict[Any, str]) -> Video:
    name, root = str(row["conversation"]), ("", "")
    if name.startswith(PREFIX):
        spot = spot_of(name)
        ts = spot.thread_ts or ts_of(slack.root_of(connection, name, spot.refs))
        root = (spot.channel, ts)
    status, persona = Status(row["status"]), names.get(row["persona_id"], "")
    return Video(str(row["brief"]), status, float(row["updated_at"]), persona, root)


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
    for title, statuses, empty in (
        ("Waits for you", WAITS, "Nothing waits for you."),
        ("In the making", WORKS, ""),
        ("Ended", (Status.DELIVERED, Status.CANCELLED, Status.FAILED), ""),
    ):
        rows = [await row(video, client) for video in seen.of(statuses)[:8]]
        if rows or empty:
            blocks += [divider(), section(f"*{title}*"), *(section(each) for each in rows)]
        if not rows and empty:
            blocks.append(context(empty))
    blocks += [divider(), section("*Who may speak*")]
    blocks += [section(state) for state in seen.states[:10]] or [
        context("Nobody yet: `aiclone persona add`.")
    ]
    week = f"This week: {seen.delivered} delivered · {words.money(seen.usd)}"
    return {"type": "home", "blocks": [*blocks, divider(), context(week)]}


async def row(video: Video, client: AsyncWebClient) -> str:
    """One video in a line, with a link to its thread."""
    channel, ts = video.root
    link = await permalink(client, channel, ts) if ts else ""
    brief = literal(clip(" ".join(video.brief.split()), 120), 200)
    title = f"<{link}|{brief.replace('|', '¦')}>" if link else brief
    return f"{title}\n_{words.STATUS[video.status]} · {words.ago(time.time() - video.updated)}_"
