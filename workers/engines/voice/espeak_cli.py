"""Runs alone: espeak-ng (GPL) in a process of its own. JSON in on stdin, PCM file and JSON out.

stdin   {"voice", "text", "rate", "pitch", "pcm"}     speaks; rate in words a minute, pitch 0..100
stdout  {"rate", "words": [[character, sample]], "phones": [[ipa, sample]]}
stdin   {"voice", "words": [word with its stop]}      pronounces only
stdout  {"line": [IPA of a word as espeak divides the line], "alone": [IPA of each word]}

In what is pronounced only, symbols that make one phone are tied by "^". Exits with 3 when there is no such voice.
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
from pathlib import Path
from typing import Any, ClassVar

RETRIEVAL, PHONEME_EVENTS, IPA, UTF8, BY_CHARACTER = 1, 1, 2, 1, 1
RATE, VOLUME, PITCH, WORD, PHONEME, END_OF_LIST = 1, 2, 3, 1, 7, 0
TIED_IPA = 0x02 | 0x80 | ord("^") << 8
NO_VOICE = 3


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


def main() -> None:
    """Speak or pronounce one text."""
    import espeakng_loader

    asked = json.load(sys.stdin)
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = str(espeakng_loader.get_data_path()).encode()
    rate = library.espeak_Initialize(RETRIEVAL, 0, data, PHONEME_EVENTS | IPA)
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    if library.espeak_SetVoiceByName(asked["voice"].encode()):
        sys.exit(NO_VOICE)
    answer = _pronounced(library, asked["words"]) if "words" in asked else _spoken(library, asked, rate)
    json.dump(answer, sys.stdout)


def _pronounced(library: Any, words: list[str]) -> dict[str, Any]:
    line = _ipa(library, " ".join(words)).split()
    same = len(line) == len(words)
    return {"line": line, "alone": [] if same else ["".join(_ipa(library, word).split()) for word in words]}


def _ipa(library: Any, text: str) -> str:
    """The IPA of a text, clause by clause; the marks of words in another language taken out."""
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    left, said = ctypes.c_char_p(text.encode()), ""
    while left.value:
        said += library.espeak_TextToPhonemes(ctypes.byref(left), UTF8, TIED_IPA).decode() + " "
    return re.sub(r"\([^)]*\)", "", said)


def _spoken(library: Any, asked: dict[str, Any], rate: int) -> dict[str, Any]:
    library.espeak_SetParameter(RATE, int(asked["rate"]), 0)
    library.espeak_SetParameter(PITCH, int(asked["pitch"]), 0)
    sound = bytearray()
    words: list[tuple[int, int]] = []
    phones: list[tuple[str, int]] = []

    def heard(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, count * 2))
        at = 0
        while events and events[at].type != END_OF_LIST:
            event = events[at]
            if event.type == WORD:
                words.append((event.text_position - 1, event.sample))
            if event.type == PHONEME:
                phones.append((event.id.decode("utf-8", "ignore"), event.sample))
            at += 1
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))(heard)
    library.espeak_SetSynthCallback(callback)
    text = asked["text"].encode()
    library.espeak_Synth(text, len(text) + 1, 0, BY_CHARACTER, 0, UTF8, None, None)
    library.espeak_Synchronize()
    Path(asked["pcm"]).write_bytes(bytes(sound))
    return {"rate": rate, "words": words, "phones": phones}


if __name__ == "__main__":
    main()
