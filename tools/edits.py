"""All tools, and the one way in which a reply changes a script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import ValidationError

from studio.domain import Edit, Script
from studio.errors import EditInvalid, LanguageUnsupported
from studio.languages import name_of
from tools.context import Context
from tools.language import reads_like
from tools.line_tools import LINE_TOOLS
from tools.look_tools import LOOK_TOOLS, in_language
from tools.script import check_script
from tools.tool import Tool

TOOLS: tuple[Tool, ...] = (*LINE_TOOLS, *LOOK_TOOLS)
_NAMED = {tool.name: tool for tool in TOOLS}


def apply_edit(script: Script, edit: Edit, context: Context) -> Script:
    """The script after one edit.

    Raises EditInvalid, TextUnspeakable, LanguageUnsupported or ScriptTooLong with a sentence to show.
    """
    tool = _NAMED.get(edit.tool)
    if tool is None:
        raise EditInvalid(f"There is no change called “{edit.tool[:40]}”.")
    try:
        args = tool.args.model_validate(edit.args)
    except ValidationError as error:
        raise EditInvalid(f"{tool.name}: {_plain(error)}.") from error
    return check_script(tool.apply(script, args, context))


def apply_edits(script: Script, edits: Iterable[Edit], context: Context) -> Script:
    """The script after all edits, whose line numbers mean the script as the founder saw it.

    Raises as apply_edit; nothing is changed then.
    """
    old = script
    for edit in seen_order(edits):
        script = apply_edit(script, edit, context)
    return _in_one_language(old, script)


def _in_one_language(old: Script, new: Script) -> Script:
    """A script all of whose words are new is in their language; otherwise no line may be in another one."""
    kept = {line.text for line in old.lines} & {line.text for line in new.lines}
    found = "" if kept else reads_like(new.text)
    look = in_language(new.look, found) if found else new.look
    for number, line in enumerate(new.lines, 1):
        if line.text not in kept and (strange := reads_like(line.text)) not in ("", look.language):
            raise LanguageUnsupported(
                f"Line {number} would be in {name_of(strange)} and the video is in {name_of(look.language)}; "
                "send me the whole script in one language."
            )
    return check_script(replace(new, look=look))


def seen_order(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in an order that keeps line numbers true: changes, then additions and removals from the end up.

    Pronunciations and trimming come last, since they are judged on the words that stay.
    """
    return sorted(edits, key=_rank)


def _rank(edit: Edit) -> tuple[int, float, bool]:
    late = {"add_pronunciation": 2, "trim_to_length": 3}
    if edit.tool not in ("add_line", "remove_line"):
        return (late.get(edit.tool, 0), 0.0, False)
    at = edit.args.get("after" if edit.tool == "add_line" else "line")
    return (1, -float(at) if isinstance(at, int | float) else float("-inf"), edit.tool == "remove_line")


def _plain(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].lower()}" if where else first["msg"].lower()
