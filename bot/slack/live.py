"""What changes in messages that are there already: the meter of a render, cards that take no answer any more.

Best effort and in the agent worker: it reads the facts, updates at Slack's pace and holds nobody up. What was
missed while nobody looked is caught up with the next look.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from bot import words
from bot.doorbell import Doorbell
from bot.slack import cards
from bot.slack.api import call
from bot.slack.blocks import context
from bot.slack.names import PREFIX, spot_of, user_of
from bot.slack.text import mention
from bot.slack.workspaces import Workspaces
from bot.talk import Message, Talk, read
from studio.domain import Status
from studio.errors import NotNow, OutcomeUnknown, StudioError
from studio.messages import PREVIEW, PROGRESS, SCRIPT, Outgoing, place_of
from studio.progress import Progress, measure
from studio.store import Store, outbox, people, productions, reviews, slack

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
UPDATE_EVERY_S = 2.0
LOOK_BACK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Update:
    """A message that should look different; `final` when nothing will change it again."""

    ref: str
    card: cards.Card
    final: bool


class Live:
    """Keeps Slack's messages up to date until it is cancelled."""

    def __init__(
        self, store: Store, workspaces: Workspaces, doorbell: Doorbell, every_s: float = UPDATE_EVERY_S
    ) -> None:
        self.store, self.workspaces, self.doorbell, self.every_s = store, workspaces, doorbell, every_s
        self._final: set[str] = set()
        self._shown: dict[str, tuple[float, str]] = {}
        self._at_rest: dict[tuple[str, str], tuple[str, float]] = {}
        self._calm_until = 0.0

    async def run(self) -> None:
        """Look twice a second, for ever."""
        while True:
            try:
                await self.once()
            except (NotNow, OutcomeUnknown) as trouble:
                self._calm_until = time.monotonic() + getattr(trouble, "retry_after", 5.0)
            except StudioError as trouble:
                log.warning("A message in Slack could not be updated: %s", trouble.say)
                self._calm_until = time.monotonic() + 30.0
            except Exception:  # the edge: a message that cannot be drawn must not end the loop
                log.exception("Updating messages in Slack failed")
                self._calm_until = time.monotonic() + 30.0
            await asyncio.sleep(max(LOOK_EVERY_S, self._calm_until - time.monotonic()))

    async def once(self) -> None:
        """Bring everything up to date that may be changed now."""
        since = time.time() - LOOK_BACK_S
        for update in await self._wanted(since):
            await self._apply(update)

    async def _wanted(self, since: float) -> list[Update]:
        found = await asyncio.to_thread(self._scenes, since)
        updates: list[Update] = []
        for scene in found:
            running = [take["id"] for take in scene.talk.takes if take["state"] == "ordered"]
            rendering = scene.production["status"] == Status.RENDERING
            fractions = await self.doorbell.fractions(running) if rendering and scene.meters else {}
            wanted = scene.updates(measure(scene.talk.takes, fractions))
            updates += wanted
            if scene.rests and all(each.ref in self._final for each in wanted):
                here = (scene.production["id"], scene.talk.conversation)
                self._at_rest[here] = _state(scene.production)
        return [each for each in updates if each.ref not in self._final]

    async def _apply(self, update: Update) -> None:
        at, shown = self._shown.get(update.ref, (0.0, ""))
        text, blocks = update.card
        digest = repr(blocks)
        if digest == shown:
            return
        if time.monotonic() - at < self.every_s:
            return  # the next look brings the latest state, not every state
        self._shown[update.ref] = (time.monotonic(), digest)
        team, channel, ts = update.ref.split(":")
        client = await self.workspaces.client(team)
        try:
            await call(client.chat_update, reads=True, channel=channel, ts=ts, text=text, blocks=blocks)
        except NotNow:
            del self._shown[update.ref]
            raise
        except StudioError as trouble:  # it was deleted, or may not be edited any more
            log.info("A message in Slack stays as it is: %s", trouble.say)
            self._final.add(update.ref)
        if update.final:
            self._final.add(update.ref)
            self._shown.pop(update.ref, None)

    def _scenes(self, since: float) -> list[Scene]:
        with self.store.read() as connection:
            changed = slack.recent(connection, since)
            shown = [
                (row, name) for row, name in changed if self._at_rest.get((row["id"], name)) != _state(row)
            ]
            talks = {name: read(connection, name) for _, name in shown}
            return [self._scene(connection, row, talks[name]) for row, name in shown]

    def _scene(self, connection: Connection, row: RowMapping, talk: Talk) -> Scene:
        meters = [
            (found["body"]["version"], found)
            for found in outbox.of_production(connection, row["id"], PROGRESS)
            if found["state"] == "done" and found["ref"] not in self._final
            if found["conversation"] == talk.conversation
        ]
        cut = productions.cut_row(connection, row["id"])
        own = talk.production is not None and talk.production["id"] == row["id"]
        deciders = {
            message.key: _decided(connection, message.body["subject"], talk.conversation)
            for message in talk.messages
            if message.kind in (SCRIPT, PREVIEW) and message.closed and message.ref not in self._final
        }
        return Scene(row, talk if own else _only(talk, row["id"]), tuple(meters), cut, deciders)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, and by which user of Slack as far as links tell; `elsewhere` is " in the web desk"."""

    decision: str
    at: float
    user: str
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One production as Slack shows it: its thread, its meters (version, outbox row), who decided on cards."""

    production: RowMapping
    talk: Talk
    meters: Sequence[tuple[int, RowMapping]]
    cut: RowMapping | None
    decided: dict[str, Decided | None]

    @property
    def rests(self) -> bool:
        """Whether nothing here changes before the production's status does."""
        unsent = any(m.closed and not m.ref for m in self.talk.messages)
        return not unsent and self.production["status"] not in (Status.RENDERING, Status.DELIVERING)

    def updates(self, progress: Progress) -> list[Update]:
        """What should look different now."""
        mine = [m for m in self.talk.messages if m.production_id == self.production["id"] and m.ref]
        closed = [
            Update(message.ref, self._closed(message), True)
            for message in mine
            if message.key in self.decided
        ]
        return closed + [self._meter(version, row, progress) for version, row in self.meters]

    def _closed(self, message: Message) -> cards.Card:
        decision = self.decided[message.key]
        if decision is None:
            return cards.card_of(_outgoing(message), message.closed)
        verb = {"approve": "Approved", "cancel": "Stopped"}.get(decision.decision, "Answered")
        text, blocks = cards.card_of(_outgoing(message), f"{verb}{decision.elsewhere}.")
        if decision.user:
            clock = f"<!date^{int(decision.at)}^{{time}}|just now>"
            blocks[-1] = context(f"_{verb}{decision.elsewhere} by {mention(decision.user)}, {clock}_")
        return text, blocks

    def _meter(self, version: int, row: RowMapping, progress: Progress) -> Update:
        status = self.production["status"]
        newest = version == max(number for number, _ in self.meters)
        shown = next(
            (m.at for m in self.talk.messages if m.kind == PREVIEW and m.at > row["created_at"]), None
        )
        done = self.cut is not None and self.cut["script_version"] == version and shown is not None
        if done and shown is not None:
            took = words.duration(shown - row["created_at"])
            text = f":white_check_mark: Rendered in {took} · {words.takes(progress)}"
            return Update(row["ref"], cards.meter_over(text), True)
        if status == Status.CANCELLED:
            return Update(row["ref"], cards.meter_over(":black_square_for_stop: Stopped."), True)
        if not newest:
            text = ":leftwards_arrow_with_hook: Went on with your change, see below."
            return Update(row["ref"], cards.meter_over(text), True)
        doing = words.doing(self.talk, progress) or "Looking closely"
        return Update(row["ref"], cards.meter(version, doing, progress), False)


def _decided(connection: Connection, subject: str, conversation: str) -> Decided | None:
    row = reviews.decision_on(connection, subject)
    if row is None:
        return None
    team = f"{PREFIX}{spot_of(conversation).team}:"
    mine = [each for each in people.addresses_of(connection, row["person"]) if each.startswith(team)]
    said_in = reviews.said_in(connection, row["reply_id"])
    elsewhere = f" in {place_of(said_in)}" if said_in and not said_in.startswith(PREFIX) else ""
    return Decided(row["decision"], row["at"], user_of(next(iter(mine), row["person"])), elsewhere)


def _only(talk: Talk, production_id: str) -> Talk:
    """A thread's older production: its messages, no takes."""
    messages = tuple(m for m in talk.messages if m.production_id == production_id)
    return Talk(talk.conversation, messages, talk.production, (), None)


def _state(production: RowMapping) -> tuple[str, float]:
    return production["status"], production["updated_at"]


def _outgoing(message: Message) -> Outgoing:
    return Outgoing(message.key, "", message.kind, message.body)
