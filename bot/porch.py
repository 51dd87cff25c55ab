"""The way past the desk's door for those who come in through a tunnel, under any name.

The desk answers to the names of this machine only; a chat service is known by its signature instead.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class Porch:
    """ASGI: addresses that start with `prefix` to the service's app, everything else to the desk."""

    def __init__(self, desk: ASGIApp, service: ASGIApp, prefix: str) -> None:
        self.desk, self.service, self.prefix = desk, service, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        here = scope["type"] == "http" and scope["path"].startswith(self.prefix)
        await (self.service if here else self.desk)(scope, receive, send)


async def body_of(request: Request, most: int) -> bytes | None:
    """The raw body, None when it is larger than `most` bytes; raises ClientDisconnect."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)
