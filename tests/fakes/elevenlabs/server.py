"""The server in a thread of its own: `with ElevenLabsServer() as vendor:`; leaving fails on violations."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.fakes.elevenlabs.endpoints import Endpoints
from tests.fakes.elevenlabs.world import KEY, Fault, Json, Refusal, World
from tests.fakes.forms import fields_of

Run = Callable[[web.Request, Any], Awaitable[web.Response]]


class ElevenLabsServer(World):
    """`url` and `key` are what a client is told; everything in World may be read and set by a test."""

    key = KEY

    def __enter__(self) -> ElevenLabsServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="elevenlabs", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Fail on any violation."""
        assert not self.violations, "the vendor's rules were broken:\n- " + "\n- ".join(self.violations)

    def reset(self) -> None:
        """As new, at the same address."""
        self.__dict__.update(vars(World()))

    def fails(self, name: str, then: Refusal | str, *, do: bool = False, seconds: float = 30.0) -> None:
        """Plan what goes wrong with the next call of `name`."""
        self.faults[name].append(Fault(then, do, seconds))

    def pardon(self, part: str) -> None:
        """Take violations off the record that the test provoked; there must be one."""
        found = [each for each in self.violations if part in each]
        assert found, f"nothing to pardon for {part}: {self.violations}"
        self.violations = [each for each in self.violations if each not in found]

    def called(self, name: str) -> list[Json]:
        """Recorded calls of one endpoint: {name, body, status}."""
        return [call for call in self.calls if call["name"] == name]

    async def _start(self) -> None:
        to = Endpoints(self)
        app = web.Application(client_max_size=1 << 28)
        tts = r"/v1/text-to-speech/{voice}/with-timestamps"
        for method, path, run in (
            ("POST", tts, to.speak), ("GET", "/v1/history", to.history), ("GET", "/v1/history/{item}", to.item),
            ("DELETE", "/v1/history/{item}", to.item), ("GET", "/v1/history/{item}/audio", to.audio),
            ("POST", "/v1/voices/add", to.add_voice), ("GET", "/v2/voices", to.voices),
            ("DELETE", "/v1/voices/{voice}", to.voice), ("POST", "/v1/audio-isolation", to.isolate),
            ("GET", "/v1/user/subscription", to.subscription),
        ):  # fmt: skip
            name = run.__name__ if method != "DELETE" else f"delete_{run.__name__}"
            app.router.add_route(method, path, self._gate(name, run))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._runner.cleanup()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _gate(self, name: str, run: Run) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def gate(asked: web.Request) -> web.Response:
            record: Json = {"name": name, "body": None, "status": 200}
            self.calls.append(record)
            fault = self.faults[name].popleft() if self.faults[name] else None
            try:
                return await self._answer(asked, run, fault, record)
            except Refusal as refused:
                record["status"] = refused.status
                if refused.wrong:
                    self.violations.append(f"{name}: {refused}")
                return web.json_response(refused.body, status=refused.status, headers=refused.headers)

        return gate

    async def _answer(self, asked: web.Request, run: Run, fault: Fault | None, record: Json) -> web.Response:
        body = record["body"] = await _read(asked)
        if asked.headers.get("xi-api-key") not in self.keys:
            raise Refusal(401, "invalid_api_key", "Invalid API key")
        if self.running >= self.slots:
            raise Refusal(429, "too_many_concurrent_requests", "Too many concurrent requests")
        self.running += 1
        try:
            answer = await run(asked, body) if fault is None or fault.do else web.Response()
        finally:
            self.running -= 1
        if fault is not None and isinstance(fault.then, Refusal):
            raise fault.then
        if fault is not None:
            await asyncio.sleep(fault.seconds if fault.then == "hold" else 0)
            if asked.transport is not None:  # the client may have gone
                assert isinstance(asked.transport, asyncio.Transport)
                asked.transport.abort()
        return answer


async def _read(asked: web.Request) -> Any:
    if asked.content_type == "multipart/form-data":
        fields = fields_of(asked.headers.get("content-type", ""), await asked.read())
        return [
            (each.name, each.content if each.filename else each.content.decode("utf-8", "replace"))
            for each in fields
        ]
    if not asked.can_read_body:
        return None
    try:
        return json.loads(await asked.read())
    except ValueError:
        raise Refusal(400, "invalid_json", "not JSON", wrong=True) from None
