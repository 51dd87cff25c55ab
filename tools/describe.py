"""Edits and differences in words for the chat."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pydantic import ValidationError

from studio.domain import Edit, Line, Look, Script, Tone
from studio.languages import name_of
from tools.edits import TOOLS
from tools.speech import script_seconds

_TONE = {
    Tone.NEUTRAL: "neutral",
    Tone.WARM: "warmer",
    Tone.AUTHORITATIVE: "more authoritative",
    Tone.SOFT: "softer",
    Tone.STORYTELLING: "more like a story",
}
_PHRASE = {
    "rewrite_line": "{where}: “{text}”",
    "set_tone": "{where}: {tone}",
    "reframe": "{where}: {framing} shot",
    "add_line": "new line {where}: “{text}”",
    "remove_line": "without {where}",
    "reorder_lines": "lines in the order {order}",
    "regenerate": "another take of {where}",
    "set_takes": "{takes} takes of {where}",
    "choose_take": "take {take} of {where}",
    "set_pace": "{pace}",
    "add_pronunciation": "{word} said {say}",
    "choose_portrait": "portrait {portrait}",
    "change_background": "{background}",
    "set_profile": "{profile} format",
    "set_captions": "{style}",
    "set_language": "in {language}",
    "set_label": "{label}",
    "set_title": "title “{title}”",
    "trim_to_length": "{seconds:g} seconds",
    "go_back": "{where} back as in {version}",
}
_CAPTIONS = {"off": "no captions", "plain": "plain captions", "highlight": "captions word by word"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two scripts: line ids of each kind, names of look fields, `title`.

    `order` has the lines that stay, as they now follow each other, () when they follow as before.
    """

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    title: bool = False
    order: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.changed or self.added or self.removed or self.look or self.title or self.order)


def describe_edit(edit: Edit, script: Script) -> str:
    """A short phrase such as "line 2: softer"; an edit that is not valid is named only."""
    tool = next((tool for tool in TOOLS if tool.name == edit.tool), None)
    if tool is None:
        return edit.tool
    try:
        args = tool.args.model_validate(edit.args).model_dump()
    except ValidationError:
        return edit.tool.replace("_", " ")
    return _PHRASE[edit.tool].format(**(args | _words(args, script)))


def _words(args: dict[str, object], script: Script) -> dict[str, str]:
    words: dict[str, str] = {}
    if "line" in args:
        words["where"] = "everything" if args["line"] is None else f"line {args['line']}"
    if "order" in args:
        words["order"] = ", ".join(map(str, args["order"])) if isinstance(args["order"], list) else ""
    if "version" in args:
        words["version"] = str(args["version"] or "the version before")
    if "after" in args:
        at = args["after"]
        words["where"] = "at the end" if at is None else f"after line {at}" if at else "at the start"
    if "text" in args:
        words["text"] = _cut(str(args["text"]))
    if isinstance(args.get("tone"), Tone):
        words["tone"] = _TONE[Tone(str(args["tone"]))]
    if "background" in args:
        own = str(args["background"]).lower() in ("", "photo", "own", "original", "none")
        words["background"] = "the photo's own background" if own else f"{args['background']} background"
    if "pace" in args:
        words["pace"] = _pace(float(str(args["pace"])), script.look.pace)
    if "style" in args:
        words["style"] = _CAPTIONS[str(args["style"])]
    if "language" in args:
        words["language"] = name_of(str(args["language"]))
    if "shown" in args:
        words["label"] = "label shown" if args["shown"] else "no label"
    return words


def _pace(wanted: float, now: float) -> str:
    if wanted == now:
        return f"pace {wanted:g}"
    return f"{'faster' if wanted > now else 'slower'} (pace {wanted:g})"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def diff(old: Script, new: Script) -> Changes:
    """What differs from `old` to `new`."""
    before = {line.id: line for line in old.lines}
    after = {line.id: line for line in new.lines}
    stay = tuple(key for key in after if key in before)
    return Changes(
        changed=tuple(key for key, line in after.items() if key in before and line != before[key]),
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        look=tuple(part.name for part in fields(Look) if _differs(old.look, new.look, part.name)),
        title=old.title != new.title,
        order=stay if stay != tuple(key for key in before if key in after) else (),
    )


def _differs(old: Look, new: Look, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def describe_changes(old: Script, new: Script) -> str:
    """What differs, in a sentence for the chat; "nothing changes" when nothing does."""
    found = diff(old, new)
    numbers = {line.id: at for at, line in enumerate(new.lines, 1)}
    were = {line.id: at for at, line in enumerate(old.lines, 1)}
    parts = [f"line {numbers[key]} ({_how(old.line(key), new.line(key))})" for key in found.changed]
    parts += [f"new line {numbers[key]}" for key in found.added]
    parts += [f"old line {were[key]} is out" for key in found.removed]
    parts += [f"lines in the order {', '.join(str(were[key]) for key in found.order)}"] if found.order else []
    parts += [_look(name, new.look) for name in found.look]
    if not found:
        return "nothing changes"
    before, after = (round(script_seconds(script), 1) for script in (old, new))  # as the card has them
    if round(before) != round(after):
        parts.append(f"about {after:.0f} s instead of {before:.0f}")
    return ", ".join(parts) or "title"


def _how(old: Line, new: Line) -> str:
    names = {"text": "words", "tone": str(new.tone), "framing": f"{new.framing} shot", "seed": "another take"}
    names |= {
        "takes": "1 take" if new.takes == 1 else f"{new.takes} takes, the best used",
        "chosen": f"take {new.chosen}" if new.chosen else "the best take",
    }
    return ", ".join(word for name, word in names.items() if getattr(old, name) != getattr(new, name))


def _look(name: str, look: Look) -> str:
    value = getattr(look, name)
    if name == "pronunciations":
        return "pronunciation of " + ", ".join(value) if value else "no pronunciations"
    if name == "language":
        return f"in {name_of(value)}"
    if name == "captions":
        return _CAPTIONS[value]
    if name == "label":
        return "label shown" if value else "no label"
    if value == "":
        return "the photo's own background" if name == "background" else f"the default {name}"
    said = {"background": "{} background", "profile": "{} format", "takes": "{} takes of a line"}
    return said.get(name, f"{name} {{}}").format(value)
