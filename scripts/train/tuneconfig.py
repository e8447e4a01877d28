"""The configuration of a run of the deep-filtering network, read from a TOML file (full.toml, low-latency.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

RELEASED = "released"  # as start or teacher: the weights that start.py reads


@dataclass
class TuneConfig:
    """One run. Paths are relative to the repository's root."""

    name: str  # of the network, in its file's metadata and in model/weights
    lookahead: int  # frames of 10 ms
    start: str  # a weight file, or "released"
    teacher: str  # likewise
    data: Path
    extra: list[Path]
    cache: Path
    checkpoint: Path
    seed: int
    rooms: int
    device: str  # "cpu" or "cuda"
    workers: int  # processes that mix; 0: the trainer itself
    batch: int
    seconds: float  # of a mix
    minutes: float  # of training, over which the rate falls; on a CPU, of its own time
    warmup: int  # updates
    rate: float  # at first
    last_rate: float
    pull: float  # towards the starting weights, each update this times the rate
    average: float  # of the exponential moving average of the weights
    whispers: float  # share of the voices
    label_weight: float  # of mixes without a room
    teacher_weight: float
    room_label_weight: float  # of mixes in a room; whispers have the label alone
    room_teacher_weight: float
    easier_db: float  # noise that the teacher does not hear, at most
    as_heard_share: float  # of the updates: the teacher hears the pupil's own mix
    nsnet2_share: float  # of the teacher, below 8 kHz from 5 dB SNR on
    cut_weight: float  # extra, where the estimate lies below the target
    resolutions: int  # of four, drawn for each update
    lsnr_weight: float
    pesq_weight: float  # of the stand-in of PESQ, against the label
    dnsmos_weight: float  # of DNSMOS's overall and half its background score


def read(path: Path, root: Path) -> TuneConfig:
    """Reads path; an unknown or missing key is refused by name."""
    table = tomllib.loads(path.read_text())
    names = {f.name for f in fields(TuneConfig)}
    if wrong := names ^ table.keys():
        raise SystemExit(f"{path}: unknown or missing keys: {', '.join(sorted(wrong))}")
    for key in ("data", "cache", "checkpoint"):
        table[key] = (root / table[key]).resolve()
    table["extra"] = [(root / e).resolve() for e in table["extra"]]
    for key in ("start", "teacher"):
        if table[key] != RELEASED:
            table[key] = str((root / table[key]).resolve())
    return TuneConfig(**table)
