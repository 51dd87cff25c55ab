"""Wishes that nobody here can fulfil, and what is said of them: why not, and what can be done instead."""

from __future__ import annotations

import re

_TOPICS: dict[str, str] = {
    r"music|song|sound effects?|jingle|soundtrack": "I add no music or sounds: the file has the voice alone.",
    r"logo|b-?roll|slides?|images?|pictures? of|website shown|charts?|gifs?|emojis?|animations?|effects?|intro|outro|"
    r"transitions?": "I show the person before a background and captions, nothing else.",
    r"smil\w+|gestur\w+|hands?|wave|nod\w*|blink\w*|eyes?|look(?:ing)? at|head|clothes|shirt|suit|hair|glasses|"
    r"dress\w*|younger|older|wear\w*": (
        "Face, clothes and gestures come from the photo; “other portrait” takes another one."
    ),
    r"(?:different|other|another|new|male|female|man's|woman's|deeper|higher|younger|older|better|nicer|my) voice|"
    r"accents?|voice (?:is|sounds)": (
        "The voice is the persona's. I change how it speaks: “warmer”, “slower”, another take with “again”."
    ),
    r"call to action|jokes?|hashtags?|slogan": (
        "I write no words of my own: give me yours, such as “add at the end: …”."
    ),
    r"loud\w*|quieter volume|volume": "Loudness is set to what the format asks for, the same for all videos.",
    r"4k|hd|1080p?|720p?|resolution|higher quality|fps|60 ?fps": (
        "Size and quality belong to the format: social, square, wide, whatsapp or draft."
    ),
    r"captions?|subtitles?|font": (
        "Captions come in three forms: “no captions”, “plain captions”, “captions word by word”."
    ),
    r"merge|join|combine|connect|split|divide|cut in two|copy|duplicate|twice": (
        "I do not merge, split or copy lines. Write them: “change line 1 to …”, “add a line after 2: …”, "
        "“remove line 3”."
    ),
    r"typos?|spell\w*|misspell\w*|mistake|wrong|incorrect|error|fix|not \d\w*|it'?s .{1,30}\bnot": (
        "Write what it should be: “replace four with five”, “change line 2 to …”; for the sound, “say Kadar as ka-DAR”."
    ),
    r"boring|flat|dull|energy|energetic|lively|excit\w+|passion\w*|enthusias\w+|emotion\w*|robotic|monoton\w+|"
    r"natural": (
        "I can change the tone, of all or one line (“line 2 warmer”, “like a story”), the pace (“faster”), or take it "
        "“again”."
    ),
    r"topic|make it about|instead about": (
        "Another topic is another video: say “cancel”, then write the new brief."
    ),
    r"slow\w*|fast\w*": (
        "The pace is one for the whole video: “slower” alone changes it; a soft line is slower, too."
    ),
    r"emphas\w+|stress": (
        "Emphasis stands in the words: “change line 2 to We are hiring *twelve* engineers.”"
    ),
    r"pauses?": "Say for example “pause 1 second after line 2”.",
    r"language|translat\w+|english|german|french|spanish|italian|portuguese|hindi|arabic|chinese|japanese": (
        "I do not translate: send me the whole script in that language after “Script:”, as a new video."
    ),
}
"""Words of a wish → the answer; the first that fits is given."""


def cannot(plain: str) -> str:
    """Why a wish cannot be fulfilled, and what can; "" when that is not known. `plain` is small, without marks."""
    return next((said for words, said in _TOPICS.items() if re.search(rf"\b(?:{words})\b", plain)), "")
