"""Making, showing and removing a persona with the real engines; what is refused leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from scipy.signal import resample_poly

from studio.engine import Speak
from studio.errors import ConsentMissing, NeedsFounder
from studio.media import MediaStore
from studio.settings import Settings
from studio.store import Store, personas
from studio.weights import State, Weights
from tests.fakes.studio import Floor
from workers.child import ROOT
from workers.engine_process import engine_process
from workers.onboarding import Onboarding, remove
from workers.supervisor import environment_of

pytestmark = [pytest.mark.service, pytest.mark.sqlite]
RATE = 48_000
ONLY_ONE = "There is more than one face in this photo; send one with only you in it."
SAID = (
    "I agree that this studio makes videos with my face and with my voice, until I say that it has to stop."
)


@pytest.fixture(scope="module")
def portrait(weights_ready: None) -> Image.Image:
    """A second founder: head and shoulders."""
    weights = Weights(Settings().cache, Settings().weights_folder)
    if weights.state("astronaut") is not State.READY:
        weights.pull(["astronaut"])
    with Image.open(weights.folder("astronaut") / "astronaut.png") as image:
        return image.convert("RGB").crop((60, 0, 400, 340)).resize((680, 680))


@pytest.fixture(scope="module")
def files(portrait: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good files: `ann.jpg`, `ann.wav`, `consent.txt`."""
    folder = tmp_path_factory.mktemp("files")
    portrait.save(folder / "ann.jpg", quality=92)
    child = engine_process("espeak", {}, Settings())
    request = {"text": SAID, "voice": "en-us+f3"}
    assert set(request) <= set(Speak.__slots__)

    async def speak() -> None:
        await child.run(request, {}, folder / "ann.wav", 0, 60, lambda _: None)
        await child.close()

    asyncio.run(speak())
    (folder / "consent.txt").write_text("I agree. Ann")
    return folder


@pytest.fixture
def onboarding(settings: Settings, store: Store, media: MediaStore) -> Onboarding:
    return Onboarding(settings, store, media)


def add(onboarding: Onboarding, files: Path, **other: Path) -> personas.Persona:
    """Ann, with some of her files replaced."""
    given = {"photo": files / "ann.jpg", "voice": files / "ann.wav", "consent": files / "consent.txt"} | other
    return asyncio.run(onboarding.add("Ann", "Ann Lee", [given["photo"]], [given["voice"]], given["consent"]))


def stored(media: MediaStore) -> list[Path]:
    return [path for part in ("sha256", "tmp") for path in (media.root / part).rglob("*") if path.is_file()]


def aiclone(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.cli", "persona", *words]
    environment = environment_of(settings) | {"COLUMNS": "200"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


def quieter(files: Path) -> Path:
    """Ann, softly."""
    samples, rate = soundfile.read(files / "ann.wav")
    soundfile.write(files / "soft.wav", 0.5 * samples, rate)
    return files / "soft.wav"


def test_add_list_show_remove(settings: Settings, store: Store, media: MediaStore, files: Path) -> None:
    soft = quieter(files)
    good = ("--photo", f"{files}/ann.jpg", "--voice", f"{files}/ann.wav", "--consent", f"{files}/consent.txt")
    added = aiclone(settings, "add", "Ann", *good, "--founder", "Ann Lee", "--tone", f"soft={soft}")
    assert added.returncode == 0, added.stderr
    assert "music" in added.stdout and "s" in added.stdout
    assert "1 portrait(s), consent on file" in added.stdout
    listed = aiclone(settings, "list").stdout
    assert "Ann Lee" in listed
    shown = json.loads(aiclone(settings, "show", "ann", "--json").stdout)
    with Image.open(shown["portraits"]["ann"]) as image:
        assert image.mode == "RGBA"
    assert [sample["tone"] for sample in shown["samples"]] == ["", "soft"]
    assert {"speech_s", "snr_db", "music", "pitch", "energy_db", "pace"} <= set(shown["samples"][1])
    assert shown["consent"]["statement"] == "I agree. Ann"
    told = aiclone(settings, "show", "ann").stdout
    assert re.search(r"recording soft +\d+ s of speech, noise \d+ dB under it", told)
    assert f"sha256 {shown['consent']['sha256'][:12]}" in told
    again = aiclone(settings, "add", "ANN", *good)
    assert (again.returncode, "already" in again.stderr) == (2, True)

    for given, sentence in (("loud=x.wav", "no tone “loud”"), ("x.wav", "soft=quiet.wav")):
        wrong = aiclone(settings, "add", "Bob", *good, "--tone", given)
        assert wrong.returncode == 2 and sentence in wrong.stderr
    both = aiclone(settings, "add", "Bob", *good, "--tone", f"soft={soft}", "--tone", f"warm={soft}")
    assert both.returncode == 2 and "a recording has one tone" in both.stderr
    gone = aiclone(settings, "remove", "Ann", "--yes")
    assert gone.returncode == 0
    assert not Path(shown["portraits"]["ann"]).exists()
    assert [path.read_text() for path in stored(media)] == ["I agree. Ann"]
    assert "Ann" not in aiclone(settings, "list").stdout
    missing = aiclone(settings, "show", "Ann")
    assert missing.returncode == 2
    assert missing.stderr.startswith("There is no persona “Ann”")
    assert list((media.root / "revoked").iterdir())


def saved(image: Image.Image, folder: Path, name: str, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def two(image: Image.Image, folder: Path) -> Path:
    both = Image.new("RGB", (1360, 680))
    both.paste(image, (0, 0))
    both.paste(image, (680, 0))
    return saved(both, folder, "two.jpg")


def nobody(image: Image.Image, folder: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (600, 600, 3), np.uint8)
    return saved(Image.fromarray(noise), folder, "nobody.png")


def tiny(image: Image.Image, folder: Path) -> Path:
    return saved(image.resize((96, 96)), folder, "tiny.png")


def corrupt(image: Image.Image, folder: Path) -> Path:
    path = saved(image, folder, "corrupt.jpg")
    path.write_bytes(path.read_bytes()[:5000])
    return path


def animated(image: Image.Image, folder: Path) -> Path:
    return saved(image, folder, "dance.gif", save_all=True, append_images=[image.rotate(9)])


def text(image: Image.Image, folder: Path) -> Path:
    (folder / "photo.jpg").write_text("<svg onload=alert(1)>")
    return folder / "photo.jpg"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (nobody, "I see no face"),
        (two, "more than one face"),
        (tiny, "too small"),
        (corrupt, "damaged"),
        (animated, "animation"),
        (text, "not a photo I can read"),
    ],
)
def test_a_bad_photo_is_refused_in_words_and_nothing_is_kept(
    onboarding: Onboarding,
    files: Path,
    portrait: Image.Image,
    tmp_path: Path,
    make: Callable[[Image.Image, Path], Path],
    sentence: str,
) -> None:
    photo = make(portrait, tmp_path)
    with pytest.raises(NeedsFounder) as refusal:
        add(onboarding, files, photo=photo)
    assert refusal.value.say.startswith(f"{photo.name}: ")
    assert sentence in refusal.value.say
    assert stored(onboarding.media) == []
    with onboarding.store.read() as connection:
        assert personas.all_of(connection) == []


def test_the_command_tells_a_refusal_and_ends_with_two(
    settings: Settings, media: MediaStore, files: Path, portrait: Image.Image, tmp_path: Path
) -> None:
    photo = two(portrait, tmp_path)
    words = ("--photo", str(photo), "--voice", f"{files}/ann.wav", "--consent", f"{files}/consent.txt")
    refused = aiclone(settings, "add", "Ann", *words)
    assert (refused.returncode, refused.stderr) == (2, f"two.jpg: {ONLY_ONE}\n")
    assert stored(media) == []


def turned(image: Image.Image, folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(image.rotate(90, expand=True), folder, "turned.jpg", exif=exif, quality=92)


def inked(image: Image.Image, folder: Path) -> Path:
    return saved(image.convert("CMYK"), folder, "inked.jpg", quality=92)


def deep(image: Image.Image, folder: Path) -> Path:
    grey = np.asarray(image.convert("L"), np.uint16) * 257
    return saved(Image.fromarray(grey), folder, "deep.png")


def test_unusual_photos_become_upright_eight_bit_portraits(
    onboarding: Onboarding, media: MediaStore, files: Path, portrait: Image.Image, tmp_path: Path
) -> None:
    photos = [make(portrait, tmp_path) for make in (turned, inked, deep)]
    persona = asyncio.run(
        onboarding.add("Ann", "Ann Lee", photos, [files / "ann.wav"], files / "consent.txt")
    )
    wanted = np.asarray(portrait.convert("L").resize((64, 64)), float)
    assert sorted(persona.portraits) == ["deep", "inked", "turned"]
    for sha in persona.portraits.values():
        with Image.open(media.fetch(sha)) as image:
            assert image.mode == "RGBA"
            seen = np.asarray(image.convert("L").resize((64, 64)), float)
        assert np.corrcoef(seen.ravel(), wanted.ravel())[0, 1] > 0.95


def silent(samples: np.ndarray) -> np.ndarray:
    return np.zeros_like(samples)


def clipped(samples: np.ndarray) -> np.ndarray:
    return np.clip(samples * 40, -1, 1)


def short(samples: np.ndarray) -> np.ndarray:
    return samples[: RATE // 10]


def hissing(samples: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.05, len(samples))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(silent, "silent"), (clipped, "clipped"), (short, "0.1 seconds"), (hissing, "seconds of speech")],
)
def test_a_bad_recording_is_refused_and_the_good_photo_is_not_kept(
    onboarding: Onboarding,
    media: MediaStore,
    files: Path,
    tmp_path: Path,
    spoil: Callable[[np.ndarray], np.ndarray],
    sentence: str,
) -> None:
    samples, rate = soundfile.read(files / "ann.wav")
    bad = tmp_path / "bad.wav"
    soundfile.write(bad, spoil(resample_poly(samples, RATE, rate)), RATE)
    with pytest.raises(NeedsFounder) as refusal:
        add(onboarding, files, voice=bad)
    assert refusal.value.reason == "VoiceSampleUnusable"
    assert refusal.value.say.startswith("bad.wav: ")
    assert sentence in refusal.value.say
    assert stored(media) == []


@pytest.mark.parametrize("content", [None, "", " \n\t"])
def test_without_a_consent_nothing_is_even_looked_at(
    onboarding: Onboarding, files: Path, tmp_path: Path, content: str | None
) -> None:
    consent = tmp_path / "consent.txt"
    if content is not None:
        consent.write_text(content)
    with pytest.raises(ConsentMissing, match="consent file is missing or empty"):
        add(onboarding, files, photo=tmp_path / "missing.jpg", consent=consent)
    assert stored(onboarding.media) == []


def test_what_two_personas_share_stays_until_the_last_one_is_removed(
    onboarding: Onboarding, media: MediaStore, files: Path, tmp_path: Path
) -> None:
    ann, weights = add(onboarding, files), tmp_path / "weights"
    imprint = weights / f".derived/xtts-v2/imprints/1-{ann.samples[0][:16]}.safetensors"
    imprint.parent.mkdir(parents=True)
    imprint.touch()
    photo, voice, consent = [files / "ann.jpg"], [files / "ann.wav"], files / "consent.txt"
    twin = asyncio.run(onboarding.add("Twin", "Ann Lee", photo, voice, consent))
    assert twin.portraits == ann.portraits
    remove(onboarding.store, media, "Ann", weights)
    assert media.has(twin.portraits["ann"]) and imprint.exists()
    remove(onboarding.store, media, "Twin", weights)
    assert not media.has(twin.portraits["ann"]) and not imprint.exists()


@pytest.fixture
def floor(settings: Settings) -> Iterator[Floor]:
    made = Floor(settings)
    yield made
    made.desk.close()


def test_a_removed_persona_gets_no_new_production_and_no_more_takes(floor: Floor) -> None:
    floor.write("Script: We build compilers. They turn words into programs.", persona="Grace")
    floor.look()
    remove(floor.store, floor.media, "Grace", floor.media.root / "weights")
    floor.press(floor.last("script")["subject"])
    floor.look()
    assert floor.rendered == []
    assert "revoked" in floor.last("say")["text"]
    floor.write("Script: We build compilers again, and better.", persona="Grace")
    floor.look()
    assert floor.last("say")["text"].startswith("There is no persona “Grace”")
    with floor.store.read() as connection, pytest.raises(ConsentMissing, match="revoked"):
        personas.require_consent(connection, personas.by_id(connection, personas.PersonaId("grace")))
    assert floor.media.is_revoked("grace")
