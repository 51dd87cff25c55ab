"""rich_text blocks: sections, lists, quotes and their leaves."""

from __future__ import annotations

from tests.fakes.slack.shapes import Check, Shape, boolean, integer, items, one_of, string, typed, url

_FLAGS = ("bold", "italic", "strike", "code", "highlight", "client_highlight", "unlink", "underline")
STYLE = Shape({}, dict.fromkeys(_FLAGS, boolean))
_STYLED: dict[str, Check] = {"style": STYLE}
LEAVES = {
    "text": Shape({"text": string(12_000)}, _STYLED),
    "link": Shape({"url": url()}, {"text": string(12_000), "unsafe": boolean, **_STYLED}),
    "user": Shape({"user_id": string(255)}, _STYLED),
    "usergroup": Shape({"usergroup_id": string(255)}, _STYLED),
    "channel": Shape({"channel_id": string(255)}, _STYLED),
    "emoji": Shape({"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6), **_STYLED}),
    "date": Shape(
        {"timestamp": integer(0, 10**11), "format": string(255)},
        {"url": url(), "fallback": string(2000), **_STYLED},
    ),
    "broadcast": Shape({"range": one_of("here", "channel", "everyone")}, _STYLED),
    "color": Shape({"value": string(7)}, _STYLED),
}
LEAF = items(typed(LEAVES), 0, 1000)
SECTION = Shape({"elements": LEAF}, {})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
PARTS = {
    "rich_text_section": SECTION,
    "rich_text_list": Shape(
        {
            "style": one_of("bullet", "ordered"),
            "elements": items(typed({"rich_text_section": SECTION}), 1, 1000),
        },
        {"indent": integer(0, 8), "offset": integer(0, 10**6), **_BORDER},
    ),
    "rich_text_quote": Shape({"elements": LEAF}, _BORDER),
    "rich_text_preformatted": Shape({"elements": LEAF}, {"language": string(255), **_BORDER}),
}
RICH_TEXT = Shape({"elements": items(typed(PARTS), 1, 1000)}, {"block_id": string(255)})
