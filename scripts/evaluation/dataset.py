"""A folder of mixes: noisy/NNN.flac, clean/NNN.flac and meta.json with the kind of noise of each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .audio import Samples, read

CLEAN_KIND = "clean"  # mixes without noise: reported by themselves, in no mean


@dataclass(frozen=True)
class Clip:
    """One mix and its reference."""

    name: str
    kind: str
    room: bool
    folder: Path

    def clean(self) -> Samples:
        """Read the reference."""
        return read(self._path("clean"))

    def noisy(self) -> Samples:
        """Read the mix."""
        return read(self._path("noisy"))

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
    if not index.is_file():
        raise FileNotFoundError(f"{index} is missing: --data needs a folder with clean/, noisy/ and meta.json")
    entries = json.loads(index.read_text())
    return [
        Clip(name, entry["kind"], bool(entry.get("room", False)), folder) for name, entry in sorted(entries.items())
    ]
