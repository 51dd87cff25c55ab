"""Which cleaning a recording gets, and which samples a tone is imitated from."""

from __future__ import annotations

import pytest

from studio.cleaning import Clip, choose_cleaning, choose_references, told

pytestmark = pytest.mark.unit

CLEAR = {"snr_db": 55.0, "music": 0.2, "echo_s": 0.2, "speech_s": 30.0}


@pytest.mark.parametrize(
    ("changes", "engines", "engine", "denoise", "says"),
    [
        ({}, (), "deepfilter", False, "clear"),
        ({"snr_db": 21.0}, (), "deepfilter", True, "21 dB over the noise"),
        ({"music": 0.7}, ("demucs", "audio-separator"), "demucs", True, "music"),
        ({"music": 0.7}, ("audio-separator",), "audio-separator", True, "music"),
        ({"music": 0.7}, (), "deepfilter", True, "no separating engine is installed"),
        ({"echo_s": 0.9}, (), "deepfilter", False, "room echoes (0.9 s)"),
    ],
)
def test_choice(
    changes: dict[str, float], engines: tuple[str, ...], engine: str, denoise: bool, says: str
) -> None:
    found = choose_cleaning(CLEAR | changes, engines)
    assert (found.engine, found.denoise) == (engine, denoise)
    assert says in found.why


def test_what_would_install_a_separator_is_said() -> None:
    found = choose_cleaning(CLEAR | {"music": 0.7}, (), "aiclone engines install demucs")
    assert "`aiclone engines install demucs` installs one" in found.why


def test_numbers_before_and_after_are_told() -> None:
    noisy, after = CLEAR | {"snr_db": 18.0, "music": 0.6, "speech_s": 32.0}, CLEAR | {"music": 0.3}
    assert told(noisy, after) == "noise 18 → 55 dB under the voice, music 60% → 30%, speech 32 → 30 s"


def clip(name: str, label: str = "", **facts: float) -> Clip:
    usual = {"pace": 5.0, "energy_db": -22.0, "pitch": 120.0, "pitch_spread": 3.0, "level_spread": 6.0}
    return Clip(name, usual | facts, label)


def test_references_are_those_that_speak_in_the_tone() -> None:
    clips = [
        clip("plain"),
        clip("hushed", energy_db=-30.0, pace=4.2, pitch_spread=2.4),
        clip("firm", energy_db=-18.0, pitch=110.0, level_spread=6.5, pace=5.2),
        clip("lively", pitch_spread=4.5, level_spread=7.0, pace=4.7),
    ]
    assert choose_references(clips, "soft", 1) == ("hushed",)
    assert choose_references(clips, "authoritative", 1) == ("firm",)
    assert choose_references(clips, "storytelling", 1) == ("lively",)
    assert choose_references(clips, "neutral", 1) == ("plain",)
    assert len(choose_references(clips, "warm", 3)) == 3
    assert choose_references([], "warm", 3) == ()


def test_a_label_the_founder_gave_counts_more_than_any_measure() -> None:
    clips = [
        clip("hushed", energy_db=-30.0, pace=4.0),
        clip("named", label="soft", energy_db=-15.0, pace=6.0),
    ]
    assert choose_references(clips, "soft", 2) == ("named", "hushed")


def test_no_more_recordings_than_a_tone_needs_and_none_of_another_tone_before_those_of_none() -> None:
    clips = [
        clip("lively", label="storytelling", speech_s=20.0),
        clip("plain", speech_s=8.0),
        clip("plainer", speech_s=8.0, pace=5.1),
        clip("hushed", label="soft", speech_s=13.0),
    ]
    assert choose_references(clips, "soft", 6) == ("hushed",)
    assert choose_references(clips, "neutral", 6) == ("plain", "plainer")
    assert choose_references(clips[:2], "soft", 6) == ("plain", "lively")
    assert choose_references([*clips], "warm", 1) == choose_references(clips[:], "warm", 1)
