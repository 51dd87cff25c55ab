"""What espeak-ng does with a line, called in its own process: speak it with times, or pronounce it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engine import Json
from studio.errors import EngineDied, Misconfigured
from studio.spoken import Spoken
from workers.engines.voice.espeak import VOICES
from workers.engines.voice.timed import Sound

LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Mono samples and whose phone sounds when; `sounds[i].owner` is a token's index in the line."""

    samples: NDArray[np.float32]
    rate: int
    sounds: list[Sound]


def uttered(tokens: Sequence[Spoken], voice: str, rate: float, pitch: float) -> Utterance:
    """The line spoken by an espeak voice, `rate` in words a minute, `pitch` 0..100; raises EngineDied."""
    text, owners = _written(tokens)
    with tempfile.TemporaryDirectory() as folder:
        pcm = Path(folder, "pcm")
        events = _asked({"text": text, "voice": voice, "rate": rate, "pitch": pitch, "pcm": str(pcm)})
        samples = np.frombuffer(pcm.read_bytes(), "<i2").astype(np.float32) / 32768.0
    return Utterance(samples, int(events["rate"]), _sounds(events, owners, len(samples)))


def pronounced(tokens: Sequence[Spoken], language: str) -> list[str]:
    """IPA of each token as it is said in this line, its words parted by spaces; raises EngineDied.

    espeak-ng divides a line a little otherwise than it is written ("de la" is one word in some places, "Wi-Fi"
    are two). There, where each word begins in the line is where it would if each were said alone.
    """
    owners = [at for at, token in enumerate(tokens) for _ in token.words]
    words = [_plain(word, token) for token in tokens for word in token.words]
    ends = {last: token.stop for token, last in zip(tokens, _last(tokens), strict=True) if token.stop}
    written = [word + ends.get(at, "") for at, word in enumerate(words)]
    found = _asked({"voice": VOICES[language], "words": written}) if words else {"line": []}
    line = found["line"] if len(found["line"]) == len(words) else _divided(found["line"], found["alone"])
    said: list[list[str]] = [[] for _ in tokens]
    for owner, ipa in zip(owners, line, strict=True):
        said[owner] += [ipa] if ipa else []
    return [" ".join(each) for each in said]


def _last(tokens: Sequence[Spoken]) -> list[int]:
    return [count - 1 for count in accumulate(len(token.words) for token in tokens)]


def _divided(line: Sequence[str], alone: Sequence[str]) -> list[str]:
    """The IPA of a line cut into as many words as were written."""
    whole, apart = "".join(line), "".join(alone)
    blocks = SequenceMatcher(None, apart, whole, autojunk=False).get_matching_blocks()
    ours = [block.a + step for block in blocks for step in range(block.size)] + [len(apart)]
    theirs = [block.b + step for block in blocks for step in range(block.size)] + [len(whole)]
    cuts = np.interp([0, *accumulate(map(len, alone))], ours, theirs).round().astype(int)
    return [whole[first:last] for first, last in pairwise(cuts.tolist())]


def _asked(asked: Json) -> Json:
    if find_spec("espeakng_loader") is None:  # an environment of before espeak-ng belonged to it
        raise Misconfigured(
            "This engine's environment lacks espeak-ng; `aiclone engines install NAME` renews it."
        )
    script = str(Path(__file__).with_name("espeak_cli.py"))
    done = subprocess.run(
        [sys.executable, script],
        input=json.dumps(asked).encode(),
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise EngineDied("espeak-ng stopped; it will be tried again.")
    found: Json = json.loads(done.stdout)
    return found


def _written(tokens: Sequence[Spoken]) -> tuple[str, list[tuple[int, int]]]:
    """The text to speak, and where in it each token begins: (character, token)."""
    text, owners = "", list[tuple[int, int]]()
    for at, token in enumerate(tokens):
        for word in token.words:
            owners.append((len(text), at))
            begins = not text or text.rstrip()[-1:] in ".!?"
            plain = _plain(word, token)
            text += (plain[0].upper() + plain[1:] if begins and len(plain) > 1 else plain) + " "
        if token.stop and text:
            text = text.rstrip() + token.stop + " "
    return text, owners


def _plain(word: str, token: Spoken) -> str:
    if word.startswith("=/"):
        return token.text
    return word[1:].replace("-", "").lower() if word.startswith("=") else word


def _sounds(events: Json, owners: Sequence[tuple[int, int]], length: int) -> list[Sound]:
    starts, rate = [start for start, _ in owners], events["rate"]
    spoken_at = [sample for _, sample in events["words"]]
    phones = [*events["phones"], ["", length]]
    sounds = list[Sound]()
    for (ipa, begin), (_, end) in pairwise(phones):
        word = bisect_right(spoken_at, begin) - 1
        if word < 0 or not ipa.strip("_:|") or ipa.startswith("("):
            continue
        character = events["words"][word][0]
        owner = owners[max(0, bisect_right(starts, character) - 1)][1]
        if end <= begin and sounds:  # the last phone of a clause may come without a length of its own
            last = sounds.pop()
            begin = int((last.start + last.end) / 2 * rate)
            sounds.append(Sound(last.owner, last.ipa, last.start, begin / rate))
        sounds.append(Sound(owner, ipa, begin / rate, max(end, begin + 1) / rate))
    return sounds
