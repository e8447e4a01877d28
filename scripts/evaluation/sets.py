"""The sets to evaluate on, by name below a folder of data, or by path.

A set that lies there as its recipe alone (make.py, which writes the mixes into a folder) is made once and kept.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import dataset, five_db, training_mixes, whispers

TRAINING = "training"  # mixes of the recordings the networks learned from
WHISPERS = "whispers"  # made of dev2's voices
FIVE_DB = "dev2-5db"  # dev2's mixes at one SNR
MADE_OF_DEV2 = {WHISPERS: whispers, FIVE_DB: five_db}
DEFAULT_SETS = f"dev2,{FIVE_DB},dev3,dev"


@dataclass(frozen=True)
class Set:
    """Mixes, and what others measured on them."""

    name: str
    clips: list[dataset.Clip]
    published: list[dict[str, str]]


def load(names: str, data: Path, cache: Path) -> list[Set]:
    """Load comma-separated sets: folders below data, `training`, `whispers`, `dev2-5db`, or paths of folders."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise ValueError(f"--sets: name at least one set, like {DEFAULT_SETS}")
    return [_load(name, data, cache) for name in wanted]


def _load(name: str, data: Path, cache: Path) -> Set:
    if name == TRAINING:
        key = training_mixes.digest(data)
        return _set(name, _made(cache / f"{name}-{key}", lambda folder: training_mixes.make(data, folder)))
    if recipe := MADE_OF_DEV2.get(name):
        clips = _load("dev2", data, cache).clips
        folder = cache / f"{name}-{recipe.digest(clips)}"
        return _set(name, _made(folder, lambda folder: recipe.make(clips, folder)))
    folder = Path(name) if "/" in name else data / name
    if not folder.is_dir():
        raise FileNotFoundError(f"no set {name}: {folder} is not a folder; --data names the folder that holds the sets")
    script = folder / "make.py"
    if script.is_file() and not (folder / "meta.json").is_file():
        key = hashlib.sha256(script.read_bytes() + str(folder.resolve()).encode()).hexdigest()[:16]
        folder = _made(cache / f"{folder.name}-{key}", lambda made: _run(script, made))
    return _set(folder.name if "/" in name else name, folder)


def _set(name: str, folder: Path) -> Set:
    return Set(name, dataset.load(folder), dataset.published(folder))


def _made(folder: Path, make: Callable[[Path], None]) -> Path:
    """Fill the folder if it is not there; it appears under its name only when it is complete."""
    if not folder.is_dir():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        make(partial)
        partial.rename(folder)
    return folder


def _run(script: Path, folder: Path) -> None:
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{script}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
