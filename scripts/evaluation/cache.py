"""What the other suppressors made of each clip, and every output's scores, kept so that nothing is measured twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import soundfile

from .audio import RATE, Samples

HEADROOM = 0.5  # outputs are kept as 24-bit integers at half scale: some exceed full scale


class Cache:
    """Files under one folder, named by the hash of everything they depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def output(self, identity: str, clip: str, side: str) -> Path:
        """Place of a suppressor's output for the noisy or the clean side of a clip."""
        return self._place(".flac", identity, clip, side)

    def scores(self, key: tuple[str, ...], make: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Scores of what the key names, made only where they are not kept yet."""
        place = self._place(".json", *key)
        if place.is_file():
            return json.loads(place.read_text())
        scores = make()
        _replace(place, lambda path: path.write_text(json.dumps(scores)))
        return scores

    def _place(self, suffix: str, *parts: str) -> Path:
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self._folder / key[:2] / (key[2:] + suffix)


def digest(*recordings: Samples) -> str:
    """Hash of the samples of recordings."""
    return hashlib.sha256(b"".join(samples.tobytes() for samples in recordings)).hexdigest()


def store(place: Path, samples: Samples) -> None:
    """Keep samples."""
    _replace(place, lambda path: soundfile.write(path, samples * HEADROOM, RATE, "PCM_24", format="FLAC"))


def fetch(place: Path) -> Samples:
    """Read kept samples."""
    return soundfile.read(place, dtype="float32")[0] / HEADROOM


def _replace(place: Path, write: Callable[[Path], object]) -> None:
    """Write beside the place and move there, so that an interruption leaves no half-written file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(".partial")
    write(partial)
    partial.replace(place)
