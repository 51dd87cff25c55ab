"""The methods of the Web API: their declared arguments and scopes, and how a request becomes a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.workspace import Channel, Json, Refusal, Token, Workspace

KINDS: dict[str, type] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


@dataclass
class Call:
    """One accepted request: whose token, which arguments."""

    world: Workspace
    method: str
    token: Token
    args: Json

    def needs(self, scope: str) -> None:
        """Refuse with `missing_scope` unless the token has one of the scopes ("a|b")."""
        if not set(scope.split("|")) & set(self.token.scopes):
            raise Refusal("missing_scope", needed=scope.split("|")[0], provided=",".join(self.token.scopes))

    def channel(self, name: str = "channel", member: bool = True) -> Channel:
        """The channel an argument names, of the token's team and with the bot inside."""
        channel = self.world.channels.get(self.args.get(name) or "")
        if channel is None or channel.team != self.token.team:
            raise Refusal("channel_not_found")
        inside = self.token.user in channel.members
        if not inside and channel.kind != "channel":
            raise Refusal("channel_not_found")
        if member and not inside:
            raise Refusal("not_in_channel")
        if member and channel.is_archived:
            raise Refusal("is_archived")
        return channel

    def message(self, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Json:
        """The message an argument names."""
        if (found := channel.messages.get(self.args.get(name) or "")) is None:
            raise Refusal(error)
        return found


@dataclass(frozen=True)
class Method:
    """A method's declaration; `takes` maps a name to its kind, `required` are those without which it fails."""

    run: Callable[[Call], Json]
    scope: str
    token: str
    takes: dict[str, str]
    required: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(
    name: str, takes: str = "", *, scope: str = "", token: str = "bot"
) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
    """Declare a method: `takes` is "channel! text blocks:list", "!" for required, str when no kind is said."""
    declared, required = {"team_id": "str"}, []  # Bolt adds the team to every call it makes for a listener
    for word in takes.split():
        argument, _, kind = word.rstrip("!").partition(":")
        declared[argument] = kind or "str"
        if word.endswith("!"):
            required.append(argument)

    def register(run: Callable[[Call], Json]) -> Callable[[Call], Json]:
        METHODS[name] = Method(run, scope, token, declared, tuple(required))
        return run

    return register


def checked(method: Method, raw: Mapping[str, tuple[Any, bool]]) -> Json:
    """The arguments in their kinds; `raw` says of each whether it arrived as text (query or form).

    Raises:
        Refusal: `invalid_arguments` for an unknown, missing or ill-typed argument.
    """
    args: Json = {}
    wrong = [f"[ERROR] unknown argument: {name}" for name in raw if name not in method.takes]
    for name, kind in method.takes.items():
        value, textual = raw.get(name, (None, False))
        if value is None:
            continue
        try:
            args[name] = _typed(value, kind, textual)
        except (ValueError, TypeError) as error:
            wrong.append(f"[ERROR] {name} must be {kind}: {error}")
    wrong += [f"[ERROR] missing required field: {n}" for n in method.required if n not in args]
    if wrong:
        raise Refusal("invalid_arguments", *wrong)
    return args


def _typed(value: Any, kind: str, textual: bool) -> Any:
    if kind == "bool" and isinstance(value, str):
        return {"1": True, "true": True, "0": False, "false": False}[value.lower()]
    if kind == "int" and isinstance(value, str):
        return int(value)
    if kind in ("list", "dict") and isinstance(value, str):
        value = json.loads(value)
    expected = KINDS[kind]
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise TypeError(f"got {type(value).__name__}")
    return value
