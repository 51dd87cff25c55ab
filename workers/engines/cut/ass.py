"""Draws captions and the label as one ASS document, placed word by word from the font's own measures.

Every word has its own event with a position, so that a rounded box can lie exactly behind the spoken one.
Layers: 0 soft shadow, 1 box, 2 words, 3 label. Sizes are in pixels of the profile, which is also PlayRes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.engine import Json
from studio.profiles import Profile
from workers.engines.cut.captions import Phrase

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

ACCENT = "&H00F0503A&"
"""Colour of the box behind the spoken word, as ASS writes it: alpha, blue, green, red."""

_HEAD = """\
[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.{matrix}

[V4+ Styles]
Format: Name,Fontname,Fontsize,PrimaryColour,OutlineColour,Bold,BorderStyle,Outline,Shadow,Alignment
Style: word,{font},{size},&H00FFFFFF,&H00181210,1,1,{outline},0,5
Style: label,{font},{small},&H00FFFFFF,&H00000000,1,1,0,0,5

[Events]
Format: Layer,Start,End,Style,Text
"""


@dataclass(frozen=True, slots=True)
class Face:
    """A font for libass: its full name, and the height ASS wants for one pixel of em."""

    file: Path
    family: str
    ratio: float

    def sized(self, em: float) -> FreeTypeFont:
        """The same font for measuring, at `em` pixels."""
        from PIL import ImageFont

        return ImageFont.truetype(self.file, em)


@dataclass(frozen=True, slots=True)
class Placed:
    """One word of a phrase: index, centre and width in pixels."""

    index: int
    x: float
    y: float
    width: float


def open_face(folder: Path) -> Face:
    """The heaviest TrueType font of a folder; raises FileNotFoundError when there is none."""
    from PIL import ImageFont

    ranks = ("black", "extrabold", "bold", "semibold")
    files = sorted(f for f in folder.rglob("*.ttf") if "italic" not in f.name.lower())
    if not files:
        raise FileNotFoundError(f"no .ttf in {folder}")
    rank = {f: next((i for i, r in enumerate(ranks) if r in f.name.lower()), len(ranks)) for f in files}
    best = min(files, key=lambda f: (rank[f], len(f.name)))
    names = ImageFont.truetype(best, 100).getname()
    return Face(best, " ".join(name for name in names if name and name != "Regular"), _ass_ratio(best))


def _ass_ratio(file: Path) -> float:
    """ASS sizes a font by Windows' ascent + descent (table OS/2), not by its em (head.unitsPerEm)."""
    data = file.read_bytes()
    entries = (struct.unpack_from(">4s4xI", data, 12 + 16 * i) for i in range(int.from_bytes(data[4:6])))
    at = dict(entries)
    above, below = struct.unpack_from(">HH", data, at[b"OS/2"] + 74)
    return float((above + below) / struct.unpack_from(">H", data, at[b"head"] + 18)[0])


def write_ass(
    phrases: Sequence[Phrase],
    label: str,
    seconds: float,
    profile: Profile,
    face: Face,
    *,
    highlight: bool,
    matrix: str = "709",
) -> str:
    """The whole document: phrases with or without highlight, and the label from 0 to `seconds`."""
    em = caption_em(profile)
    small = round(max(13.0, min(profile.width, profile.height) * 0.026))
    head = _HEAD.format(
        width=profile.width,
        height=profile.height,
        matrix=matrix,
        font=face.family,
        size=f"{em * face.ratio:.2f}",
        small=f"{small * face.ratio:.2f}",
        outline=f"{em * 0.07:.1f}",
    )
    events = [event for phrase in phrases for event in _phrase_events(phrase, em, profile, face, highlight)]
    events += _label_events(label, small, seconds, profile, face) if label else []
    return head + "\n".join(events) + "\n"


def caption_em(profile: Profile) -> float:
    """Letter height (em) of captions: a share of the width when upright, of the height when wide."""
    aspect = profile.width / profile.height
    share = 0.074 * profile.width if aspect < 0.8 else 0.064 * min(profile.width, profile.height)
    return float(round(share))


def place_words(texts: Sequence[str], em: float, profile: Profile, face: Face) -> tuple[list[Placed], float]:
    """Centres of the words on one or two balanced lines above the bottom margin, and the scale to fit."""
    font = face.sized(em)
    space = font.getlength(" ") + 0.06 * em
    widths = [font.getlength(" ".join(text.split())) for text in texts]
    room = profile.width * (0.86 if profile.width <= profile.height else 0.7)

    def length(part: range) -> float:
        return sum(widths[i] for i in part) + space * (len(part) - 1)

    count = len(texts)
    lines = [range(count)]
    if length(lines[0]) > room * 0.8 and count > 1:
        cut = min(range(1, count), key=lambda c: max(length(range(c)), length(range(c, count))))
        lines = [range(cut), range(cut, count)]
    scale = min(1.0, room / max(length(line) for line in lines))
    bottom = profile.height * (1 - profile.safe[1]) - 0.6 * em
    placed = []
    for number, line in enumerate(lines):
        y = bottom - (len(lines) - 1 - number) * 1.32 * em
        x = (profile.width - length(line) * scale) / 2
        for i in line:
            placed.append(Placed(i, x + widths[i] * scale / 2, y, widths[i] * scale))
            x += (widths[i] + space) * scale
    return placed, scale


def escape(text: str) -> str:
    """Text that ASS shows as it is: no override block, no line break, no escape."""
    text = text.replace("\\", "\\\u2060")
    return text.replace("{", "\\{").replace("}", "\\}").replace("\n", " ").replace("\r", "")


def _phrase_events(phrase: Phrase, em: float, profile: Profile, face: Face, highlight: bool) -> Iterator[str]:
    placed, scale = place_words([word.text for word in phrase.words], em, profile, face)
    fit = f"\\fscx{scale * 100:.1f}\\fscy{scale * 100:.1f}" if scale < 1 else ""
    for spot in placed:
        word = phrase.words[spot.index]
        text = escape(word.text)
        at = f"\\pos({spot.x:.1f},{spot.y:.1f}){fit}"
        dim = f"\\pos({spot.x:.1f},{spot.y + em * 0.07:.1f}){fit}\\bord{em * 0.09:.1f}\\blur{em * 0.11:.1f}"
        shade = "\\1c&H000000&\\3c&H000000&\\1a&H60&\\3a&H60&"
        yield _event(0, phrase.start, phrase.end, "word", f"{{{dim}{shade}}}{text}")
        yield _event(2, phrase.start, phrase.end, "word", f"{{{at}}}{text}")
        if highlight:
            pad, tall = 0.2 * em * scale, 1.3 * em * scale
            box = _rounded(spot.x, spot.y, spot.width + 2 * pad, tall, 0.24 * em * scale)
            yield _event(1, word.start, word.end, "word", f"{{{box[0]}\\1c{ACCENT}}}{box[1]}")


def _label_events(text: str, em: float, seconds: float, profile: Profile, face: Face) -> list[str]:
    width = face.sized(em).getlength(text) + 1.3 * em
    x = profile.width * 0.04 + width / 2
    y = profile.height * profile.safe[0] + 0.9 * em
    tags, shape = _rounded(x, y, width, 1.8 * em, 0.9 * em)
    return [
        _event(3, 0.0, seconds, "label", f"{{{tags}\\1c&H000000&\\1a&H73&}}{shape}"),
        _event(4, 0.0, seconds, "label", f"{{\\pos({x:.1f},{y:.1f})\\1a&H10&}}{escape(text)}"),
    ]


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> tuple[str, str]:
    """Tags and drawing of a filled rounded rectangle centred at (x, y)."""
    w, h, r = width, height, min(radius, height / 2)
    k = r * 0.45  # the control points' distance from the corner, for a near circle
    path = (
        f"m {r:.1f} 0 l {w - r:.1f} 0 b {w - k:.1f} 0 {w:.1f} {k:.1f} {w:.1f} {r:.1f} "
        f"l {w:.1f} {h - r:.1f} b {w:.1f} {h - k:.1f} {w - k:.1f} {h:.1f} {w - r:.1f} {h:.1f} "
        f"l {r:.1f} {h:.1f} b {k:.1f} {h:.1f} 0 {h - k:.1f} 0 {h - r:.1f} "
        f"l 0 {r:.1f} b 0 {k:.1f} {k:.1f} 0 {r:.1f} 0"
    )
    return f"\\an7\\pos({x - w / 2:.1f},{y - h / 2:.1f})\\bord0\\shad0\\p1", path


def _event(layer: int, start: float, end: float, style: str, text: str) -> str:
    return f"Dialogue: {layer},{_clock(start)},{_clock(end)},{style},{text}"


def _clock(seconds: float) -> str:
    centis = max(0, round(seconds * 100))
    return f"{centis // 360000}:{centis // 6000 % 60:02d}:{centis // 100 % 60:02d}.{centis % 100:02d}"


def captions_of(request: Json) -> tuple[bool, bool]:
    """Whether a Finish request wants captions, and whether the spoken word is highlighted."""
    style = request.get("captions", "highlight")
    return style != "off", style == "highlight"
