"""Buttons: who may press them, which version they belong to, and what they open or decide."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection, RowMapping

from bot.slack import modals
from bot.slack.api import call
from bot.slack.blocks import Block
from bot.slack.brief_form import Choice, brief_form
from bot.slack.names import spot_of, ts_of
from bot.slack.people import Person
from bot.slack.reception import Reception, card_in, refusal, subject_in
from studio.domain import ProductionId, Script
from studio.errors import NeedsFounder, StudioError
from studio.store import personas, productions

log = logging.getLogger(__name__)
STALE = "That was {old}. {why}"
NOT_YOURS = "Only who asked for this video, or who may approve it, can do that."
AGAIN = "That did not work just now. Please press it once more."
UNKNOWN = "I do not know what that button belongs to."
DECIDED, OPENS = ("approve",), ("edit", "restart", "revise", "reject")


@dataclass(frozen=True, slots=True)
class Press:
    """One pressed button; `subject` is its value."""

    action: str
    subject: str
    team: str
    channel: str
    thread_ts: str
    user: str
    own_team: str
    event_id: str
    trigger: str

    @classmethod
    def of(cls, body: Mapping[str, Any], team: str) -> Press:
        """Read a block_actions payload."""
        action, container = body["actions"][0], body.get("container") or {}
        message = body.get("message") or {}
        user = body["user"]
        pressed = f"act:{action.get('action_ts', '')}:{user['id']}:{action['action_id']}"
        return cls(
            str(action["action_id"]),
            str(action.get("value") or ""),
            team,
            str((body.get("channel") or {}).get("id") or container.get("channel_id") or ""),
            str(message.get("thread_ts") or container.get("thread_ts") or ""),
            str(user["id"]),
            str(user.get("team_id") or ""),
            pressed,
            str(body.get("trigger_id") or ""),
        )


class Clicks:
    """Handlers of buttons."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    async def pressed(self, press: Press, client: AsyncWebClient) -> None:
        """Decide, open a form, or say politely why not."""
        try:
            person = await self.reception.member(press.team, press.user, press.own_team)
            production = await self.reception.look(subject_in, press.subject, press.team, press.channel)
            if production is None:
                raise NeedsFounder(UNKNOWN)
            await self._check(press, production, person, client)
            if press.action in OPENS:
                view = await self._form(press, production)
                await call(client.views_open, trigger_id=press.trigger, view=view)
                return
            body = {"subject": press.subject, "decision": press.action}
            await self.reception.receive(
                press.event_id, production["conversation"], person.key, "decision", body
            )
        except NeedsFounder as trouble:
            await self.reception.whisper(client, press.channel, press.user, trouble.say, press.thread_ts)
        except StudioError as trouble:  # Slack repeats no click
            log.warning("A click came to nothing: %s", trouble.say)
            await self.reception.whisper(client, press.channel, press.user, AGAIN, press.thread_ts)

    async def _check(
        self, press: Press, production: RowMapping, person: Person, client: AsyncWebClient
    ) -> None:
        """Raises NeedsFounder for who may not, and for a card that takes no answer any more."""
        if press.action in DECIDED:
            if said := await self.reception.look(refusal, production, person.key):
                raise NeedsFounder(said)
        elif not await self.reception.look(may_change, production, person.key):
            raise NeedsFounder(NOT_YOURS)
        card, now = await self.reception.look(card_in, production["conversation"], press.subject)
        if card is None or not card.closed:
            return
        why = card.closed
        if now is not None and now.body.get("subject") != press.subject:
            channel = spot_of(production["conversation"]).channel
            link = await permalink(client, channel, ts_of(now.ref)) if now.ref else ""  # not noted yet
            why = f"{name_of(str(now.body['subject'])).capitalize()} is up for review now{': ' if link else '.'}{link}"
        raise NeedsFounder(STALE.format(old=name_of(press.subject), why=why))

    async def _form(self, press: Press, production: RowMapping) -> Block:
        carried = modals.about(subject=press.subject, channel=press.channel, thread=press.thread_ts)
        version = press.subject.rpartition(":")[2]
        if press.action == "revise":
            return modals.revise_form(version, carried)
        if press.action == "reject":
            return modals.reject_form(version, carried)
        if press.action == "edit":
            script = await self.reception.look(script_in, press.subject)
            return modals.script_form(script, int(version), carried)
        names = await self.reception.look(persona_names)
        early = production["due"] if (production["due"] or 0.0) > time.time() else None
        shown = Choice(
            names, self.reception.destinations, str(production["brief"]), production["options"], early
        )
        return brief_form(shown, carried, again=True)


async def permalink(client: AsyncWebClient, channel: str, ts: str) -> str:
    """The address of a message, "" when Slack does not say."""
    try:
        found = await call(client.chat_getPermalink, reads=True, channel=channel, message_ts=ts)
    except StudioError:
        return ""
    return str(found.get("permalink", ""))


def name_of(subject: str) -> str:
    """A subject in words."""
    kind, version = subject.partition(":")[0], subject.rpartition(":")[2]
    return f"{'preview' if kind == 'cut' else 'script'} {version}"


def may_change(connection: Connection, production: RowMapping, person: str) -> bool:
    """Whether somebody may change or end a production: its asker, and who may approve it."""
    return person == production["asked_by"] or personas.may_approve(
        connection, production["persona_id"], person
    )


def script_in(connection: Connection, subject: str) -> Script:
    """The script of a subject; raises NeedsFounder when there is none."""
    _, identity, version = subject.split(":")
    row = productions.script_row(connection, ProductionId(identity), int(version))
    if row is None:
        raise NeedsFounder(UNKNOWN)
    return productions.script_of(row)


def persona_names(connection: Connection) -> list[str]:
    """Everybody who may speak."""
    return [persona.name for persona in personas.all_of(connection)]
