"""The test's side: people who write, click and submit; waiting; the record. Plain calls, no `await` needed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.fakes.slack.person import Person
from tests.fakes.slack.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Json

Where = Callable[[Json], object] | str | None
T = TypeVar("T")


class Slack:
    """A Slack server to drive; `api_url` is what the product is told, `bot_token` and friends are valid."""

    url: str
    bot_token, app_token, signing_secret = BOT_TOKEN, APP_TOKEN, SIGNING_SECRET

    def perform(self, deed: str, /, **args: Any) -> Any:
        """Do something in the server (see backstage.Backstage for all names)."""
        raise NotImplementedError

    @property
    def api_url(self) -> str:
        """The `base_url` of a client."""
        return f"{self.url}/api/"

    def user(self, id: str) -> Person:
        """One of the cast."""
        return Person(self, id)

    def calls(self, method: str = "") -> list[Json]:
        """Recorded calls: {method, args, error, carried_out, at}."""
        found: list[Json] = self.perform("calls", method=method)
        return found

    def messages(self, channel: str = "") -> list[Json]:
        """All messages now."""
        found: list[Json] = self.perform("messages", channel=channel)
        return found

    def thread(self, message: Json) -> list[Json]:
        """The replies below a message."""
        same = self.messages(message["channel"])
        return [m for m in same if m.get("thread_ts") == message["ts"] != m["ts"]]

    def pardon(self, code: str) -> int:
        """Take violations off the record that the test provoked; there must be one."""
        count: int = self.perform("pardon", code=code)
        assert count, f"nothing to pardon for {code}: {self.perform('violations')}"
        return count

    def check(self) -> None:
        """Fail on any violation."""
        found = self.perform("violations")
        assert not found, "Slack's rules were broken:\n" + "\n".join(
            f"- {v['code']}: {v['detail']}" for v in found
        )

    @contextmanager
    def holding(self, backwards: bool = True) -> Iterator[None]:
        """Events caused inside arrive only afterwards, last first."""
        self.perform("switch", holding=True)
        yield
        self.perform("release", backwards=backwards)

    def find_message(self, where: Where = None, channel: str = "", after: Json | None = None) -> Json | None:
        """The app's first message for which `where` holds (a string: which contains it)."""
        own = [m for m in self.messages(channel) if m.get("bot_id")]
        return next((m for m in own if m["ts"] > (after or {"ts": ""})["ts"] and _holds(where, m)), None)

    def find_ephemeral(self, user: str, where: Where = None) -> Json | None:
        """The first thing only this person was shown."""
        shown = [e for e in self.perform("ephemerals") if e["user"] == user]
        return next((e for e in shown if _holds(where, e)), None)

    def find_modal(self, user: str, where: Where = None) -> Json | None:
        """The person's topmost modal."""
        views = self.perform("views", user=user)
        return views[-1] if views and _holds(where, views[-1]) else None

    def find_call(self, method: str, where: Where = None) -> Json | None:
        """The first carried out call of a method, `where` being asked about its arguments."""
        done = [c for c in self.calls(method) if c["carried_out"]]
        return next((c for c in done if _holds(where, c["args"])), None)

    def find_answer(self, delivery: Json) -> Json | None:
        """The delivery once it was acknowledged or given up."""
        now: Json = self.perform("delivery", id=delivery["id"])
        return None if now["state"] == "waiting" else now

    async def message(
        self, where: Where = None, timeout: float = 30.0, channel: str = "", after: Json | None = None
    ) -> Json:
        """Wait for a message of the app."""
        return await self.until(lambda: self.find_message(where, channel, after), timeout)

    async def ephemeral(self, user: str, where: Where = None, timeout: float = 30.0) -> Json:
        """Wait for something only this person sees."""
        return await self.until(lambda: self.find_ephemeral(user, where), timeout)

    async def modal(self, user: str, where: Where = None, timeout: float = 30.0) -> Json:
        """Wait for a modal."""
        return await self.until(lambda: self.find_modal(user, where), timeout)

    async def home(self, user: str, where: Where = None, timeout: float = 30.0) -> Json:
        """Wait for a person's home tab."""
        return await self.until(lambda: _kept(self.perform("home", user=user), where), timeout)

    async def called(self, method: str, where: Where = None, timeout: float = 30.0) -> Json:
        """Wait for a call."""
        return await self.until(lambda: self.find_call(method, where), timeout)

    async def answered(self, delivery: Json, timeout: float = 30.0) -> Json:
        """Wait until a delivery was acknowledged ({"state", "answer", "seconds", "attempts"}) or given up."""
        return await self.until(lambda: self.find_answer(delivery), timeout)

    async def connected(self, timeout: float = 30.0, ever: int = 1) -> None:
        """Wait for the product's Socket Mode connection."""

        def counted() -> bool:
            counts = self.perform("connections")
            return bool(counts["now"]) and int(counts["ever"]) >= ever

        await self.until(counted, timeout)

    async def until(self, look: Callable[[], T | None], timeout: float = 30.0) -> T:
        """The first truthy thing seen; AssertionError with what there is after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not (found := look()):
            if time.monotonic() > end:
                raise self._late(timeout)
            await asyncio.sleep(0.02)
        return found

    def wait(self, look: Callable[[], T | None], timeout: float = 30.0) -> T:
        """`until` for tests without a loop: `slack.wait(lambda: slack.find_message("Hello"))`."""
        return asyncio.run(self.until(look, timeout))

    def _late(self, timeout: float) -> AssertionError:
        said = [f"{m['channel']} {m.get('user')}: {m['text'][:100]}" for m in self.messages()[-8:]]
        calls = [f"{c['method']} {c['error']}".strip() for c in self.calls()[-8:]]
        wrong = self.perform("violations")
        return AssertionError(
            f"nothing within {timeout} s;\nmessages: {said}\ncalls: {calls}\nwrong: {wrong}"
        )


def _holds(where: Where, seen: Json) -> object:
    if where is None:
        return True
    return where in json.dumps(seen, ensure_ascii=False) if isinstance(where, str) else where(seen)


def _kept(seen: Json | None, where: Where) -> Json | None:
    return seen if seen is not None and _holds(where, seen) else None
