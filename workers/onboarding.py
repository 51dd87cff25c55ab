"""Making a persona: photos and samples checked by engines, consent stored with its hash, then the row.

Beside the agent worker this is the only writer, and it writes nothing but personas and consents.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from studio.cleaning import SEPARATORS, Cleaning, Clip, choose_cleaning, instead_of, told
from studio.domain import PersonaId, Tone
from studio.engine import Clean, Json, Portray
from studio.errors import ConsentMissing, NeedsFounder, VoiceSampleUnusable
from studio.media import MediaStore, sha256_of
from studio.settings import Settings
from studio.store import Store, personas, trainings, voices
from studio.store.personas import Persona
from studio.weights import Weights
from workers import vendor_voices
from workers.engine_process import EngineProcess, engine_process
from workers.engines import engine_spec
from workers.engines.voice.imprint import forget
from workers.pitch import median_pitch
from workers.readiness import readiness_of

HIGH_VOICE_HZ = 165.0
STOCK = {
    "high": {"kokoro": "af_heart", "openvoice": "af_heart", "piper": "joe", "espeak": "en-us+f3"},
    "low": {"kokoro": "am_michael", "openvoice": "am_michael", "piper": "joe", "espeak": "en-us+m3"},
}
SAMPLE = "Grace"
LONGEST_NAME = 80
SAMPLE_EXEMPTION = (
    "Sample persona. The portrait is the US Navy's public-domain photograph of Rear Admiral Grace Hopper "
    "(1906-1992); the voice is a stock voice and imitates nobody. Use it to try the program, not to publish."
)


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What persona making needs; `children` are the engines at work, each loaded once."""

    settings: Settings
    store: Store
    media: MediaStore
    children: dict[str, EngineProcess] = field(default_factory=dict)

    async def add(
        self,
        name: str,
        founder: str,
        photos: Sequence[Path],
        samples: Sequence[Path],
        consent: Path,
        tell: Callable[[str], None] = lambda sentence: None,
        tones: Mapping[Path, str] = MappingProxyType({}),
    ) -> Persona:
        """Check everything, then store the persona; raises NeedsFounder with the file's name in it.

        `tell` hears how each recording was cleaned, with the numbers before and after; `tones` names the tone
        of those samples that are spoken in one.
        """
        evidence = _evidence(consent)
        _check_tones(tones.values())
        self._check_name(name)
        made: list[str] = []
        try:
            portraits = {
                photo.stem: await self._engine("photo", asdict(Portray()), {"photo": photo}, made)
                for photo in photos
            }
            clips = await self._clips(samples, tones, made, tell)
            pitch = median_pitch([self.media.fetch(clip.sha256) for clip in clips])
            voices = STOCK["high" if pitch > HIGH_VOICE_HZ else "low"]
            persona = _persona(name, founder, portraits, voices, clips)
            record = {"sha256": self.media.put(consent), "statement": evidence, "exemption": ""}
            with self.store.write() as connection:
                personas.add(connection, persona, record | {"expires_at": None})
        except BaseException:
            for sha in made:  # nobody consented to keeping what was refused
                self.media.erase(sha)
            raise
        finally:
            await self._close()
        return persona

    async def _clips(
        self,
        samples: Sequence[Path],
        tones: Mapping[Path, str],
        made: list[str],
        tell: Callable[[str], None],
    ) -> tuple[Clip, ...]:
        """Each recording once, however often and under whatever name it was given; a tone that was named stays."""
        found: dict[str, Clip] = {}
        for sample in dict.fromkeys(samples):
            sha, facts = await self._cleaned(sample, made, tell)
            label = tones.get(sample, "") or (found[sha].label if sha in found else "")
            found[sha] = Clip(sha, facts, label)
        return tuple(found.values())

    async def _cleaned(self, sample: Path, made: list[str], tell: Callable[[str], None]) -> tuple[str, Json]:
        """The recording, cleaned as its own noise and music ask for, and what was measured of it then."""
        before = await self._measured(sample)
        chosen = choose_cleaning(before, *self._separators())
        try:
            sha = await self._engine(*_cleaning(chosen, sample), made)
        except VoiceSampleUnusable:
            if chosen.engine not in SEPARATORS:
                raise
            chosen = instead_of(chosen)
            sha = await self._engine(*_cleaning(chosen, sample), made)
        after = await self._measured(self.media.fetch(sha))
        tell(f"{sample.name}: {chosen.why} {told(before, after)}")
        return sha, after

    async def _measured(self, sample: Path) -> Json:
        made: list[str] = []
        sha = await self._engine("inspect-sample", {}, {"audio": sample}, made)
        facts = self.media.read_json(sha)
        for each in made:
            self.media.erase(each)
        return facts

    def _separators(self) -> tuple[list[str], str]:
        """Those that may and can run here, and the command that makes another one run."""
        weights = Weights(self.settings.cache, self.settings.weights_folder)
        rows = [readiness_of(name, self.settings, weights) for name in SEPARATORS]
        mend = next((row.mend for row in rows if row.mend and not row.licence), "")
        return [row.spec.name for row in rows if row.ready], mend

    def _check_name(self, name: str) -> None:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise NeedsFounder(f"A persona's name has 1 to {LONGEST_NAME} characters.")
        with self.store.read() as connection:
            personas.check_free(connection, name)

    async def add_sample(self) -> Persona | None:
        """The sample persona, unless there is a persona already."""
        with self.store.read() as connection:
            if personas.all_of(connection):
                return None
        folder = Weights(self.settings.cache, self.settings.weights_folder).folder("hopper")
        photo = next(path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".jpg", ".png"))
        try:
            portrait = await self._engine("photo", asdict(Portray()), {"photo": photo}, [])
        finally:
            await self._close()
        persona = _persona(SAMPLE, "Grace Hopper (sample)", {"navy": portrait}, STOCK["high"], ())
        record = {"sha256": portrait, "statement": "", "exemption": SAMPLE_EXEMPTION, "expires_at": None}
        with suppress(NeedsFounder), self.store.write() as connection:  # another host was quicker
            personas.add(connection, persona, record)
            return persona
        return None

    async def _engine(self, name: str, request: Json, inputs: dict[str, Path], made: list[str]) -> str:
        """The artifact's hash; it is added to `made` when its bytes were not in the store before."""
        spec, child = engine_spec(name), self._child(name)
        source = next(iter(inputs.values()))
        if not source.is_file():
            raise NeedsFounder(f"{source}: there is no such file.")
        try:
            with self.media.workspace() as folder:
                out = Path(folder) / f"out{spec.suffix}"
                await child.run(request, inputs, out, 0, spec.limit_s, lambda _: None)
                made.extend([] if self.media.has(sha := sha256_of(out)) else [sha])
                return self.media.put(out)
        except NeedsFounder as refusal:
            refusal.say = f"{source.name}: {refusal.say}"
            raise

    def _child(self, name: str) -> EngineProcess:
        if name not in self.children:
            weights = Weights(self.settings.cache, self.settings.weights_folder)
            folders = {each: weights.folder(each) for each in engine_spec(name).weights}
            self.children[name] = engine_process(name, folders, self.settings)
        return self.children[name]

    async def _close(self) -> None:
        while self.children:
            await self.children.popitem()[1].close()


def _cleaning(chosen: Cleaning, sample: Path) -> tuple[str, Json, dict[str, Path]]:
    return chosen.engine, asdict(Clean(denoise=chosen.denoise)), {"audio": sample}


def _check_tones(tones: Iterable[str]) -> None:
    if strange := sorted({*tones} - {*Tone}):
        raise NeedsFounder(f"There is no tone “{strange[0]}”; there is {', '.join(Tone)}.")


def remove(store: Store, media: MediaStore, name: str, weights: Path) -> Persona:
    """Take a persona out of use: consents revoked, every worker told, samples and portraits erased.

    So is what cloning voices have made of the samples in `weights`, this machine's folder of weights, and every
    version of a voice that was trained on them, with what it was trained on.
    Voices that a vendor has cloned are noted; workers/vendor_voices.py deletes them there.
    """
    with store.read() as connection:
        persona = personas.named(connection, name)
    media.revoke(persona.id)
    vendor_voices.ask_to_forget(media, persona.id)
    with store.write() as connection:
        personas.remove(connection, persona)
        trained = voices.forget(connection, persona.id)
        ended = trainings.all_of(connection, persona.id)
        others = {sha for each in personas.all_of(connection) for sha in _bytes_of(each)}
    # one that ended while it was being stopped is no version
    trained |= {receipt["artifact"] for each in ended if (receipt := media.receipt(each))}
    for sha in (_bytes_of(persona) | trained) - others:
        media.erase(sha)
    forget(weights, (set(persona.samples) | trained) - others)
    shutil.rmtree(media.training(persona.id), ignore_errors=True)
    return persona


def _bytes_of(persona: Persona) -> set[str]:
    return {*persona.portraits.values(), *persona.samples}


def _persona(
    name: str, founder: str, portraits: dict[str, str], voices: dict[str, str], clips: tuple[Clip, ...]
) -> Persona:
    samples = tuple(clip.sha256 for clip in clips)
    return Persona(PersonaId(uuid.uuid4().hex[:12]), name, founder, portraits, voices, samples, {}, clips)


def _evidence(consent: Path) -> str:
    if not consent.is_file() or not consent.read_bytes()[:4000].strip():
        raise ConsentMissing(
            f"{consent}: the consent file is missing or empty; without one nothing is rendered."
        )
    if consent.stat().st_size > 200_000_000:
        raise ConsentMissing(f"{consent}: the consent file is larger than 200 MB.")
    head = consent.read_bytes()[:4000]
    return head.decode("utf-8", errors="ignore") if b"\0" not in head else f"recording {consent.name}"
