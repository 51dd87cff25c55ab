"""Checks of JSON: which fields, of which kind, how long. Every refusal is a GraphError."""

from __future__ import annotations

from typing import Any

from tests.fakes.whatsapp.errors import GraphError, Json


def fields(value: Any, where: str, required: str = "", optional: str = "") -> Json:
    """An object with these fields and no others; null counts as absent only in `optional`."""
    if not isinstance(value, dict):
        raise GraphError(100, f"Param {where} must be a JSON object.")
    if unknown := set(value) - {*required.split(), *optional.split()}:
        raise GraphError(100, f'Unexpected key "{sorted(unknown)[0]}" on param "{where}".')
    for name in required.split():
        if value.get(name) is None:
            raise GraphError(131008, f"Parameter '{where}.{name}' is mandatory.")
    return value


def text(value: Any, where: str, most: int, least: int = 1, code: int = 100) -> str:
    """A string of so many characters; only blanks is nothing."""
    if not isinstance(value, str):
        raise GraphError(100, f"Param {where} must be a string.")
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2  # the strictest way to count an emoji
    if not least <= length <= most or (least and not value.strip()):
        raise GraphError(code, f"{where} length invalid. Min length: {least}, Max length: {most}")
    return value


def one_of(value: Any, where: str, allowed: str) -> str:
    """One of these words."""
    if not isinstance(value, str) or value not in allowed.split():
        raise GraphError(
            100, f'Param {where} must be one of {{{", ".join(allowed.split())}}} - got "{value}".'
        )
    return value


def items(value: Any, where: str, least: int, most: int, code: int = 131009) -> list[Any]:
    """A list of so many things."""
    if not isinstance(value, list):
        raise GraphError(100, f"Param {where} must be an array.")
    if not least <= len(value) <= most:
        raise GraphError(code, f"Invalid {where} count. Min allowed: {least}, Max allowed: {most}")
    return value


def flag(value: Any, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise GraphError(100, f"Param {where} must be a boolean.")
    return value


def unique(values: list[str], where: str) -> None:
    """No value twice."""
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{where} must be unique.")


def address(value: Any, where: str) -> str:
    """A web address."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise GraphError(100, f"Param {where} is not a valid URI.")
    return value
