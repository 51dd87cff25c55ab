"""The test's side: people, waiting, the record, what goes wrong. Plain calls, no `await` needed."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.fakes.whatsapp.errors import Json
from tests.fakes.whatsapp.person import Person
from tests.fakes.whatsapp.world import (
    APP_ID,
    APP_SECRET,
    PHONE_NUMBER_ID,
    TOKEN,
    VERIFY_TOKEN,
    WABA_ID,
)

Where = Callable[[Json], object] | str | None
T = TypeVar("T")
SHOWN = ("sent", "delivered", "read", "played")


class WhatsApp:
    """A server to drive. The product is told `api_url`, `token`, `phone_number_id`, `app_secret`, `verify_token`."""

    url: str
    app_secret = APP_SECRET
    token, verify_token = TOKEN, VERIFY_TOKEN
    phone_number_id, waba_id, app_id = PHONE_NUMBER_ID, WABA_ID, APP_ID

    def perform(self, deed: str, /, **args: Any) -> Any:
        """Do something in the server (see backstage.Backstage for all names)."""
        raise NotImplementedError

    @property
    def api_url(self) -> str:
        """The base address of a client, version included."""
        return f"{self.url}/v26.0"

    def person(self, name: str, *, phone: str = "", bsuid: str = "", username: str = "") -> Person:
        """Somebody new: with `phone` (a BSUID is made up), or with a BSUID only."""
        made = self.perform("add_person", name=name, phone=phone, bsuid=bsuid, username=username)
        return Person(self, made["id"])

    def calls(self, name: str = "") -> list[Json]:
        """Recorded calls: {name, path, body, query, code, carried_out, at}."""
        found: list[Json] = self.perform("calls", name=name)
        return found

    def messages(self, person: Person | None = None) -> list[Json]:
        """All messages, or those of one chat: {id, person, by, type, <type>, status, reactions, error?, …}."""
        found: list[Json] = self.perform("messages", person=person.id if person else "")
        return found

    def content(self, message: Json) -> bytes:
        """The file a message shows."""
        return base64.b64decode(self.perform("content", message=message["id"]))

    def pardon(self, code: int | str) -> int:
        """Take violations off the record that the test provoked; there must be one."""
        count: int = self.perform("pardon", code=str(code))
        assert count, f"nothing to pardon for {code}: {self.perform('violations')}"
        return count

    def check(self) -> None:
        """Fail on any violation."""
        found = self.perform("violations")
        assert not found, "WhatsApp's rules were broken:\n" + "\n".join(
            f"- {v['code']}: {v['detail']}" for v in found
        )

    def passes(self, seconds: float = 0.0, *, hours: float = 0.0) -> None:
        """Let time pass: windows close, addresses and files expire, rates recover."""
        self.perform("passes", seconds=seconds + hours * 3600)

    def fault(
        self, name: str, then: str | int, do: bool = False, seconds: float = 0.0, times: int = 1
    ) -> None:
        """The next calls of an endpoint ("messages", "receipts", "media.upload", …) go wrong; see gate.Fault."""
        self.perform("fault", name=name, then=str(then), do=do, seconds=seconds, times=times)

    def template(
        self, name: str, body: str, language: str = "en_US", header: Json | None = None,
        replies: tuple[str, ...] = (), status: str = "APPROVED",
    ) -> Json:  # fmt: skip
        """An approved template; `header` is {"format": "VIDEO"} or {"format": "TEXT", "text": …}."""
        parts: list[Json] = [{"type": "HEADER", **header}] if header else []
        parts.append({"type": "BODY", "text": body})
        if replies:
            buttons = [{"type": "QUICK_REPLY", "text": text} for text in replies]
            parts.append({"type": "BUTTONS", "buttons": buttons})
        made: Json = self.perform(
            "add_template", name=name, language=language, components=parts, status=status
        )
        return made

    def handshake(self) -> None:
        """The webhook answers the challenge with the right token and refuses a wrong one."""
        wrong = self.perform("handshake")
        assert not wrong, f"the handshake failed: {wrong}"

    def forges(self, person: Person, how: str = "secret") -> int:
        """A POST signed wrongly ("secret", "missing", "altered", "sha1"); accepting it is a violation."""
        status: int = self.perform("forge", person=person.id, how=how)
        return status

    @contextmanager
    def holding(self, backwards: bool = True) -> Iterator[None]:
        """Events caused inside arrive only afterwards, one POST each, last first."""
        self.perform("switch", holding=True)
        yield
        self.perform("release", backwards=backwards)

    @contextmanager
    def batching(self, style: str = "messages", backwards: bool = False) -> Iterator[None]:
        """Events caused inside arrive in one POST: in one value, in "changes", or in "entries"."""
        before = self.perform("switch")["batch"]
        self.perform("switch", holding=True, batch=style)
        yield
        self.perform("release", together=True, backwards=backwards)
        self.perform("switch", batch=before)

    def find_message(
        self, where: Where = None, to: Person | None = None, after: Json | None = None
    ) -> Json | None:
        """The product's first message that a person sees and `where` holds for (a string: that contains it)."""
        shown = [m for m in self.messages(to) if m["by"] == "business" and m["status"] in SHOWN]
        if after is not None:
            ids = [m["id"] for m in self.messages()]
            shown = [m for m in shown if ids.index(m["id"]) > ids.index(after["id"])]
        return next((m for m in shown if _holds(where, m)), None)

    def find_status(self, message: Json, status: str) -> Json | None:
        """The message once it has this status."""
        return next((m for m in self.messages() if m["id"] == message["id"] and m["status"] == status), None)

    def find_call(self, name: str, where: Where = None) -> Json | None:
        """The first carried out call of an endpoint, `where` being asked about its body."""
        done = [c for c in self.calls(name) if c["carried_out"]]
        return next((c for c in done if _holds(where, c["body"])), None)

    def find_answer(self, deed: Json) -> Json | None:
        """The delivery of a person's deed once it was acknowledged or given up."""
        now: Json = self.perform("delivery", id=deed["delivery"])
        return None if now["state"] == "waiting" else now

    async def message(
        self, where: Where = None, timeout: float = 30.0, to: Person | None = None, after: Json | None = None
    ) -> Json:
        """Wait for a message of the product."""
        return await self.until(lambda: self.find_message(where, to, after), timeout)

    async def reaction(self, message: Json, emoji: str, timeout: float = 30.0) -> None:
        """Wait for the product's reaction to a message."""
        await self.until(
            lambda: any(
                m["id"] == message["id"] and m["reactions"].get("business", "") == emoji
                for m in self.messages()
            ),
            timeout,
        )

    async def called(self, name: str, where: Where = None, timeout: float = 30.0) -> Json:
        """Wait for a call."""
        return await self.until(lambda: self.find_call(name, where), timeout)

    async def answered(self, deed: Json, timeout: float = 30.0) -> Json:
        """Wait until a deed's delivery was acknowledged ({state, attempts, answers, seconds}) or given up."""
        return await self.until(lambda: self.find_answer(deed), timeout)

    async def settled(self, timeout: float = 30.0) -> list[Json]:
        """Wait until no delivery is under way; all of them."""

        def done() -> list[Json] | None:
            found: list[Json] = self.perform("deliveries")
            return None if any(d["state"] == "waiting" for d in found) else found

        return await self.until(done, timeout, falsy=True)

    async def until(self, look: Callable[[], T | None], timeout: float = 30.0, falsy: bool = False) -> T:
        """The first truthy (or not None) thing seen; AssertionError with what there is after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not (found := look()) and not (falsy and found is not None):
            if time.monotonic() > end:
                raise self._late(timeout)
            await asyncio.sleep(0.02)
        assert found is not None
        return found

    def wait(self, look: Callable[[], T | None], timeout: float = 30.0) -> T:
        """`until` for tests without a loop: `wa.wait(lambda: wa.find_message("Hello"))`."""
        return asyncio.run(self.until(look, timeout))

    def _late(self, timeout: float) -> AssertionError:
        said = [f"{m['by']} {m['status']}: {json.dumps(m[m['type']])[:100]}" for m in self.messages()[-8:]]
        calls = [f"{c['name']} {c['code'] or ''}".strip() for c in self.calls()[-8:]]
        wrong = self.perform("violations")
        return AssertionError(
            f"nothing within {timeout} s;\nmessages: {said}\ncalls: {calls}\nwrong: {wrong}"
        )


def _holds(where: Where, seen: Json) -> object:
    if where is None:
        return True
    return where in json.dumps(seen, ensure_ascii=False) if isinstance(where, str) else where(seen)
