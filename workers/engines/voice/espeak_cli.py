"""Runs alone: espeak-ng (GPL) in a process of its own. JSON in on stdin, PCM file and JSON events out.

stdin   {"text", "voice", "rate", "pitch", "pcm"}     rate in words a minute, pitch 0..100
stdout  {"rate", "words": [[character, sample]], "phones": [[ipa, sample]]}
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any, ClassVar

RETRIEVAL, PHONEME_EVENTS, IPA, UTF8, BY_CHARACTER = 1, 1, 2, 1, 1
RATE, VOLUME, PITCH, WORD, PHONEME, END_OF_LIST = 1, 2, 3, 1, 7, 0


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
    """Speak one text."""
    import espeakng_loader

    asked = json.load(sys.stdin)
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = str(espeakng_loader.get_data_path()).encode()
    rate = library.espeak_Initialize(RETRIEVAL, 0, data, PHONEME_EVENTS | IPA)
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    library.espeak_SetVoiceByName(asked["voice"].encode())
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
    json.dump({"rate": rate, "words": words, "phones": phones}, sys.stdout)


if __name__ == "__main__":
    main()
