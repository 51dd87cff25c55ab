"""Calls to Slack, whose failures become ours: not now, unknown, useless."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from studio.errors import (
    KeyMissing,
    Misconfigured,
    NeedsFounder,
    OutcomeUnknown,
    ProviderBusy,
    ProviderDown,
    StudioError,
)

PATIENCE_S = 20.0
METADATA = "aiclone_message"

TOKEN = (
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "org_login_required",
)
HIDDEN = ("not_in_channel", "channel_not_found", "is_archived", "restricted_action", "no_permission")
UNSURE = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")


class Unreachable(NeedsFounder):
    """I am not in that channel; invite me with /invite @AIClone."""


def client_for(url: str, token: str) -> AsyncWebClient:
    """A client that never repeats a call by itself: a repeated post is a second message."""
    return AsyncWebClient(token or None, base_url=url, timeout=int(PATIENCE_S), retry_handlers=[])


@asynccontextmanager
async def last_look(client: AsyncWebClient, still_mine: Callable[[], None]) -> AsyncIterator[None]:
    """Whatever `client` is asked meanwhile calls `still_mine` once connected, as the last thing before it writes.

    Connecting takes a tenth of a second or, on a bad line, many; a sender frozen in there lost its right.
    """
    trace = aiohttp.TraceConfig()

    async def look(*_: object) -> None:
        still_mine()

    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout, trace_configs=[trace]) as session:
        client.session = session
        try:
            yield
        finally:
            client.session = None


async def call(
    method: Callable[..., Awaitable[AsyncSlackResponse]], *, reads: bool = False, **arguments: Any
) -> dict[str, Any]:
    """What Slack answered.

    Raises ProviderBusy, ProviderDown when nothing happened, OutcomeUnknown when something may have (never for
    a call that only `reads`), Unreachable, Misconfigured and other StudioErrors when repeating is useless.
    """
    try:
        answer = await method(**arguments)
    except SlackApiError as error:
        raise _translated(error, reads) from error
    except aiohttp.ClientConnectorError as error:
        raise ProviderDown("Slack cannot be reached.") from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
        raise _unsure(reads) from error
    found: Any = answer.data
    return dict(found) if isinstance(found, dict) else {}


def _unsure(reads: bool) -> StudioError:
    return ProviderDown("Slack did not answer.") if reads else OutcomeUnknown("Slack did not answer.")


def _translated(error: SlackApiError, reads: bool) -> StudioError:
    response: Any = error.response
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return ProviderBusy("Slack asks for patience.", retry_after=_seconds(response))
    if status >= 500 or code in UNSURE or not code:
        return _unsure(reads)
    if code in TOKEN:
        return KeyMissing(f"Slack does not accept the token ({code}); see `aiclone slack setup`.")
    if code == "missing_scope":
        needed = data.get("needed", "") if isinstance(data, dict) else ""
        return Misconfigured(f"The Slack app lacks the scope {needed}; see `aiclone slack setup`.")
    return Unreachable() if code in HIDDEN else Refused(code)


def _seconds(response: Any) -> float:
    headers = {name.lower(): value for name, value in dict(response.headers or {}).items()}
    try:
        return max(0.5, float(headers.get("retry-after", 5)))
    except (TypeError, ValueError):
        return 5.0


class Refused(StudioError):
    """Slack refused the call."""

    def __init__(self, code: str) -> None:
        """`code` is Slack's own word for what is wrong."""
        super().__init__(f"Slack refused this ({code}).")
        self.code = code
