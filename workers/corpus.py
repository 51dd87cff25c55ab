"""A founder's recordings → clips with their words, to train a voice on: cut, transcribed, judged, split.

Everything lies in `<media store>/training/<persona id>`, which goes when the persona goes: `clips/`, and
`manifest.json`, written last, with the persona and the SHA-256 of every recording and clip. The same recordings give
the same manifest, so that its SHA-256 says what is learnt.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine import Json, Transcribe
from studio.errors import VoiceSampleUnusable
from studio.media import MediaStore, sha256_of
from studio.store.personas import Persona
from workers.engine_process import EngineProcess
from workers.engines.train.cutting import CLIPPED_SHARE, Samples, Span, clipped_share, cut

RATE = 22_050
VERSION = "1"
LEAST_S = 120.0
LEAST_SNR_DB, LEAST_CONFIDENCE, MOST_NO_SPEECH, MOST_COMPRESSION = 15.0, -1.0, 0.6, 2.4
"""The last three are Whisper's own limits for a text that cannot be trusted."""
LEAST_SPEED, MOST_SPEED = 3.0, 30.0
"""Characters a second: outside, the words are not those of the sound."""
HELD_OUT_SHARE, LEAST_HELD_OUT = 0.1, 2


@dataclass(frozen=True, slots=True)
class Corpus:
    """How clips are made: seconds of speech that are needed, lengths of a clip in seconds."""

    media: MediaStore
    least_s: float = LEAST_S
    shortest_s: float = 3.0
    longest_s: float = 11.0

    async def build(
        self, persona: Persona, language: str, listener: EngineProcess, tell: Callable[[str], None]
    ) -> Json:
        """The manifest, from the folder when it is of the same recordings. `tell` hears what is left out and why.

        Raises VoiceSampleUnusable with how much speech there is when it is too little.
        """
        folder = self.media.training(persona.id)
        samples = list(dict.fromkeys(persona.samples))
        made: Json = {"version": VERSION, "persona": persona.id, "language": language, "samples": samples}
        made |= {"shortest_s": self.shortest_s, "longest_s": self.longest_s, "listener": listener.name}
        known = _manifest(folder)
        if {name: known.get(name) for name in made} != made:
            shutil.rmtree(folder / "clips", ignore_errors=True)
            (folder / "manifest.json").unlink(missing_ok=True)
            (folder / "clips").mkdir(parents=True)
            rows = [await self._judged(row, folder, listener, language) for row in self._cut(samples, folder)]
            known = made | _sorted_out(rows)
            _write(folder / "manifest.json", known)
        for row in known["dropped"]:
            tell(f"{row['sample'][:8]} {row['start']:.1f}–{row['end']:.1f} s left out: {row['why']}.")
        if known["speech_s"] < self.least_s:
            raise VoiceSampleUnusable(
                f"There are {known['speech_s']:.0f} seconds of usable speech in {len(known['clips'])} clips; training "
                f"needs at least {self.least_s:.0f}. Add recordings, several minutes in all."
            )
        return known

    def _cut(self, samples: list[str], folder: Path) -> Iterator[tuple[Json, Samples]]:
        for sha in samples:
            sound = _sound(self.media.fetch(sha))
            for at, span in enumerate(cut(sound, RATE, self.shortest_s, self.longest_s)):
                yield _row(sha, at, span, folder), sound[int(span.start * RATE) : int(span.end * RATE)]

    async def _judged(
        self, cut_out: tuple[Json, Samples], folder: Path, listener: EngineProcess, language: str
    ) -> Json:
        """A row of the manifest: with the words of the clip, or with why it is of no use."""
        import soundfile

        row, samples = cut_out
        if row["why"] or (why := _poor_sound(samples)):
            return row | {"why": row["why"] or why}
        path = folder / row["file"]
        soundfile.write(path, samples, RATE, subtype="PCM_16")
        with self.media.workspace() as room:
            out = Path(room) / "heard.json"
            request = asdict(Transcribe(language))
            await listener.run(request, {"audio": path}, out, 0, 300.0, lambda _: None)
            heard: Json = json.loads(out.read_bytes())
        row |= {"text": heard["text"], "confidence": heard["confidence"], "sha256": sha256_of(path)}
        row["why"] = _poor_words(heard, row["end"] - row["start"])
        if row["why"]:
            path.unlink()
        return row


def _row(sha: str, at: int, span: Span, folder: Path) -> Json:
    why = "" if span.usable else f"{span.seconds:.1f} s without a silence to cut at, or too short"
    name = f"clips/{sha[:12]}-{at:03}.wav"
    return {"file": name, "sample": sha, "start": span.start, "end": span.end, "why": why}


def _poor_sound(samples: Samples) -> str:
    from workers.engines.inspect.condition import condition_of

    if clipped_share(samples) > CLIPPED_SHARE:
        return "it clips"
    noise = float(condition_of(samples, RATE)["snr_db"])
    return f"the voice is only {noise:.0f} dB above the noise" if noise < LEAST_SNR_DB else ""


def _poor_words(heard: Json, seconds: float) -> str:
    speed = len(heard["text"]) / seconds
    for fails, why in (
        (not heard["text"].strip() or heard["no_speech"] > MOST_NO_SPEECH, "no speech was heard in it"),
        (heard["confidence"] < LEAST_CONFIDENCE, "its words could not be made out for certain"),
        (heard["compression"] > MOST_COMPRESSION, "its words repeat themselves"),
        (not LEAST_SPEED <= speed <= MOST_SPEED, "its words do not fit its length"),
    ):
        if fails:
            return why
    return ""


def _sorted_out(rows: list[Json]) -> dict[str, Any]:
    """Clips that are used, those held out among them, and what was dropped; decided by hashes, not by chance."""
    kept = [row for row in rows if not row["why"]]
    count = max(LEAST_HELD_OUT, round(len(kept) * HELD_OUT_SHARE))
    held = {row["file"] for row in sorted(kept, key=lambda row: str(row["sha256"]))[:count]}
    clips = [
        {name: each for name, each in row.items() if name != "why"} | {"held_out": row["file"] in held}
        for row in kept
    ]
    dropped = [{name: row[name] for name in ("sample", "start", "end", "why")} for row in rows if row["why"]]
    return {
        "clips": clips,
        "dropped": dropped,
        "speech_s": round(sum(row["end"] - row["start"] for row in kept), 1),
    }


def _sound(path: Path) -> Samples:
    import soundfile
    from scipy.signal import resample_poly

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    common = int(np.gcd(rate, RATE))
    return np.asarray(resample_poly(samples.mean(axis=1), RATE // common, rate // common), np.float32)


def _manifest(folder: Path) -> Json:
    path = folder / "manifest.json"
    found: Json = json.loads(path.read_bytes()) if path.is_file() else {}
    return found


def _write(path: Path, known: Json) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False), "utf-8")
    part.replace(path)
