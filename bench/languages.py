"""Word faults in other languages: native voices say a line rightly, and with one word wrong, dropped or said twice.

`languages.tsv` holds a language, a line and the line with another word, number or a negation. Every second line was
used to set the listener's limits; the others are judged. A fault is spoken by the same voice, so nothing but its words
tells it.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from studio.engine import Json, Listen, Speak
from studio.picking import faults_of
from studio.settings import Settings
from studio.weights import Weights
from workers.engines.listen.whisper import WhisperBase
from workers.engines.voice.kokoro import NATIVE, Kokoro

LINES = Path(__file__).with_name("languages.tsv")


def said(line: str, wrong: str) -> Iterator[tuple[str, str]]:
    """(kind, what is spoken): the line, and its faults."""
    words = line.split()
    longest = max(
        (at for at in range(1, len(words) - 1) if words[at].isalpha()), key=lambda at: len(words[at])
    )
    yield "clean", line
    yield "another word, number or negation", wrong
    yield "a word dropped", " ".join(words[:longest] + words[longest + 1 :])
    yield "the last word missing", " ".join(words[:-1]) + "."
    yield "a word twice", " ".join(words[: longest + 1] + words[longest:])


def heard(held: bool) -> Iterator[tuple[str, str, str, Json]]:
    """(language, kind, line, what the listener wrote), the voices of a language taking turns."""
    weights = Weights(Settings().cache, Settings().weights_folder)
    speaker, listener = Kokoro(), WhisperBase()
    speaker.load({"kokoro": weights.folder("kokoro")})
    listener.load({"whisper-base": weights.folder("whisper-base")})
    rows = [row.split("\t") for row in LINES.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        wav, out = Path(folder, "voice.wav"), Path(folder, "heard.json")
        for at, (language, line, wrong) in list(enumerate(rows))[held::2]:
            voices = list(NATIVE[language].values())
            for kind, text in said(line, wrong):
                for voice in voices if kind == "clean" else [voices[at // 2 % len(voices)]]:
                    speaker.run(asdict(Speak(text, voice, language=language)), {}, wav, at, lambda _: None)
                    listener.run(asdict(Listen(language, line)), {"audio": wav}, out, 0, lambda _: None)
                    yield language, kind, line, json.loads(out.read_text("utf-8"))


def measure(console: Console, held: bool = True) -> dict[str, float]:
    """The share of word faults caught and of clean takes blamed; the table is printed."""
    cases, blamed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for language, kind, line, found in heard(held):
        guilty = bool(faults_of(line, found, {}, language=language))
        cases[language, kind] += 1
        blamed[language, kind] += guilty
        if guilty == (kind == "clean"):
            console.print(f"{language} {kind}: {line}\n   heard {found['text']}\n   agreed {found['agreed']}")
    kinds = list(dict.fromkeys(kind for _, kind in cases))
    languages = list(dict.fromkeys(language for language, _ in cases))
    table = Table("blamed", *languages)
    for kind in kinds:
        table.add_row(kind, *(f"{blamed[each, kind]} of {cases[each, kind]}" for each in languages))
    console.print(table)
    clean = [key for key in cases if key[1] == "clean"]
    wrong = [key for key in cases if key[1] != "clean"]
    return {
        "word_faults_elsewhere": sum(blamed[key] for key in wrong) / sum(cases[key] for key in wrong),
        "false_alarms_elsewhere": sum(blamed[key] for key in clean) / sum(cases[key] for key in clean),
    }
