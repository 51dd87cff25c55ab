"""Filled-in forms: checked while they are open, then one inbox row each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot.slack import brief_form, modals
from bot.slack.api import Unreachable, call
from bot.slack.blocks import answers
from bot.slack.clicks import NOT_YOURS, UNKNOWN, may_change, name_of, script_in
from bot.slack.names import Spot
from bot.slack.people import Person
from bot.slack.reception import OPENING, Reception, card_in, subject_in, thread_in
from bot.slack.words import ON_IT
from studio.errors import NeedsFounder, NotNow, StudioError
from studio.store import productions

Json = Mapping[str, Any]
Answer = dict[str, Any]
FIRST = {modals.BRIEF: "brief", modals.RESTART: "brief", modals.REVISE: "text", modals.REJECT: "text"}


class SentForms:
    """The handler of view_submission; an empty answer closes the form, another one says what is wrong."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    async def sent(self, body: Json, team: str, client: AsyncWebClient) -> Answer:
        """What to acknowledge the form with."""
        view, user = body["view"], body["user"]
        name = str(view["callback_id"])
        try:
            person = await self.reception.member(team, str(user["id"]), str(user.get("team_id") or ""))
            event_id = f"view:{view['id']}:{view.get('hash', '')}"
            if name in (modals.BRIEF, modals.RESTART):
                faults = brief_form.faults_of(answers(view), self.reception.destinations, time.time())
                if faults:
                    return {"response_action": "errors", "errors": faults}
            if name == modals.BRIEF:
                await self._brief(view, team, person, event_id, client)
                return {}
            return await self._answered(name, view, team, person, event_id)
        except (NeedsFounder, NotNow, StudioError) as trouble:
            field = FIRST.get(name) or next(iter(view["state"]["values"]), "")
            return {"response_action": "errors", "errors": {field: trouble.say}}

    async def _brief(
        self, view: Json, team: str, person: Person, event_id: str, client: AsyncWebClient
    ) -> None:
        given, carried = answers(view), modals.about_of(view)
        channel, thread = carried.get("channel", ""), carried.get("thread", "")
        spot = Spot(team, channel, thread)
        taken = await self.reception.look(_has_production, spot) if thread else False
        said = ON_IT
        if thread and not taken and await self._can_answer(client, spot, person.user):
            conversation = spot.conversation
        else:
            conversation, said = await self.reception.place(
                client, team, channel, person.user, event_id, ON_IT
            )
        body = brief_form.body_of(given, person.zone) | {"opening": OPENING}
        await self.reception.receive(event_id, conversation, person.key, "text", body)
        if said and channel and not thread:
            self.reception.later(self.reception.whisper(client, channel, person.user, said))

    async def _can_answer(self, client: AsyncWebClient, spot: Spot, user: str) -> bool:
        try:
            await call(
                client.chat_postEphemeral,
                channel=spot.channel,
                user=user,
                text=ON_IT,
                thread_ts=spot.thread_ts,
            )
        except Unreachable:
            return False
        return True

    async def _answered(self, name: str, view: Json, team: str, person: Person, event_id: str) -> Answer:
        carried, given = modals.about_of(view), answers(view)
        subject = carried["subject"]
        production = await self.reception.look(subject_in, subject, team, carried["channel"])
        if production is None:
            raise NeedsFounder(UNKNOWN)
        if not await self.reception.look(may_change, production, person.key):
            raise NeedsFounder(NOT_YOURS)
        await self._is_current(production, subject)
        if name == modals.EDIT:
            return await self._edited(given, subject, production, person, event_id)
        conversation, kind = str(production["conversation"]), "text"
        body: dict[str, Any] = {"text": given.get("text", ""), "zone": person.zone}
        if name == modals.RESTART:
            body = brief_form.body_of(given, person.zone) | {"opening": OPENING, "instead_of": subject}
        if name == modals.REJECT:
            kind, body = "decision", {**body, "subject": subject, "decision": "reject"}
        elif not body["text"]:
            raise NeedsFounder("Write what you want to say first.")
        await self.reception.receive(event_id, conversation, person.key, kind, body)
        return {}

    async def _edited(
        self, given: Mapping[str, str], subject: str, production: RowMapping, person: Person, event_id: str
    ) -> Answer:
        script = await self.reception.look(script_in, subject)
        faults = modals.faults_of(script, given)
        if faults:
            return {"response_action": "errors", "errors": faults}
        edits = modals.edits_of(script, given)
        if edits:
            body = {"subject": subject, "edits": edits}
            await self.reception.receive(event_id, str(production["conversation"]), person.key, "edits", body)
        return {}

    async def _is_current(self, production: RowMapping, subject: str) -> None:
        card, now = await self.reception.look(card_in, production["conversation"], subject)
        if card is not None and card.closed:
            newer = f" {name_of(str(now.body['subject'])).capitalize()} is up for review now." if now else ""
            raise NeedsFounder(f"That was {name_of(subject)}. {card.closed}{newer}")


def _has_production(connection: Connection, spot: Spot) -> bool:
    known = thread_in(connection, spot)
    return bool(known) and productions.active_in(connection, known) is not None
