"""From a script's lines to shots: continuous pictures of one framing."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain import Framing, Line, Script

LEAD_S = 0.1
PAUSE_S = 0.34
SHORT_WORDS = 5


@dataclass(frozen=True, slots=True)
class Shot:
    """Lines spoken in one picture; known by its first line, so that it survives edits before it."""

    lines: tuple[Line, ...]

    @property
    def id(self) -> str:
        """The id of its first line."""
        return self.lines[0].id

    @property
    def framing(self) -> Framing:
        """The framing of its first line."""
        return self.lines[0].framing

    @property
    def pauses(self) -> tuple[float, ...]:
        """Seconds of silence behind each line."""
        return (PAUSE_S,) * len(self.lines)


def shots_of(script: Script) -> tuple[Shot, ...]:
    """One shot a line; a very short line joins the shot before it when the framing is the same."""
    groups: list[list[Line]] = []
    for line in script.lines:
        short = len(line.text.split()) < SHORT_WORDS
        if groups and short and groups[-1][0].framing == line.framing:
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(Shot(tuple(group)) for group in groups)


def around(script: Script, line: Line, stitch: str) -> tuple[str, str]:
    """The words before and after a line: of its shot, of the whole "script", or none ("off").

    A line is spoken anew when these change. A shot is rendered again with any of its lines anyway, and inside
    it a jump in the voice is heard most: that is why it is the measure.
    """
    groups = {"script": (script.lines,), "shot": tuple(shot.lines for shot in shots_of(script))}
    lines = next((group for group in groups.get(stitch, ()) if line in group), (line,))
    at = lines.index(line)
    before, after = lines[max(0, at - 1) : at], lines[at + 1 : at + 2]
    return "".join(each.text for each in before), "".join(each.text for each in after)
