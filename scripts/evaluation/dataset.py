"""A folder of mixes: noisy/NAME.flac and clean/NAME.flac, and in meta.json the kind of noise and the SNR of each.

Real recordings come without meta.json: their kind is what their name says after the last underscore.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .audio import Samples, read_any_rate

CLEAN_KIND = "clean"  # mixes without noise: reported by themselves, in no mean
PUBLISHED = "scores.tsv"  # what others measured on a set, beside it


@dataclass(frozen=True)
class Clip:
    """One mix and its reference."""

    name: str
    kind: str
    room: bool
    folder: Path
    snr_db: float | None = None

    def clean(self) -> Samples:
        """Read the reference at 48 kHz."""
        return read_any_rate(self._path("clean"))

    def noisy(self) -> Samples:
        """Read the mix at 48 kHz."""
        return read_any_rate(self._path("noisy"))

    @cached_property
    def digest(self) -> str:
        """Hash of both files' bytes."""
        data = self._path("clean").read_bytes() + self._path("noisy").read_bytes()
        return hashlib.sha256(data).hexdigest()

    def _path(self, side: str) -> Path:
        return self.folder / side / f"{self.name}.flac"


def load(folder: Path) -> list[Clip]:
    """List the mixes of a folder in order of their names."""
    index = folder / "meta.json"
    if index.is_file():
        entries = json.loads(index.read_text())
        return [
            Clip(name, entry["kind"], bool(entry.get("room", False)), folder, entry.get("snr_db"))
            for name, entry in sorted(entries.items())
        ]
    names = sorted(path.stem for path in (folder / "noisy").glob("*.flac"))
    if not names:
        raise FileNotFoundError(f"{index} is missing: a set is a folder with clean/, noisy/ and meta.json")
    return [Clip(name, name.rpartition("_")[2], False, folder) for name in names]


def published(folder: Path) -> list[dict[str, str]]:
    """What others measured on the set: rows of scores.tsv, by its headings; empty where there is no such file."""
    path = folder / PUBLISHED
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
