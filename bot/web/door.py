"""Who may come in: the token of this home, signed sessions, form stamps, hosts and sizes."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "aiclone_session"
SESSION_S = 30 * 24 * 3600
MAX_BODY = 64 * 1024
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def home_token(home: Path) -> str:
    """The login token of a home folder, made on first use; deleting `web.token` logs everyone out."""
    path = home / "web.token"
    if not path.is_file() or not path.read_text().strip():
        home.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        whole.replace(path)  # half a token would be one that is easily guessed
    return path.read_text().strip()


class Door:
    """Signs and checks what a browser carries; the signing key follows from the home's token."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._key = hashlib.sha256(b"aiclone web session " + token.encode()).digest()

    def knows(self, token: str) -> bool:
        """Whether that is this home's login token."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def session(self) -> str:
        """A new signed session, good for thirty days."""
        body = f"{int(time.time())}.{secrets.token_hex(12)}"
        return f"{body}.{self._sign('session', body)}"

    def admits(self, session: str) -> bool:
        """Whether a session was signed here and has not ended."""
        body, _, signature = session.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", body).encode()):
            return False
        return time.time() - int(body.partition(".")[0]) < SESSION_S

    def stamp(self, session: str) -> str:
        """What every form of that session carries, so that no other site can post in its name."""
        return self._sign("form", session)

    def stamped(self, session: str, stamp: str) -> bool:
        """Whether a form's stamp belongs to the session."""
        return hmac.compare_digest(stamp.encode(), self.stamp(session).encode())

    @property
    def metrics_token(self) -> str:
        """What a scraper carries: it shows numbers and opens nothing else."""
        return self._sign("metrics", "")

    def meters(self, token: str) -> bool:
        """Whether that is the scraper's token."""
        return hmac.compare_digest(token.encode(), self.metrics_token.encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), "sha256").hexdigest()


class Threshold:
    """ASGI middleware: known hosts only (DNS rebinding), small bodies, strict headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        app = PlainTextResponse(refusal[1], refusal[0]) if refusal else self.app
        await app(scope, receive, _dressed(send))

    def _refusal(self, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name not in self.hosts:
            return 400, "This desk is not served under that name. Open it as http://127.0.0.1 or localhost."
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > MAX_BODY:
            return 413, "That is more text than the desk takes in one message (64 kB). Please shorten it."
        return None


def _dressed(send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return dressed
