"""Socket Mode: WebSockets with hello, envelopes, acknowledgements, refresh."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid

from aiohttp import WSMsgType, web

from tests.fakes.slack.delivery import Delivery, Missed, Switches
from tests.fakes.slack.workspace import Json, Workspace

MOST_CONNECTIONS = 10


class SocketMode:
    """The server's side of up to ten connections; a Transport."""

    def __init__(self, world: Workspace, switches: Switches) -> None:
        self.world, self.switches = world, switches
        self.connections: list[web.WebSocketResponse] = []
        self.served = 0
        self._raw: dict[web.WebSocketResponse, asyncio.BaseTransport | None] = {}
        self._pending: dict[str, tuple[web.WebSocketResponse, Delivery, asyncio.Future[Json | None]]] = {}
        self._settled: set[str] = set()
        self._turn = itertools.count()
        self._leaving: set[asyncio.Task[None]] = set()

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint."""
        until = self.world.tickets.pop(request.query.get("ticket", ""), 0.0)
        if self.world.now() > until or len(self.connections) >= MOST_CONNECTIONS:
            return web.Response(status=403 if self.world.now() > until else 429)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        self.served += 1
        self._raw[socket] = request.transport
        self.connections.append(socket)
        await socket.send_json(self._hello())
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            self._gone(socket)
        return socket

    def _hello(self) -> Json:
        info = {"host": "loopback", "build_number": 1, "approximate_connection_time": 18060}
        return {"type": "hello", "num_connections": len(self.connections), "debug_info": info,
                "connection_info": {"app_id": self.world.app.id}}  # fmt: skip

    async def send(self, delivery: Delivery) -> Json | None:
        """One envelope to one of the connections; its acknowledgement within the time."""
        socket = await self._connection()
        envelope = str(uuid.uuid4())
        done: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._pending[envelope] = (socket, delivery, done)
        body = {"envelope_id": envelope, "type": delivery.kind, "payload": delivery.payload,
                "accepts_response_payload": delivery.accepts}  # fmt: skip
        if delivery.kind == "events_api":
            body |= {"retry_attempt": delivery.attempts - 1, "retry_reason": delivery.reason}
        try:
            await socket.send_json(body)
            return await asyncio.wait_for(done, self.switches.ack_seconds)
        except TimeoutError:
            raise Missed("timeout") from None
        except ConnectionError:
            raise Missed("connection_failed", blame=False) from None
        finally:
            self._pending.pop(envelope, None)
            self._settled.add(envelope)

    async def _connection(self) -> web.WebSocketResponse:
        """A live connection, in turn; waits a little for the first."""
        until = asyncio.get_running_loop().time() + self.switches.ack_seconds
        while not self.connections:
            if asyncio.get_running_loop().time() > until:
                raise Missed("connection_failed", blame=False)
            await asyncio.sleep(0.02)
        return self.connections[next(self._turn) % len(self.connections)]

    def _heard(self, text: str) -> None:
        answer = json.loads(text)
        envelope = answer.get("envelope_id")
        if envelope not in self._pending:
            if envelope not in self._settled:
                self.world.violation("unknown_envelope", text[:200])
            return
        _, delivery, done = self._pending[envelope]
        payload = answer.get("payload") or None
        if payload is not None and not delivery.accepts:
            self.world.violation("unexpected_response_payload", text[:200])
        if not done.done():
            done.set_result(payload)

    def _gone(self, socket: web.WebSocketResponse) -> None:
        self.connections = [s for s in self.connections if s is not socket]
        self._raw.pop(socket, None)
        for owner, _, done in list(self._pending.values()):
            if owner is socket and not done.done():
                done.set_exception(ConnectionResetError("the connection is gone"))

    async def refresh(self, reason: str) -> None:
        """Ask every client to come back on a new connection; the old ones end a little later."""
        for socket in list(self.connections):
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}
            )
            self.connections.remove(socket)
            self._leaving.add(asyncio.create_task(self._leave(socket)))

    async def _leave(self, socket: web.WebSocketResponse) -> None:
        await asyncio.sleep(0.5)
        await socket.close()

    def cut(self) -> None:
        """Break every connection without a word."""
        for raw in list(self._raw.values()):
            if isinstance(raw, asyncio.Transport):
                raw.abort()

    async def close(self) -> None:
        """End politely."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for socket in list(self._raw):
            await socket.close()
