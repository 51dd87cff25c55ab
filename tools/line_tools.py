"""Changes to lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pydantic import Field

from studio.domain import Framing, Line, Script, Tone
from studio.errors import EditInvalid
from tools.context import Context
from tools.script import clean_text, new_line_id
from tools.tool import Args, Tool, index_of, indices_of

NUMBER = "Number of the line as people count, from 1."
MOST_TAKES = 5
NUMBER_OR_ALL = "Number of the line as people count, from 1; null for every line."


class RewriteLine(Args):
    """Give a line other words. The words must come from the founder or from the script."""

    line: int = Field(description=NUMBER)
    text: str = Field(description="The new words, as spoken, at most 300 characters.")


class SetTone(Args):
    """Change how a line, or every line, is said."""

    line: int | None = Field(default=None, description=NUMBER_OR_ALL)
    tone: Tone = Field(description="How it is said.")


class Reframe(Args):
    """Change how much of the person is in the picture, for a line or every line."""

    line: int | None = Field(default=None, description=NUMBER_OR_ALL)
    framing: Framing = Field(description="wide shows most, close shows the face.")


class AddLine(Args):
    """Add a line whose words the founder gave."""

    after: int | None = Field(
        default=None, description="Number of the line before it; 0 is the start, null the end."
    )
    text: str = Field(description="The words, as spoken, at most 300 characters.")


class RemoveLine(Args):
    """Take a line out."""

    line: int = Field(description=NUMBER)


class ReorderLines(Args):
    """Put the lines into another order: swap two, move one to the start, the end or beside another."""

    order: list[int] = Field(description="All line numbers, each once, in the wanted order.")


class Regenerate(Args):
    """Another take of the same words: for a line, or for everything."""

    line: int | None = Field(default=None, description=NUMBER_OR_ALL)


class SetTakes(Args):
    """Make several takes of a line, or of every line, and use the best of them."""

    line: int | None = Field(default=None, description=NUMBER_OR_ALL)
    takes: int = Field(description="How many, from 1 to 5.")


class ChooseTake(Args):
    """Use a certain take of a line instead of the best measured."""

    line: int = Field(description=NUMBER)
    take: int = Field(description="Number of the take as people count, from 1; 0 is the best measured.")


def _each(script: Script, number: int | None, change: Callable[[Line], Line]) -> Script:
    wanted = indices_of(script, number)
    lines = (change(line) if at in wanted else line for at, line in enumerate(script.lines))
    return replace(script, lines=tuple(lines))


def _rewrite(script: Script, args: RewriteLine, context: Context) -> Script:
    index_of(script, args.line)
    text = clean_text(args.text, context.languages)
    return _each(script, args.line, lambda line: replace(line, text=text))


def _set_tone(script: Script, args: SetTone, context: Context) -> Script:
    return _each(script, args.line, lambda line: replace(line, tone=args.tone))


def _reframe(script: Script, args: Reframe, context: Context) -> Script:
    return _each(script, args.line, lambda line: replace(line, framing=args.framing))


def _regenerate(script: Script, args: Regenerate, context: Context) -> Script:
    return _each(script, args.line, lambda line: replace(line, seed=line.seed + 1))


def _takes(script: Script, args: SetTakes, context: Context) -> Script:
    if not 1 <= args.takes <= MOST_TAKES:
        raise EditInvalid(f"A line may have 1 to {MOST_TAKES} takes.")
    return _each(script, args.line, lambda line: replace(line, takes=args.takes, chosen=0))


def _choose(script: Script, args: ChooseTake, context: Context) -> Script:
    line = script.lines[index_of(script, args.line)]
    there = line.takes or script.look.takes
    if not 0 <= args.take <= there:
        more = (
            f"say “{args.take} takes of line {args.line}” for more" if args.take <= MOST_TAKES else "no more"
        )
        has = "1 take" if there == 1 else f"{there} takes"
        raise EditInvalid(f"Line {args.line} has {has}; {more}.")
    return _each(script, args.line, lambda line: replace(line, chosen=args.take))


def _add(script: Script, args: AddLine, context: Context) -> Script:
    text = clean_text(args.text, context.languages)
    at = len(script.lines) if args.after is None else args.after
    before = script.lines[index_of(script, at)] if at != 0 else script.lines[0]
    framing = Framing.CLOSE if before.framing is Framing.MEDIUM else Framing.MEDIUM
    line = Line(new_line_id(text, {line.id for line in script.lines}), text, before.tone, framing)
    return replace(script, lines=(*script.lines[:at], line, *script.lines[at:]))


def _remove(script: Script, args: RemoveLine, context: Context) -> Script:
    at = index_of(script, args.line)
    if len(script.lines) == 1:
        raise EditInvalid("That is the only line; change its words instead.")
    return replace(script, lines=(*script.lines[:at], *script.lines[at + 1 :]))


def _reorder(script: Script, args: ReorderLines, context: Context) -> Script:
    """The order is one of lines as they were seen; a line added since stays behind the one before it."""
    seen = context.seen or script
    wanted = [seen.lines[index_of(seen, number)].id for number in args.order]
    if len(wanted) != len(seen.lines) or len(set(wanted)) != len(wanted):
        raise EditInvalid(f"Name each of the {len(seen.lines)} lines once, in the order that you want.")
    groups: dict[str, list[Line]] = {"": []}
    at = ""
    for line in script.lines:
        at = line.id if line.id in wanted else at
        groups.setdefault(at, []).append(line)
    lines = (line for line_id in ("", *wanted) for line in groups.get(line_id, ()))
    return replace(script, lines=tuple(lines))


LINE_TOOLS = (
    Tool("rewrite_line", RewriteLine, _rewrite),
    Tool("set_tone", SetTone, _set_tone),
    Tool("reframe", Reframe, _reframe),
    Tool("add_line", AddLine, _add),
    Tool("remove_line", RemoveLine, _remove),
    Tool("reorder_lines", ReorderLines, _reorder),
    Tool("regenerate", Regenerate, _regenerate),
    Tool("set_takes", SetTakes, _takes),
    Tool("choose_take", ChooseTake, _choose),
)
