"""Clips of continuous speech out of long recordings, and noise by kind to mix with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .audio import FRAME, HOP, RATE, Samples, active_power, frame_power

SHORTEST = 5 * RATE  # clips hold whole phrases until they are this long
LONGEST = 12 * RATE
PAUSE_FRAMES = 15  # 150 ms
PAUSE_DB = -45.0  # below the active level


def load(path: Path) -> Samples:
    """Read any recording as 48 kHz mono, its first channel."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(samples[:, 0])
    return mono if rate == RATE else soxr.resample(mono, rate, RATE, quality="HQ").astype(np.float32)


def segments(samples: Samples) -> list[Samples]:
    """Cut in the middle of pauses into clips of 5 to 12 s; what has no such pause is left out."""
    power = frame_power(samples)
    quiet = power < active_power(power) * 10 ** (PAUSE_DB / 10)
    clips, start = [], 0
    for middle in _pauses(quiet):
        end = middle * HOP + FRAME // 2
        if end - start < SHORTEST:
            continue
        if end - start <= LONGEST:
            clips.append(samples[start:end])
        start = end
    return clips


def _pauses(quiet: np.ndarray) -> Iterator[int]:
    """Yield the middle frame of every long enough run of quiet frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2):
        if last - first >= PAUSE_FRAMES:
            yield int(first + last) // 2


def spread(clips: list[Samples], count: int) -> list[Samples]:
    """Take count clips evenly from a list."""
    taken = min(count, len(clips))
    return [clips[index * len(clips) // taken] for index in range(taken)]


def noise_kinds(folder: Path) -> dict[str, list[Path]]:
    """Noise files of a folder by kind: KIND_N.EXTENSION, or KIND/ANYTHING."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".wav", ".flac", ".opus", ".ogg") and path.is_file():
            kind = path.parent.name if path.parent != folder else path.stem.rpartition("_")[0] or path.stem
            kinds.setdefault(kind, []).append(path)
    return kinds


def noise_clip(paths: list[Path], length: int, random: np.random.Generator) -> Samples:
    """A piece of noise that is no silence, from a random place of a random file."""
    for _ in range(50):
        path = paths[random.integers(len(paths))]
        about = soundfile.info(path)
        need = -(-length * about.samplerate // RATE) + 16
        if about.frames <= need:
            continue
        start = int(random.integers(about.frames - need))
        samples, rate = soundfile.read(path, start=start, frames=need, dtype="float32", always_2d=True)
        mono = np.ascontiguousarray(samples[:, 0])
        clip = (mono if rate == RATE else soxr.resample(mono, rate, RATE).astype(np.float32))[:length]
        if len(clip) == length and np.mean(frame_power(clip) > 1e-7) > 0.5:
            return clip
    raise ValueError(f"{paths[0].parent}: no {length / RATE:.0f} s of noise in {', '.join(p.name for p in paths)}")


def mix(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """Speech with noise, whose mean power lies snr_db below the speech's active level; kept below full scale."""
    gain = np.sqrt(active_power(frame_power(speech)) / np.mean(np.square(noise)) * 10 ** (-snr_db / 10))
    mixed = speech + (gain * noise).astype(np.float32)
    return (mixed / max(1.0, float(np.max(np.abs(mixed))) / 0.99)).astype(np.float32)
