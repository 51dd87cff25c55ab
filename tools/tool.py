"""The shape of a tool: a name, a pydantic model of its arguments, a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.domain import Script
from studio.errors import EditInvalid
from tools.context import Context


class Args(BaseModel):
    """Arguments of a tool; its docstring is what a model reads about the tool."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Tool:
    """`apply` raises EditInvalid, and the script's own limits, in sentences a founder may read."""

    name: str
    args: type[Args]
    apply: Callable[[Script, Any, Context], Script]

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        return " ".join((self.args.__doc__ or "").split())


def index_of(script: Script, number: int) -> int:
    """The index of a line from its number as people count (from 1); raises EditInvalid."""
    count = len(script.lines)
    if not 1 <= number <= count:
        there = "is only 1 line" if count == 1 else f"are only {count} lines"
        raise EditInvalid(f"There is no line {number}: there {there}.")
    return number - 1


def indices_of(script: Script, number: int | None) -> range:
    """The index of that line, or all of them for None."""
    if number is None:
        return range(len(script.lines))
    at = index_of(script, number)
    return range(at, at + 1)
