"""Room impulse responses: simulated small rooms and the measured ones.

Early reflections by the image method (Allen & Berkley 1979, pyroomacoustics); the late
tail as exponentially decaying noise, which is what many overlapping reflections become
and which costs nothing, where image sources for 0.8 s would cost minutes a room.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

from bands import SAMPLE_RATE

EARLY = SAMPLE_RATE // 20  # 50 ms: reflections that help the voice and stay in the target
MIXING = SAMPLE_RATE * 30 // 1000  # image sources up to 30 ms, then the noise tail


def simulate(rng: np.random.Generator) -> np.ndarray:
    """One response, direct sound first and at gain 1, RT60 of 0.1 to 0.8 s."""
    import pyroomacoustics as pra

    size = rng.uniform([2.5, 2.5, 2.2], [8.0, 7.0, 3.5])
    rt60 = float(np.exp(rng.uniform(np.log(0.1), np.log(0.8))))
    absorption = float(np.clip(0.161 * size.prod() / (_surface(size) * rt60), 0.03, 0.95))
    room = pra.ShoeBox(size, fs=SAMPLE_RATE, materials=pra.Material(absorption), max_order=6, air_absorption=True)
    mic = rng.uniform(0.3, size - 0.3)
    distance = rng.uniform(0.15, 2.5)
    direction = rng.normal(size=3)
    source = np.clip(mic + distance * direction / np.linalg.norm(direction), 0.2, size - 0.2)
    room.add_source(source)
    room.add_microphone(mic)
    room.compute_rir()
    return _with_tail(room.rir[0][0], rt60, rng)


def _surface(size: np.ndarray) -> float:
    return 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])


def _with_tail(rir: np.ndarray, rt60: float, rng: np.random.Generator) -> np.ndarray:
    rir = rir[np.argmax(np.abs(rir)) :]
    length = int(min(rt60 * 1.1, 0.9) * SAMPLE_RATE) + MIXING
    out = np.zeros(length, np.float64)
    out[: min(len(rir), length)] = rir[:length]
    decay = 10 ** (-3 * np.arange(length) / (rt60 * SAMPLE_RATE))
    # The tail carries on at the level that the reflections before the mixing time have.
    before = slice(MIXING // 2, MIXING)
    level = np.sqrt(np.mean(out[before] ** 2) / np.mean(decay[before] ** 2))
    tail = rng.normal(size=length) * decay * level
    fade = np.clip((np.arange(length) - MIXING / 2) / (MIXING / 2), 0, 1)
    out = out * np.sqrt(1 - fade**2) + tail * fade
    return (out / np.abs(out[0])).astype(np.float32)


def measured(folder: Path) -> list[np.ndarray]:
    """The measured responses in folder, from their direct sound on, at gain 1."""
    out = []
    for path in sorted(folder.glob("*.flac")):
        rir, _ = soundfile.read(path, dtype="float32", always_2d=True)
        peak = int(np.argmax(np.abs(rir[:, 0])))
        out.append(rir[peak : peak + SAMPLE_RATE, 0] / np.abs(rir[peak, 0]))
    return out


def load(folder: Path, cache: Path, count: int, seed: int) -> list[np.ndarray]:
    """Measured responses and count simulated ones, simulated once and kept in cache."""
    path = cache / f"rooms_{count}_{seed}.npz"
    if not path.exists():
        print(f"simulating {count} rooms (once)", file=sys.stderr, flush=True)
        rng = np.random.default_rng(seed)
        np.savez(path, *[simulate(rng) for _ in range(count)])
    with np.load(path) as rooms:
        return measured(folder) + [rooms[name] for name in rooms.files]
