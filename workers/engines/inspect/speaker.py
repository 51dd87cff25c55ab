"""Who speaks: the Resemblyzer speaker encoder (GE2E, Wan et al. 2018; Apache-2.0) in numpy, without torch.

A voice becomes a direction in 256 dimensions; the cosine of two is their likeness: about 0.9 for one person, 0.5
for two.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

RATE, WINDOW, HOP, MELS = 16_000, 400, 160, 40
FRAMES, STEP = 160, 77
"""An utterance is heard in windows of 1.6 s, 1.3 of them a second."""
COVERAGE = 0.75
LOUDNESS_DB = -30.0
SILENT_DB = -35.0


class SpeakerEncoder:
    """Three LSTM layers and a projection."""

    def __init__(self, weights: Path) -> None:
        """Read `pretrained.pt`; raises pickle.UnpicklingError when it holds anything but tensors."""
        with weights.open("rb") as source:
            self._tensors = read_tensors(source)["model_state"]

    def embed(self, samples: Array, rate: int) -> Array:
        """Mono sound → a unit vector (256,), silence left out; zeros when nothing is heard."""
        heard = _speech(samples, rate)
        if len(heard) < RATE // 3:
            return np.zeros(256, np.float32)
        mels = mel_frames(heard)
        if len(mels) < FRAMES:
            mels = np.tile(mels, (FRAMES // len(mels) + 1, 1))[:FRAMES]
        starts = range(0, max(1, len(mels) - int(FRAMES * (1 - COVERAGE)) - 1), STEP)
        padded = np.pad(mels, ((0, FRAMES), (0, 0)))
        windows = np.stack([padded[start : start + FRAMES] for start in starts])
        windows = windows[: max(1, 1 + (len(mels) - int(FRAMES * COVERAGE)) // STEP)]
        return _unit(self._partials(windows).mean(0))

    def _partials(self, windows: Array) -> Array:
        """(n, frames, mels) → (n, 256), each a unit vector."""
        hidden = windows
        for layer in range(3):
            hidden = self._layer(hidden, layer)
        last = hidden[:, -1] @ self._tensors["linear.weight"].T + self._tensors["linear.bias"]
        raw = np.maximum(last, 0.0)
        return np.asarray(raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9), np.float32)

    def _layer(self, inputs: Array, layer: int) -> Array:
        own = self._tensors
        recurrent = own[f"lstm.weight_hh_l{layer}"].T
        gates = inputs @ own[f"lstm.weight_ih_l{layer}"].T
        gates += own[f"lstm.bias_ih_l{layer}"] + own[f"lstm.bias_hh_l{layer}"]
        state = cell = np.zeros((len(inputs), recurrent.shape[0]), np.float32)
        out = np.empty((*inputs.shape[:2], recurrent.shape[0]), np.float32)
        for at in range(inputs.shape[1]):
            enter, forget, new, show = np.split(gates[:, at] + state @ recurrent, 4, 1)
            cell = _sigmoid(forget) * cell + _sigmoid(enter) * np.tanh(new)
            state = _sigmoid(show) * np.tanh(cell)
            out[:, at] = state
        return out


def _sigmoid(values: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(values), np.float32)


def _unit(vector: Array) -> Array:
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9), np.float32)


def _speech(samples: Array, rate: int) -> Array:
    """At 16 kHz, raised to -30 dBFS, frames of 30 ms that are 35 dB under the loudest left out."""
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(rate, RATE)
    sound = np.asarray(resample_poly(samples, RATE // common, rate // common), np.float32)
    size = RATE * 30 // 1000
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(frames):
        return sound
    level = 10 * np.log10((frames**2).mean(1) + 1e-12)
    kept = np.convolve(level > level.max() + SILENT_DB, np.ones(5), "same") > 0
    sound = frames[kept].ravel()
    gain = 10 ** (LOUDNESS_DB / 20) / (float(np.sqrt(np.mean(sound**2))) + 1e-9)
    return np.asarray(sound * max(1.0, gain), np.float32)


def mel_frames(sound: Array) -> Array:
    """Mel power, (frames, 40), as librosa's melspectrogram with a Hann window of 25 ms every 10 ms."""
    padded = np.pad(sound, WINDOW // 2)
    count = 1 + (len(padded) - WINDOW) // HOP
    places = np.arange(WINDOW)[None] + HOP * np.arange(count)[:, None]
    window = np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)
    power = np.abs(np.fft.rfft(padded[places] * window, axis=1)) ** 2
    return np.asarray(power @ _mel_filters().T, np.float32)


@cache
def _mel_filters() -> Array:
    """Slaney's triangular filters (40, 201), each of area one."""

    def to_mel(hertz: Any) -> Any:
        return np.where(
            hertz < 1000, hertz / (200 / 3), 15 + np.log(np.maximum(hertz, 1) / 1000) * 27 / np.log(6.4)
        )

    def to_hertz(mel: Any) -> Any:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    edges = to_hertz(np.linspace(0.0, float(to_mel(np.array(RATE / 2))), MELS + 2))
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    shape = np.maximum(0.0, np.minimum(rise, fall)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(shape, np.float32)


class _Reader(pickle.Unpickler):
    """Reads torch's legacy format: tensors become arrays, anything else is refused."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__(source)
        self.waiting: dict[str, list[tuple[Array, int, tuple[int, ...]]]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._tensor
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, pid: Any) -> str:
        return str(pid[2])

    def _tensor(self, key: str, offset: int, size: tuple[int, ...], *_: Any) -> Array:
        array = np.zeros(size, np.float32)
        self.waiting.setdefault(key, []).append((array, offset, size))
        return array


def read_tensors(source: IO[bytes]) -> dict[str, Any]:
    """A checkpoint of float tensors as torch wrote it before 1.6; nothing in it is executed."""
    for _ in range(3):  # magic number, version, machine
        _Reader(source).load()
    reader = _Reader(source)
    found: dict[str, Any] = reader.load()
    for key in _Reader(source).load():
        count = int.from_bytes(source.read(8), "little")
        values = np.frombuffer(source.read(4 * count), "<f4")
        for array, offset, size in reader.waiting.get(key, ()):
            array[...] = values[offset : offset + int(np.prod(size, dtype=int))].reshape(size)
    return found
