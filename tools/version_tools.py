"""Going back: what an earlier version decided is the next version, or one of its lines is."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from studio.domain import Line, Script
from studio.errors import EditInvalid
from tools.context import Context
from tools.tool import Args, Tool, index_of

FIRST = "This is the first version: there is nothing to go back to."


class GoBack(Args):
    """Bring back everything an earlier version decided: words, order, tones, picture, format. Undo is this."""

    version: str | None = Field(
        default=None, description="Its name as listed; null for the version before the present one."
    )
    line: int | None = Field(
        default=None, description="Number of the only line to bring back; null for the whole version."
    )


def _go_back(script: Script, args: GoBack, context: Context) -> Script:
    names = (args.version,) if args.version else context.trail
    if unknown := [name for name in names if name not in context.versions]:
        raise EditInvalid(f"There is no {unknown[0][:40]}; there is {', '.join(context.versions)}.")
    if args.line is not None:
        return _line_back(script, args.line, names, context)
    if not names:
        raise EditInvalid(_nothing_before(script, context))
    return context.versions[names[0]]


def _nothing_before(script: Script, context: Context) -> str:
    others = [name for name, other in context.versions.items() if other != script]
    return (
        f"This is how the first version was. “Back to {others[-1]}” brings back that one."
        if others
        else FIRST
    )


def _line_back(script: Script, number: int, names: tuple[str, ...], context: Context) -> Script:
    """The line as it was when it was last different; others keep their place and form."""
    at = index_of(script, number)
    now = script.lines[at]
    were = (_known(context.versions[name], now.id) for name in names)
    then = next((line for line in were if line is not None and line != now), None)
    if then is None:
        raise EditInvalid(f"Line {number} was not different before. “undo” takes back the whole last change.")
    return replace(script, lines=(*script.lines[:at], then, *script.lines[at + 1 :]))


def _known(script: Script, line_id: str) -> Line | None:
    return next((line for line in script.lines if line.id == line_id), None)


VERSION_TOOLS = (Tool("go_back", GoBack, _go_back),)
