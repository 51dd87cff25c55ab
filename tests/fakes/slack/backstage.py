"""Everything a test may do behind the scenes, by name and with plain JSON: the driver's other end."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.slack.answers import Answers
from tests.fakes.slack.chat import shown
from tests.fakes.slack.delivery import Dispatcher, Switches
from tests.fakes.slack.gate import Fault, Gate
from tests.fakes.slack.http_mode import HttpMode
from tests.fakes.slack.socket_mode import SocketMode
from tests.fakes.slack.stage import Stage
from tests.fakes.slack.tokens import uninstall
from tests.fakes.slack.workspace import App, Channel, Json, User, Workspace


class Backstage(Stage):
    """The people of Stage, and the switches of the world; lives in the server's loop."""

    def __init__(self, url: str, app: App) -> None:
        super().__init__(Workspace(url, app))
        self.world.populate()
        self.switches = Switches()
        self.gate = Gate(self.world)
        self.answers = Answers(self.world)
        self.socket_mode = SocketMode(self.world, self.switches)
        self.dispatcher = Dispatcher(self.world, self.switches)
        self.dispatcher.transport = self.socket_mode
        self.dispatcher.answered = self.answers.delivered
        self.world.deliver = self.dispatcher.deliver
        self.world.later = lambda seconds, do: asyncio.get_running_loop().call_later(seconds, do)
        self.http_mode: HttpMode | None = None

    async def perform(self, name: str, args: Json) -> Any:
        """Do what `name` says; JSON in, JSON out. Raises Impossible, KeyError."""
        if name.startswith("_") or name == "perform":
            raise KeyError(name)
        done = getattr(self, name)(**args)
        return await done if inspect.isawaitable(done) else done

    def calls(self, method: str = "") -> list[Json]:
        """The recorded calls."""
        return [call for call in self.world.calls if method in ("", call["method"])]

    def violations(self) -> list[Json]:
        """All that was wrong so far."""
        return list(self.world.violations)

    def pardon(self, code: str) -> int:
        """Forget violations that a test provoked; how many there were."""
        before = len(self.world.violations)
        self.world.violations = [v for v in self.world.violations if v["code"] != code]
        return before - len(self.world.violations)

    def messages(self, channel: str = "") -> list[Json]:
        """Messages in order of their ts, each with its channel."""
        places = [c for c in self.world.channels.values() if channel in ("", c.id)]
        found = [{**shown(m, metadata=True), "channel": c.id} for c in places for m in c.messages.values()]
        return sorted(found, key=lambda m: str(m["ts"]))

    def ephemerals(self) -> list[Json]:
        """What single persons were shown."""
        return list(self.world.ephemerals)

    def edits(self) -> list[Json]:
        """What messages said before each chat.update."""
        return list(self.world.edits)

    def views(self, user: str = "") -> list[Json]:
        """The modals that are open, topmost last."""
        stacks = [s for u, s in self.world.stacks.items() if user in ("", u)]
        return [self.world.views[v] for stack in stacks for v in stack]

    def home(self, user: str) -> Json | None:
        """A person's home tab."""
        return self.world.views.get(self.world.homes.get(user, ""))

    def statuses(self) -> list[Json]:
        """What assistant.threads.setStatus said."""
        return list(self.world.statuses)

    def delivery(self, id: str) -> Json:
        """How a delivery stands."""
        return self.dispatcher.deliveries[id].seen()

    def deliveries(self) -> list[Json]:
        """All deliveries so far."""
        return [d.seen() for d in self.dispatcher.deliveries.values()]

    def fault(self, method: str, then: str, do: bool = False, seconds: float = 0.0, times: int = 1) -> None:
        """Plan what goes wrong with the next calls of a method (see gate.Fault)."""
        self.gate.faults[method].extend(Fault(then, do, seconds) for _ in range(times))

    def rates(self, strict: bool) -> None:
        """Slack's rate limits, on or off."""
        self.gate.strict_rates = strict

    def switch(self, **changes: Any) -> Json:
        """Set Switches by name; all of them as they are now."""
        for name, value in changes.items():
            if not hasattr(self.switches, name):
                raise KeyError(name)
            setattr(self.switches, name, value)
        return asdict(self.switches)

    def release(self, backwards: bool = True) -> int:
        """Let held events go."""
        return self.dispatcher.release(backwards)

    def passes(self, seconds: float) -> None:
        """Let time pass for triggers, response_urls and limits."""
        self.world.ahead += seconds

    def slow_shares(self, seconds: float) -> None:
        """How long after completeUploadExternal the message appears."""
        self.world.share_after = seconds

    def files_elsewhere(self, on: bool = True) -> None:
        """Downloads are redirected to another host; a client that takes its token along is noted."""
        self.world.files_elsewhere = on

    def connections(self) -> Json:
        """Socket Mode: how many now, how many ever."""
        return {"now": len(self.socket_mode.connections), "ever": self.socket_mode.served}

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the clients to reconnect."""
        await self.socket_mode.refresh(reason)

    def cut(self) -> None:
        """Break the connections."""
        self.socket_mode.cut()

    async def deliver_to(self, address: str) -> bool:
        """HTTP mode from now on; whether the address answered the challenge ("" returns to Socket Mode)."""
        if self.http_mode is not None:
            await self.http_mode.close()
            self.http_mode, self.dispatcher.transport = None, self.socket_mode
        if not address:
            return True
        self.http_mode = HttpMode(self.world, self.switches, address)
        self.dispatcher.transport = self.http_mode
        return await self.http_mode.verify()

    def forge(self, wrong: bool = False, age: float = 0.0) -> None:
        """HTTP mode: sign with another secret, or with an old time."""
        assert self.http_mode is not None
        self.http_mode.signature.wrong, self.http_mode.signature.age = wrong, age

    def uninstall(self, team: str = "T1") -> None:
        """A workspace's owner removes the app."""
        uninstall(self.world, team)

    def authorize(self, address: str, user: str = "U1") -> str:
        """A person says yes on the install page; the address Slack redirects to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == self.world.app.client_id, "another app"
        wanted = tuple(asked["scope"].split(","))
        code = self.world.number("code-")
        self.world.codes[code] = {
            "redirect_uri": asked.get("redirect_uri", ""), "team": self.world.users[user].team, "user": user,
            "scopes": wanted, "until": self.world.now() + 600,
        }  # fmt: skip
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def add_user(self, **fields: Any) -> None:
        """Another person."""
        self.world.users[fields["id"]] = User(**fields)

    def add_channel(self, id: str, members: list[str], **fields: Any) -> None:
        """Another channel."""
        self.world.channels[id] = Channel(id, fields.pop("name", id.lower()), members=set(members), **fields)

    def leave(self, user: str, channel: str) -> None:
        """Somebody (or the bot) leaves or is thrown out."""
        self.world.channels[channel].members.discard(user)

    def archive(self, channel: str) -> None:
        """Close a channel."""
        self.world.channels[channel].is_archived = True

    def file(self, id: str) -> Json:
        """A file's record."""
        return self.world.files[id]

    async def close(self) -> None:
        """End everything."""
        await self.dispatcher.close()
        await self.socket_mode.close()
        await self.deliver_to("")
