"""All tools, and the one way in which a reply changes a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pydantic import ValidationError

from studio.domain import Edit, Script
from studio.errors import EditInvalid, LanguageUnsupported, NeedsFounder
from studio.languages import name_of
from tools.context import Context
from tools.language import reads_like
from tools.line_tools import LINE_TOOLS
from tools.look_tools import LOOK_TOOLS, in_language
from tools.script import check_script
from tools.tool import Tool
from tools.version_tools import VERSION_TOOLS

TOOLS: tuple[Tool, ...] = (*LINE_TOOLS, *LOOK_TOOLS, *VERSION_TOOLS)
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
    for edit, after in one_by_one(script, edits, context):
        if isinstance(after, NeedsFounder):
            raise after
        script, old = after, after if _goes_back(edit) else old
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


def one_by_one(
    script: Script, edits: Iterable[Edit], context: Context
) -> Iterator[tuple[Edit, Script | NeedsFounder]]:
    """Each edit with the script after it, or with why it cannot be made, in which case it is left out.

    Line numbers mean the script as the founder saw it, or the version that is gone back to.
    """
    seen = script
    for edit in seen_order(edits):
        try:
            script = apply_edit(script, edit, replace(context, seen=seen))
        except NeedsFounder as trouble:
            yield edit, trouble
            continue
        seen = script if _goes_back(edit) else seen
        yield edit, script


def seen_order(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in an order that keeps line numbers true: changes, then additions and removals from the end up.

    Going back comes first, since the rest is meant of the version that comes back; another order of lines comes
    after all lines are there, pronunciations and trimming last, since they are judged on the words that stay.
    """
    return sorted(edits, key=_rank)


def _rank(edit: Edit) -> tuple[int, float, bool]:
    if edit.tool not in ("add_line", "remove_line"):
        late = {"reorder_lines": 2, "add_pronunciation": 3, "trim_to_length": 4}
        return (-1 if _goes_back(edit) else late.get(edit.tool, 0), 0.0, False)
    at = edit.args.get("after" if edit.tool == "add_line" else "line")
    return (1, -float(at) if isinstance(at, int | float) else float("-inf"), edit.tool == "remove_line")


def _goes_back(edit: Edit) -> bool:
    """Whether it brings back a whole version."""
    return edit.tool == "go_back" and edit.args.get("line") is None


def _plain(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].lower()}" if where else first["msg"].lower()
