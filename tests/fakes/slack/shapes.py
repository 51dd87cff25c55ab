"""Small checks from which the shapes of Block Kit are put together; faults are worded as Slack words them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], Iterator[str]]
Rule = Callable[[dict[str, Any]], str]


def fault(text: str, at: str) -> str:
    """Slack's wording: what, and where."""
    return f"{text} [json-pointer:{at}]"


def length(value: str | list[Any], lowest: int, highest: int, at: str, unit: str) -> Iterator[str]:
    """Bounds of a string or list, both included."""
    if len(value) > highest:
        yield fault(f"must be less than {highest + 1} {unit}", at)
    if len(value) < lowest:
        yield fault(f"must be more than {lowest - 1} {unit}", at)


def string(highest: int, lowest: int = 1) -> Check:
    """A string of that many characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must provide a string", at)
        else:
            yield from length(value, lowest, highest, at, "characters")

    return check


def one_of(*allowed: Any) -> Check:
    """One of these values."""

    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield fault(f"must be one of {list(allowed)}", at)

    return check


def anything(value: Any, at: str) -> Iterator[str]:
    """No check here."""
    return iter(())


def boolean(value: Any, at: str) -> Iterator[str]:
    """true or false."""
    if not isinstance(value, bool):
        yield fault("must be a boolean", at)


def integer(lowest: int, highest: int) -> Check:
    """A whole number in bounds, both included."""

    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield fault("must be an integer", at)
        elif not lowest <= value <= highest:
            yield fault(f"must be between {lowest} and {highest}", at)

    return check


def items(check_one: Check, lowest: int, highest: int) -> Check:
    """A list, each of whose items passes."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must be an array", at)
            return
        yield from length(value, lowest, highest, at, "items")
        for number, item in enumerate(value):
            yield from check_one(item, f"{at}/{number}")

    return check


def url(highest: int = 3000, https: bool = False, fetched: bool = False) -> Check:
    """An address; `fetched` ones are loaded by Slack's servers, which reach no loopback and no private net."""

    def check(value: Any, at: str) -> Iterator[str]:
        yield from string(highest)(value, at)
        if not isinstance(value, str):
            return
        parts = urlsplit(value)
        if not parts.scheme or (parts.scheme.startswith("http") and not parts.hostname):
            yield fault("must be a valid URL", at)
        elif https and parts.scheme != "https":
            yield fault("must be an https URL", at)
        elif fetched and (parts.scheme not in ("http", "https") or not _reachable(parts.hostname or "")):
            yield fault("downloading image failed", at)

    return check


def _reachable(host: str) -> bool:
    if host == "localhost" or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True


@dataclass(frozen=True)
class Shape:
    """An object: its required and optional fields, and rules across fields (each returns "" when kept)."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]
    rules: tuple[Rule, ...] = ()

    def __call__(self, value: Any, at: str) -> Iterator[str]:
        """Every fault of the value."""
        if not isinstance(value, dict):
            yield fault("must be an object", at)
            return
        for name in self.required:
            if value.get(name) is None:
                yield fault(f"missing required field: {name}", at)
        for name, inner in value.items():
            check = self.required.get(name) or self.optional.get(name)
            if check is None:
                if name != "type":
                    yield fault(f"additional property: {name}", at)
            elif inner is not None:
                yield from check(inner, f"{at}/{name}")
        for rule in self.rules:
            if broken := rule(value):
                yield fault(broken, at)


def typed(shapes: Mapping[str, Shape], allowed: tuple[str, ...] | None = None) -> Check:
    """An object whose `type` picks its shape, if that type is allowed here."""

    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            yield fault("must be an object with a type", at)
        elif kind not in shapes or (allowed is not None and kind not in allowed):
            yield fault(f"unsupported type: {kind}", at)
        else:
            yield from shapes[kind](value, at)

    return check


def exactly_one(*names: str) -> Rule:
    """Exactly one of these fields is given."""
    return lambda value: (
        ""
        if sum(value.get(n) is not None for n in names) == 1
        else f"exactly one of {list(names)} is required"
    )


def at_least_one(*names: str) -> Rule:
    """At least one of these fields is given."""
    return lambda value: (
        "" if any(value.get(n) is not None for n in names) else f"one of {list(names)} is required"
    )


def at_most_one(*names: str) -> Rule:
    """No two of these fields are given."""
    return lambda value: (
        "" if sum(value.get(n) is not None for n in names) <= 1 else f"{list(names)} exclude each other"
    )
