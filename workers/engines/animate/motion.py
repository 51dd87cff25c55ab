"""What a speaker does besides the mouth: head, shoulders, breath, brows, gaze and blinks, from the voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workers.engines.animate.pose import POSES
from workers.engines.faces.shapes import Array

LEAST_BETWEEN_BLINKS = 1.6
LARGEST_YAW, LARGEST_PITCH, LARGEST_ROLL = 0.12, 0.09, 0.07


@dataclass(frozen=True, slots=True)
class Heard:
    """A shot's sound: per frame `level` quick and `stress` slow loudness 0..1; times of accents, pauses."""

    level: Array
    stress: Array
    accents: list[float]
    pauses: list[float]


@dataclass(frozen=True, slots=True)
class Motion:
    """Per frame: `pose` (n, len(POSES)), `blink` (n,), `gaze` (n, 2) eye units, `brow` (n,) share of full."""

    pose: Array
    blink: Array
    gaze: Array
    brow: Array


def move(heard: Heard, manner: dict[str, Array], fps: int, rng: np.random.Generator) -> Motion:
    """The motion of one shot; the same generator state gives the same motion."""
    count = len(heard.level)
    times = (np.arange(count) + 0.5) / fps
    amount = manner["motion"]
    active = 0.55 + 0.6 * _blur(heard.stress, 0.5 * fps)
    yaw = amount * active * (0.085 * _drift(times, 0.19, rng) + 0.022 * _drift(times, 0.6, rng))
    pitch = amount * (0.030 * _drift(times, 0.23, rng) + 0.05 * (heard.stress - 0.4))
    pitch = pitch + manner["nod"] * _pulses(times, heard.accents, 0.15, 0.050, rng)
    roll = manner["tilt"] + amount * active * 0.030 * _drift(times, 0.17, rng)
    across = amount * 0.030 * _drift(times, 0.15, rng) + 0.10 * yaw
    down = amount * 0.016 * _drift(times, 0.2, rng) + 0.25 * np.maximum(pitch, 0)
    nearer = 0.006 * amount * _drift(times, 0.13, rng)
    breath = 0.020 * _breathing(times, heard.pauses, rng)
    sway = 0.75 * _lagged(across + 0.22 * yaw, 0.22, fps) + 0.012 * _drift(times, 0.12, rng)
    tracks = (
        np.clip(yaw, -LARGEST_YAW, LARGEST_YAW),
        np.clip(pitch, -LARGEST_PITCH, LARGEST_PITCH),
        np.clip(roll, -LARGEST_ROLL, LARGEST_ROLL),
        *(across, down, nearer, breath, sway),
    )
    assert len(tracks) == len(POSES)
    brow = manner["brow"] + manner["lift"] * _brow_accents(times, heard, rng)
    gaze = _saccades(times, yaw, rng)
    return Motion(np.stack(tracks, 1).astype(np.float32), _blinks(times, heard.pauses, rng), gaze, brow)


def _drift(times: Array, pace: float, rng: np.random.Generator) -> Array:
    """Smooth noise of about unit size around `pace` Hz: four sines of random phase."""
    track = np.zeros(len(times))
    for k in range(4):
        track += np.sin(2 * np.pi * times * pace * (0.5 + 1.2 * rng.random()) + 7 * rng.random()) / (k + 1)
    return track / 1.5


def _pulses(times: Array, at: list[float], width: float, size: float, rng: np.random.Generator) -> Array:
    """A nod on most accents: down with the accent, a little back after it."""
    track = np.zeros(len(times))
    for moment in at:
        strength = size * rng.uniform(0.35, 1.0)
        track += strength * np.exp(-(((times - moment) / width) ** 2))
        track -= 0.35 * strength * np.exp(-(((times - moment - 2.3 * width) / (1.3 * width)) ** 2))
    return track


def _brow_accents(times: Array, heard: Heard, rng: np.random.Generator) -> Array:
    track = 0.18 * _drift(times, 0.28, rng)
    for moment in heard.accents:
        if rng.random() < 0.55:
            strength = rng.uniform(0.4, 1.0)
            track = track + strength * np.exp(-(((times - moment + 0.05) / 0.24) ** 2))
    return track


def _breathing(times: Array, pauses: list[float], rng: np.random.Generator) -> Array:
    phase = 2 * np.pi * 0.26 * times + 6 * rng.random()
    track = 0.6 * np.sin(phase) + 0.12 * np.sin(2 * phase + 1)
    for moment in pauses:
        track = track + 0.6 * np.exp(-(((times - moment - 0.2) / 0.4) ** 2))
    return track


def _lagged(track: Array, seconds: float, fps: int) -> Array:
    """A first-order follower, as a body follows its head."""
    share = 1 - np.exp(-1 / (seconds * fps))
    out, value = np.empty(len(track)), track[0]
    for index, target in enumerate(track):
        value += share * (target - value)
        out[index] = value
    return out


def _blinks(times: Array, pauses: list[float], rng: np.random.Generator) -> Array:
    """0..1: lids close in 80 ms, rest 40, open in 170; every 2-4 s, rather where a phrase ends."""
    end = float(times[-1])
    moments: list[float] = []
    for pause in pauses:
        if rng.random() < 0.7 and (not moments or pause - moments[-1] > LEAST_BETWEEN_BLINKS):
            moments.append(pause + 0.02)
    moment = float(rng.uniform(0.7, 2.0))
    while moment < end:
        if all(abs(moment - other) > LEAST_BETWEEN_BLINKS for other in moments):
            moments.append(moment)
        moment += float(rng.uniform(2.0, 4.0))
    track = np.zeros(len(times), np.float32)
    for moment in moments:
        if 0.15 < moment < end - 0.32:
            since = times - moment
            shut = np.clip((since + 0.10) / 0.09, 0, 1) * np.clip(1 - (since - 0.03) / 0.18, 0, 1)
            track = np.maximum(track, (shut * shut * (3 - 2 * shut)).astype(np.float32))
    return track


def _saccades(times: Array, yaw: Array, rng: np.random.Generator) -> Array:
    """Looks at the camera, with short glances beside it; eyes counter the head's turn a little."""
    gaze = np.zeros((len(times), 2))
    begin, at_camera = 0.0, True
    while begin < times[-1]:
        stay = rng.uniform(0.9, 2.4) if at_camera else rng.uniform(0.35, 0.9)
        spot = rng.normal(0, (0.018, 0.010)) if at_camera else rng.normal(0, (0.085, 0.04))
        gaze[(times >= begin) & (times < begin + stay)] = spot
        begin, at_camera = begin + stay, not at_camera or rng.random() < 0.35
    kernel = np.array([0.15, 0.7, 0.15])
    for k in (0, 1):
        gaze[:, k] = np.convolve(np.pad(gaze[:, k], 1, "edge"), kernel, "valid")
    gaze[:, 0] -= 0.9 * yaw
    return np.clip(gaze, -0.16, 0.16).astype(np.float32)


def _blur(track: Array, sigma: float) -> Array:
    reach = min(int(3 * sigma), max(len(track) - 1, 1))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(track, reach, "edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")
