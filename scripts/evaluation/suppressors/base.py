"""What every suppressor offers."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from ..audio import Samples


class Suppressor(Protocol):
    """A noise suppressor, started afresh for every clip."""

    name: str  # as given to --suppressors
    title: str  # as shown in tables
    identity: str | None  # changes when the outputs may: part of the cache key; None: never cached

    def clean(self, clips: list[Samples]) -> list[Samples]:
        """Clean each clip on its own; an output may lag behind its input by a constant delay."""
        ...

    def size_on_disk(self) -> int:
        """Bytes of code and weights a user has to install, without the language runtime."""
        ...


def package_identity(package: str) -> str:
    """Name and version of an installed package."""
    return f"{package}=={version(package)}"


def size_of(*paths: Path) -> int:
    """Bytes in the given files."""
    return sum(path.stat().st_size for path in paths)
