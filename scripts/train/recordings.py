"""Decoded recordings: one 16-bit PCM file per kind of material, mapped into memory.

Decoding Opus on the fly would cost more than the training step; 16-bit PCM of nine hours
of speech is 3 GB and the page cache keeps what is used.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile

from bands import SAMPLE_RATE

# Sets of speech whose own noise DNSMOS hears: overall 1.8 to 2.5.
NOISY_SETS = ("galaxyexplorer", "interactive-audio-drama", "opendungeons", "scpcb")
NOISY_SPEAKERS = ("openhv/radartank", "openhv/shocker")  # its unit roles
OPINIONS = "opinions.json"  # what DNSMOS says of each recording of speech, in the cache and in a pack
LEAST_RANGE_DB = 33  # between speech and the quietest of its own recording


@dataclass
class Clip:
    """A stretch of the PCM file: samples start to stop, usable up to cutoff_hz."""

    group: str  # speaker of speech, kind of noise
    start: int
    stop: int
    cutoff_hz: float
    overall: float = 0.0  # DNSMOS of speech (ITU-T P.835, 1 to 5), 0 where it was not asked
    background: float = 0.0


class Recordings:
    """Clips grouped by speaker or kind over one memory-mapped PCM file."""

    def __init__(self, folder: Path, name: str) -> None:
        self.pcm = np.memmap(folder / f"{name}.i16", np.int16, "r")
        clips = [Clip(**c) for c in json.loads((folder / f"{name}.json").read_text())]
        self.groups: dict[str, list[Clip]] = defaultdict(list)
        for clip in clips:
            self.groups[clip.group].append(clip)

    def seconds(self, group: str) -> float:
        return sum(c.stop - c.start for c in self.groups[group]) / SAMPLE_RATE

    def read(self, start: int, stop: int) -> np.ndarray:
        return self.pcm[start:stop].astype(np.float32) / 32768


def rows(root: Path, index: str) -> list[dict[str, str]]:
    path = root / index
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _decode(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != SAMPLE_RATE:
        raise ValueError(f"{path}: {rate} Hz; recordings must be {SAMPLE_RATE} Hz")
    return np.clip(samples[:, 0] * 32768, -32768, 32767).astype(np.int16)


class ClipWriter:
    """Appends clips to NAME.i16 and, at the end, NAME.json; complete only with both."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.file = (folder / f"{name}.i16").open("wb")
        self.clips: list[Clip] = []
        self.position = 0

    def add(self, group: str, samples: np.ndarray, cutoff_hz: float, opinion: tuple[float, float] = (0, 0)) -> None:
        samples.tofile(self.file)
        end = self.position + len(samples)
        self.clips.append(Clip(group, self.position, end, cutoff_hz, *opinion))
        self.position = end

    def close(self) -> None:
        self.file.close()
        temporary = self.folder / f"{self.name}.json.part"
        temporary.write_text(json.dumps([asdict(c) for c in self.clips]))
        os.replace(temporary, self.folder / f"{self.name}.json")


def _cache_speech(roots: list[Path], folder: Path) -> None:
    writer, known = ClipWriter(folder, "speech"), opinions([*roots, folder])
    for root in roots:
        # An index may stand in speech/ or at the root of a folder gathered later.
        for row in rows(root, "speech/index.tsv") or rows(root, "index.tsv"):
            name = row["file"]
            if not wanted(row) or not present(root / name):
                continue
            samples = _decode(root / name)
            if name not in known:
                known[name] = opinion(samples)
            writer.add(row["speaker"], samples, float(row["cutoff_hz"] or SAMPLE_RATE / 2), known[name])
    (folder / OPINIONS).write_text(json.dumps(known))
    writer.close()


def opinions(folders: list[Path]) -> dict[str, tuple[float, float]]:
    """DNSMOS's scores by recording, as an earlier run or a pack left them in any of the folders."""
    found = [json.loads(path.read_text()) for f in folders if (path := f / OPINIONS).exists()]
    return {name: (scores[0], scores[1]) for table in found for name, scores in table.items()}


def present(path: Path) -> bool:
    """Reports whether a recording of the index is there: a pack's first parts hold some of them."""
    if not path.exists():
        print(f"{path} is in the index and not there: left out", file=sys.stderr)
    return path.exists()


def wanted(row: dict[str, str]) -> bool:
    """Reports whether a recording is speech that may stand for clean speech."""
    noisy = row["dataset"].lower().startswith(NOISY_SETS) or row["speaker"].lower().startswith(NOISY_SPEAKERS)
    return float(row["snr_db"]) >= LEAST_RANGE_DB and "song" not in row["dataset"] and not noisy


def opinion(pcm: np.ndarray) -> tuple[float, float]:
    """DNSMOS's overall and background scores of 16-bit speech: of the 9 s in its middle."""
    from evaluation import dnsmos
    from evaluation.audio import RATE, to_metric_rate

    start = max(0, (len(pcm) - 9 * RATE) // 2)
    scores = dnsmos.score(to_metric_rate(pcm[start : start + 9 * RATE] / np.float32(32768)))
    return round(scores["ovrl"], 3), round(scores["bak"], 3)


def _cache_noise(root: Path, folder: Path) -> None:
    writer, strokes = ClipWriter(folder, "noise"), ClipWriter(folder, "strokes")
    decoded: dict[str, np.ndarray] = {}
    for row in rows(root, "noise/index.tsv"):
        if not present(root / row["file"]):
            continue
        if row["file"] not in decoded:
            decoded = {row["file"]: _decode(root / row["file"])}
        start = round(float(row["start_s"]) * SAMPLE_RATE)
        stop = start + round(float(row["seconds"]) * SAMPLE_RATE)
        target = strokes if row["kind"] == "stroke" else writer
        target.add(row["kind"], decoded[row["file"]][start:stop], float(row["bandwidth_hz"] or SAMPLE_RATE / 2))
    writer.close()
    strokes.close()


def prepare(data: Path, extra: list[Path], folder: Path) -> None:
    """Decodes what the cache does not hold yet; a change of the sources starts it anew."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [data, *extra]
    stamp = json.dumps([_stamp(root) for root in sources])
    mark = folder / "sources.json"
    if mark.exists() and mark.read_text() == stamp:
        return
    print("decoding the recordings (once, some minutes)", file=sys.stderr, flush=True)
    _cache_noise(data, folder)
    _cache_speech(sources, folder)
    mark.write_text(stamp)


def _stamp(root: Path) -> list[str]:
    indexes = [root / "speech/index.tsv", root / "noise/index.tsv", root / "index.tsv"]
    return [f"{root.name} {p.name} {p.stat().st_size}" for p in indexes if p.exists()]
