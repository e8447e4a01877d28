"""Packs the recordings for a machine that has an accelerator and nothing else: scripts/train --pack FOLDER.

Writes FOLDER/recordings-1.tar and so on, each below 60 MB, with the Opus files as they are (encoding them again would
cost quality), the indexes, the rooms, and what DNSMOS says of each recording. Every part is a fair sample of speakers
and kinds of noise, so that one alone is enough to begin with. Unpack them all over the same folder and name it as
"data" in the configuration, and its "speech2" as "extra".
"""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Iterable
from pathlib import Path

from recordings import OPINIONS, rows, wanted

MOST_BYTES = 60_000_000


def pack(data: Path, extra: list[Path], cache: Path, folder: Path, most: int = MOST_BYTES) -> list[Path]:
    """Writes the parts and returns their paths."""
    files: list[tuple[Path, str]] = []
    for root in (data, *extra):
        inside = "" if root == data else f"{root.name}/"
        chosen = [row["file"] for row in rows(root, "speech/index.tsv") or rows(root, "index.tsv") if wanted(row)]
        chosen += sorted({row["file"] for row in rows(root, "noise/index.tsv")})
        files += [(root / name, inside + name) for name in chosen]
    always = [(path, path.relative_to(data).as_posix()) for path in sorted((data / "rir").glob("*.flac"))]
    for root in (data, *extra):
        inside = "" if root == data else f"{root.name}/"
        always += [(path, inside + path.relative_to(root).as_posix()) for path in _indexes(root)]
    if (cache / OPINIONS).exists():
        always.append((cache / OPINIONS, OPINIONS))
    random.Random(1).shuffle(files)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, part in enumerate(_parts(files, most - _size(always)), 1):
        path = folder / f"recordings-{number}.tar"
        with tarfile.open(path, "w") as tar:
            for source, name in [*always, *part]:
                _add(tar, source, name)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {len(part)} recordings")
        paths.append(path)
    return paths


def _indexes(root: Path) -> list[Path]:
    return [p for p in (root / "speech/index.tsv", root / "noise/index.tsv", root / "index.tsv") if p.exists()]


def _size(files: Iterable[tuple[Path, str]]) -> int:
    """Bytes in a tar archive: whole blocks of 512 with a header each, and the archive's end."""
    return sum(1024 + -(-path.stat().st_size // 512) * 512 for path, _ in files) + 10240


def _parts(files: list[tuple[Path, str]], most: int) -> list[list[tuple[Path, str]]]:
    """files in order, cut where a part would exceed most bytes."""
    parts: list[list[tuple[Path, str]]] = [[]]
    for file in files:
        if parts[-1] and _size([*parts[-1], file]) > most:
            parts.append([])
        parts[-1].append(file)
    return parts


def _add(tar: tarfile.TarFile, source: Path, name: str) -> None:
    """Adds a file without the names and times of the machine that packs it."""
    info = tarfile.TarInfo(name)
    content = source.read_bytes()
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
