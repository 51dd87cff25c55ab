"""Who somebody in Slack is: their name, and whether they belong to the workspace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bot.slack.api import call
from bot.slack.names import person_of
from bot.slack.workspaces import Workspaces

FRESH_S = 300.0


@dataclass(frozen=True, slots=True)
class Person:
    """`team` is the person's own, `zone` as Slack has it; a guest or a stranger may not ask for videos."""

    team: str
    user: str
    name: str
    outsider: bool
    zone: str = ""

    @property
    def key(self) -> str:
        """How replies and approvals know the person."""
        return person_of(self.team, self.user)


class People:
    """Asks Slack and remembers the answer for a few minutes."""

    def __init__(self, workspaces: Workspaces) -> None:
        self.workspaces = workspaces
        self._known: dict[tuple[str, str], tuple[float, Person]] = {}

    async def who(self, team: str, user: str, own_team: str = "") -> Person:
        """The person `user`, seen from `team`; `own_team` as the event says. Raises NotNow."""
        known = self._known.get((team, user))
        if known is None or time.monotonic() - known[0] > FRESH_S:
            client = await self.workspaces.client(team)
            found = (await call(client.users_info, reads=True, user=user))["user"]
            known = (time.monotonic(), _person(found, team, user))
            self._known[team, user] = known
        person = known[1]
        if own_team and own_team != team:
            return Person(own_team, user, person.name, outsider=True, zone=person.zone)
        return person

    async def names(self, team: str, users: set[str]) -> dict[str, str]:
        """What those users are called."""
        return {user: (await self.who(team, user)).name for user in users}


def _person(found: dict[str, Any], team: str, user: str) -> Person:
    profile = found.get("profile") or {}
    name = (
        profile.get("display_name") or profile.get("real_name") or found.get("real_name") or found.get("name")
    )
    outsider = any(
        found.get(flag)
        for flag in (
            "is_restricted",
            "is_ultra_restricted",
            "is_stranger",
            "is_bot",
            "deleted",
            "is_workflow_bot",
        )
    )
    own = str(found.get("team_id") or team)
    return Person(own, user, str(name or user), bool(outsider or own != team), str(found.get("tz") or ""))
