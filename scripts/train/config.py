"""The training configuration, read from a TOML file (config.toml beside this)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from network import Shape


@dataclass
class Config:
    """One run. Paths are relative to the folder that holds the scripts folder."""

    data: Path
    extra: list[Path]
    cache: Path
    checkpoint: Path
    seed: int
    rooms: int
    members: int
    batch: int
    segment_frames: int
    chunk_frames: int
    optimiser: str
    rate: float
    first_update: int
    warmup: int
    updates: int
    first_hours: float
    last_hours: float
    cut_weight: float
    resolutions_share: float
    perception_weight: float
    perception_share: float
    opinion_weight: float
    opinion_share: float
    shape: Shape


def read(path: Path, root: Path) -> Config:
    """Reads path; an unknown or missing key is refused by name."""
    table = tomllib.loads(path.read_text())
    table["shape"] = Shape(**table.get("shape", {}))
    names = {f.name for f in fields(Config)}
    if wrong := names ^ table.keys():
        raise SystemExit(f"{path}: unknown or missing keys: {', '.join(sorted(wrong))}")
    for key in ("data", "cache", "checkpoint"):
        table[key] = (root / table[key]).resolve()
    table["extra"] = [(root / e).resolve() for e in table["extra"]]
    return Config(**table)
