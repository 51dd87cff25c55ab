"""/clone, the shortcuts and the home tab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import modals
from bot.slack.api import Refused, call
from bot.slack.brief_form import Choice, brief_form
from bot.slack.clicks import persona_names
from bot.slack.home import home, listed, overview, row
from bot.slack.names import person_of
from bot.slack.reception import OPENING, Reception
from bot.slack.text import mentioned, plain
from bot.slack.words import HELP, NOTHING, ON_IT

Json = Mapping[str, Any]
Answer = dict[str, Any]


class Commands:
    """Handlers of what a person starts with."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    async def clone(self, command: Json, team: str, client: AsyncWebClient) -> Answer:
        """What to acknowledge /clone with."""
        user, channel = str(command["user_id"]), str(command["channel_id"])
        text = str(command.get("text") or "").strip()
        word = text.lower()
        person = await self.reception.member(team, user, str(command.get("team_id") or ""))
        if word == "help":
            return _said(HELP)
        if word in ("list", "status"):
            return await self._list(person.key, word == "status", client)
        if word in ("", "new", "form"):
            await self._open_form(str(command["trigger_id"]), modals.about(channel=channel), client)
            return {}
        names = await self.reception.people.names(team, mentioned(text))
        event_id = f"cmd:{command['trigger_id']}"
        conversation, said = await self.reception.place(client, team, channel, user, event_id, ON_IT)
        body = {"text": plain(text, names), "opening": OPENING, "zone": person.zone}
        await self.reception.receive(event_id, conversation, person.key, "text", body)
        return _said(said) if said else {}

    async def make_video(self, shortcut: Json, team: str, client: AsyncWebClient) -> None:
        """A message's words become a brief, in the thread below it; raises NeedsFounder."""
        user = shortcut["user"]
        await self.reception.member(team, str(user["id"]), str(user.get("team_id") or ""))
        message, channel = shortcut["message"], str(shortcut["channel"]["id"])
        names = await self.reception.people.names(team, mentioned(str(message.get("text") or "")))
        brief = plain(str(message.get("text") or ""), names)
        carried = modals.about(channel=channel, thread=str(message.get("thread_ts") or message["ts"]))
        await self._open_form(str(shortcut["trigger_id"]), carried, client, brief)

    async def new_video(self, body: Json, team: str, client: AsyncWebClient) -> None:
        """The form from anywhere; the thread begins in a direct message. Raises NeedsFounder."""
        user = body["user"]
        await self.reception.member(team, str(user["id"]), str(user.get("team_id") or ""))
        await self._open_form(str(body["trigger_id"]), modals.about(), client)

    async def home(self, event: Json, team: str, client: AsyncWebClient) -> None:
        """Draw the home tab of whoever opened it."""
        if event.get("tab") != "home":
            return
        user = str(event["user"])
        zone = (await self.reception.people.who(team, user)).zone
        seen = await self.reception.look(overview, person_of(team, user), zone)
        view = await home(seen, client)
        try:
            await call(client.views_publish, reads=True, user_id=user, view=view)
        except Refused as trouble:
            if trouble.code != "hash_conflict":  # somebody published something newer
                raise

    async def _open_form(self, trigger: str, carried: str, client: AsyncWebClient, brief: str = "") -> None:
        names = await self.reception.look(persona_names)
        view = brief_form(Choice(names, self.reception.destinations, brief), carried)
        await call(client.views_open, trigger_id=trigger, view=view)

    async def _list(self, person: str, now: bool, client: AsyncWebClient) -> Answer:
        videos = await self.reception.look(listed, person, now)
        if not videos:
            return _said("Nothing is in the making and nothing waits for you." if now else NOTHING)
        rows = [await row(video, client) for video in videos]
        return _said("\n".join(f"• {each}" for each in rows))


def _said(text: str) -> Answer:
    return {"response_type": "ephemeral", "text": text}
