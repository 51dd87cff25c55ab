"""What stands before every method: token, scopes, rates, planned faults; and the record of all calls."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack import chat, conversations, files, tokens, views
from tests.fakes.slack.arguments import METHODS, Call, Method, checked
from tests.fakes.slack.workspace import Json, Refusal, Token, Workspace

MODULES = (chat, conversations, files, tokens, views)
WRONG = set(
    "invalid_arguments invalid_blocks missing_scope invalid_auth not_authed unknown_method invalid_json "
    "json_not_object msg_too_long no_text markdown_text_conflict invalid_metadata_format invalid_name "
    "not_allowed_token_type invalid_trigger_id exchanged_trigger_id expired_trigger_id "
    "file_upload_not_completed file_already_completed missing_recipient_user_id cannot_dm_bot "
    "invalid_client_id bad_client_secret bad_redirect_uri".split()
)
PER_CHANNEL = ("chat.postMessage", "chat.update", "chat.postEphemeral")
TIERS = {
    "apps.connections.open": 1, "chat.startStream": 2, "chat.stopStream": 2, "users.list": 2,
    "conversations.list": 2, "chat.appendStream": 4, "files.getUploadURLExternal": 4, "users.info": 4,
    "files.info": 4, "files.completeUploadExternal": 4, "views.open": 4, "views.publish": 4,
    "views.update": 4, "conversations.members": 4, "auth.test": 4,
}  # fmt: skip
PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass
class Fault:
    """What goes wrong with the next call: `do` says whether it is carried out, `then` what is answered.

    `then` is "500", "cut", "html", "late" (after `seconds`) or an error code.
    """

    then: str
    do: bool = False
    seconds: float = 0.0


@dataclass
class Answer:
    """What goes over the wire."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass
class Bucket:
    """A token bucket: `rate` a second, at most `burst` at once."""

    rate: float
    burst: float
    level: float
    at: float
    refused_at: float = 0.0
    until: float = 0.0

    def take(self, now: float) -> float:
        """0.0 when there was a token, else the seconds to wait."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1.0:
            self.level -= 1.0
            return 0.0
        return (1.0 - self.level) / self.rate


class Gate:
    """`ask` takes one request of the Web API to its answer."""

    def __init__(self, world: Workspace) -> None:
        self.world = world
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.strict_rates = False
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def ask(self, name: str, bearer: str, raw: Mapping[str, tuple[Any, bool]] | Refusal) -> Answer:
        """Check, plan the fault, carry out, record."""
        waiting = self.faults.get(name)
        fault = waiting.popleft() if waiting else None
        record: Json = {"method": name, "at": self.world.now(), "args": {}, "error": "", "carried_out": True}
        self.world.calls.append(record)
        if not isinstance(raw, Refusal):
            record["args"] = {key: value for key, (value, _) in raw.items() if key != "token"}
        if fault is not None and not fault.do:
            record |= {"error": fault.then, "carried_out": False}
            return _faulty(fault, Answer(200, {"ok": False, "error": fault.then}))
        answer = self._answered(name, bearer, raw, record)
        if fault is None:
            return answer
        record["error"] = fault.then
        return _faulty(fault, answer)

    def _answered(
        self, name: str, bearer: str, raw: Mapping[str, tuple[Any, bool]] | Refusal, record: Json
    ) -> Answer:
        try:
            if isinstance(raw, Refusal):
                raise raw
            if (method := METHODS.get(name)) is None:
                raise Refusal("unknown_method", req_method=name)
            token = self._token(method, bearer or str(raw.get("token", ("", True))[0]))
            if wait := self._wait(name, token.team, str(raw.get("channel", ("", True))[0])):
                record |= {"error": "ratelimited", "carried_out": False}
                body = {"ok": False, "error": "ratelimited"}
                return Answer(429, body, {"Retry-After": str(math.ceil(wait))})
            arguments = {key: value for key, value in raw.items() if key != "token"}
            call = Call(self.world, name, token, {})
            if method.scope:
                call.needs(method.scope)
            call.args = checked(method, arguments)
            record["args"] = dict(call.args)
            return Answer(200, {"ok": True, **method.run(call)}, {"x-oauth-scopes": ",".join(token.scopes)})
        except Refusal as refusal:
            return self._refused(name, refusal, record)

    def _refused(self, name: str, refusal: Refusal, record: Json) -> Answer:
        record |= {"error": refusal.code, "carried_out": False}
        if refusal.code in WRONG:
            detail = "; ".join(refusal.messages) or str(refusal.extra or "")
            self.world.violation(refusal.code, f"{name}: {detail} {record['args']}"[:1000])
        body: Json = {"ok": False, "error": refusal.code, **refusal.extra}
        if refusal.messages:
            body["response_metadata"] = {"messages": list(refusal.messages)}
        if refusal.code == "invalid_blocks":
            body["errors"] = [m.removeprefix("[ERROR] ") for m in refusal.messages]
        return Answer(200, body)

    def _token(self, method: Method, value: str) -> Token:
        if method.token == "none":
            return Token("", "none", ())
        if not value:
            raise Refusal("not_authed")
        if (token := self.world.tokens.get(value)) is None:
            raise Refusal("invalid_auth")
        if token.revoked:
            raise Refusal(token.revoked)
        if token.kind != method.token:
            raise Refusal("not_allowed_token_type")
        return token

    def _wait(self, name: str, team: str, channel: str) -> float:
        """Seconds until this call is allowed; a call that did not wait as it was told is a violation."""
        if not self.strict_rates:
            return 0.0
        now = self.world.now()
        key = (name, channel if name in PER_CHANNEL else team)
        rate = 1.0 if name in PER_CHANNEL else PER_MINUTE[TIERS.get(name, 3)] / 60
        burst = 3.0 if name in PER_CHANNEL else max(2.0, rate * 10)
        bucket = self._buckets.setdefault(key, Bucket(rate, burst, burst, now))
        if bucket.refused_at + 0.25 < now < bucket.until - 0.05:
            self.world.violation("ignored_retry_after", f"{name} {channel}")
        if wait := bucket.take(now):
            bucket.refused_at, bucket.until = now, max(bucket.until, now + math.ceil(wait))
        return wait


def _faulty(fault: Fault, answer: Answer) -> Answer:
    if fault.then == "500":
        return Answer(500, {}, fault=fault)
    answer.fault = fault
    return answer
