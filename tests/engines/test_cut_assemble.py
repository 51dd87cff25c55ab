"""The delivered file: stream copy, sound to the sample, loudness, size limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate

from studio.engine import Json
from studio.errors import ScriptTooLong, TakeRefused
from studio.profiles import PROFILES, profile_named
from studio.timeline import read_samples
from tests.engines.talking import babble, weights, write_clip
from workers.engines.cut.assemble import AssembleCut, affordable_rate
from workers.engines.cut.finish import FinishShot
from workers.engines.ffmpeg import run_ffmpeg
from workers.engines.inspect.cut import violations
from workers.engines.mix.loudness import integrated, level, true_peak
from workers.engines.mix.voices import MixVoices
from workers.probe import probe

pytestmark = pytest.mark.engine

LEADS, PAUSE = (0.32, 0.0), 0.25
FRAMES = {"fps": 25, "captions": "highlight", "label": "AI-generated"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished shots for each of two profiles: the first speaks two voices, the second one."""
    folder = tmp_path_factory.mktemp("assemble")
    lines = ("We closed our round.", "Thank you.", "See you on Monday.")
    seconds = [babble(folder / f"voice{i}.wav", line, gain=0.04 * 3**i) for i, line in enumerate(lines)]
    engine = FinishShot()
    engine.load({"caption-font": weights("caption-font")})
    for shot, (spoken, said) in enumerate((([0, 1], seconds[0] + seconds[1] + 2 * PAUSE), ([2], seconds[2]))):
        count = int(np.ceil((said + LEADS[shot]) * 25 - 1e-6))
        rng = np.random.default_rng(shot)
        base = rng.integers(0, 255, (12, 12, 3), np.uint8).repeat(24, 0).repeat(24, 1)
        write_clip([np.roll(base, 3 * i, 1) for i in range(count)], folder / "picture.mp4")
        inputs = {f"voice{i}": folder / f"voice{v}.wav" for i, v in enumerate(spoken)}
        inputs["picture"] = folder / "picture.mp4"
        for profile in ("square", "whatsapp"):
            wanted = FRAMES | {"profile": profile, "lead": LEADS[shot], "pauses": [PAUSE] * 2 * (shot == 0)}
            engine.run(wanted, inputs, folder / f"{profile}{shot}.mp4", 0, lambda share: None)
    return folder


def request(profile: str = "square") -> Json:
    pauses = [[PAUSE, PAUSE], []]
    return {"profile": profile, "voices": [2, 1], "leads": LEADS, "pauses": pauses, "fps": 25}


def assemble(folder: Path, profile: str = "square") -> Path:
    out = folder / f"cut-{profile}.mp4"
    inputs = {f"shot{i}": folder / f"{profile}{i}.mp4" for i in range(2)} | {"sound": mix(folder, profile)}
    wanted = {"profile": profile, "fps": 25, "title": "It’s: {x}"}
    AssembleCut().run(wanted, inputs, out, 0, lambda share: None)
    return out


def mix(folder: Path, profile: str = "square") -> Path:
    voices = {f"voice{i}": folder / f"voice{i}.wav" for i in range(3)}
    MixVoices().run(request(profile), voices, folder / f"{profile}.m4a", 0, lambda share: None)
    return folder / f"{profile}.m4a"


@pytest.mark.parametrize("name", ["square", "whatsapp"])
def test_the_file_keeps_every_promise_of_its_profile(folder: Path, name: str) -> None:
    cut, profile = assemble(folder, name), profile_named(name)
    facts = probe(cut, loudness=True)
    assert violations(facts, profile) == []
    assert facts.frames == sum(probe(folder / f"{name}{i}.mp4").frames for i in range(2))
    assert facts.loudness is not None and abs(facts.loudness - profile.loudness) <= profile.loudness_tolerance
    assert facts.true_peak is not None and facts.true_peak <= profile.true_peak


def test_pictures_are_copied_not_coded_again(folder: Path) -> None:
    def frames_of(path: Path) -> list[str]:
        said = run_ffmpeg(["-i", path, "-map", "0:v:0", "-f", "framemd5", str(path) + ".md5"])
        assert "error" not in said.lower()
        lines = Path(str(path) + ".md5").read_text().splitlines()
        return [line.rsplit(",", 1)[1] for line in lines if not line.startswith("#")]

    cut = frames_of(assemble(folder))
    assert cut == frames_of(folder / "square0.mp4") + frames_of(folder / "square1.mp4")


def test_every_voice_starts_on_its_sample(folder: Path) -> None:
    import av

    with av.open(str(assemble(folder))) as box:
        assert box.metadata["title"] == "It’s: {x}"
        sound = np.concatenate([frame.to_ndarray()[0] for frame in box.decode(audio=0)])
    durations = [
        len(samples) / rate for samples, rate in (read_samples(folder / f"voice{i}.wav") for i in range(3))
    ]
    second = probe(folder / "square0.mp4").seconds
    for number, at in enumerate((LEADS[0], LEADS[0] + durations[0] + PAUSE, second)):
        voice = read_samples(folder / f"voice{number}.wav")[0].repeat(2)
        start = round(at * 48_000)
        around = sound[max(0, start - 2400) : start + len(voice) + 2400]
        found = int(correlate(around, voice, "valid").argmax()) + max(0, start - 2400)
        assert abs(found - start) <= 48, f"voice {number} is {(found - start) / 48:.1f} ms off"


def test_too_large_for_its_limit_is_coded_smaller(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    size = assemble(folder, "whatsapp").stat().st_size
    small = replace(PROFILES["whatsapp"], max_bytes=int(size * 0.7))
    monkeypatch.setitem(PROFILES, "whatsapp", small)
    facts = probe(assemble(folder, "whatsapp"))
    assert facts.bytes <= small.max_bytes
    assert violations(facts, small) == []


def test_what_cannot_fit_is_refused_with_a_way_out() -> None:
    with pytest.raises(ScriptTooLong, match="shorten the script or choose another profile"):
        affordable_rate(PROFILES["whatsapp"], 600)


def test_sound_of_another_length_is_refused(folder: Path) -> None:
    inputs = {"shot0": folder / "square1.mp4", "sound": mix(folder)}
    with pytest.raises(TakeRefused, match="their sound"):
        wanted = {"profile": "square", "fps": 25, "title": ""}
        AssembleCut().run(wanted, inputs, folder / "no.mp4", 0, lambda share: None)


@pytest.mark.parametrize("gain", [0.003, 0.3, 3.0])
def test_loudness_is_reached_whatever_came_in(gain: float) -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, gain, 48_000 * 4) * (np.sin(np.arange(48_000 * 4) / 9000) > 0)
    sound[100_000] = 20 * gain
    done = level(sound, -16.0, -2.2)
    assert abs(integrated(done) + 16) < 0.3
    assert 20 * np.log10(true_peak(done)) < -2.1
