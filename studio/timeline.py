"""When each word and phone of a voice is spoken, carried inside its WAV.

A WAV is a list of RIFF chunks and readers skip those they do not know, so the timeline travels as one JSON
chunk named `tmln` behind the samples: one file, one hash, and the alignment can never part from its sound.
"""

from __future__ import annotations

import io
import json
import struct
import wave
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaUnusable

CHUNK = b"tmln"


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone in IPA (one symbol; diphthongs as Kokoro writes them: A I W Y O); seconds."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Word:
    """One whitespace-separated token of the line, punctuation included; seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Words in the line's order, one for each token of `text.split()`; phones in time order."""

    words: tuple[Word, ...]
    phones: tuple[Phone, ...]


def write_voice(path: Path, samples: NDArray[np.float32], rate: int, timeline: Timeline) -> None:
    """Write mono float samples (-1..1) as 16-bit WAV with its timeline."""
    pcm = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm)
    body = json.dumps(asdict(timeline), separators=(",", ":"), ensure_ascii=False).encode()
    body += b" " * (len(body) % 2)
    riff = bytearray(buffer.getvalue() + CHUNK + struct.pack("<I", len(body)) + body)
    struct.pack_into("<I", riff, 4, len(riff) - 8)
    path.write_bytes(riff)


def read_timeline(path: Path) -> Timeline:
    """The timeline inside a WAV; raises MediaUnusable when it has none."""
    data = path.read_bytes()
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == CHUNK:
            raw = json.loads(data[at + 8 : at + 8 + size])
            return Timeline(
                tuple(Word(**word) for word in raw["words"]), tuple(Phone(**phone) for phone in raw["phones"])
            )
        at += 8 + size + size % 2
    raise MediaUnusable(f"{path.name} carries no timeline; align it first.")


def read_samples(path: Path) -> tuple[NDArray[np.float32], int]:
    """Mono float samples and their rate, from a WAV that `write_voice` wrote."""
    with wave.open(str(path), "rb") as source:
        pcm = source.readframes(source.getnframes())
        rate = source.getframerate()
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0, rate
