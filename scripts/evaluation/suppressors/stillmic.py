"""stillmic by its binary, `stillmic clean IN OUT`, or by another command in its place."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..audio import Samples, read, write

PACKAGE = "./cmd/stillmic"


class Stillmic:
    """Runs a command on WAV files.

    The command names its files as {in} and {out}, run once per clip, or as {indir} and {outdir}, run once for a
    folder of WAV files (for commands that take long to start); with neither, IN and OUT are appended.
    """

    def __init__(self, command: str, name: str = "stillmic", title: str = "stillmic") -> None:
        self.name, self.title = name, title
        self._words = shlex.split(command)
        self._folder = any("{indir}" in word for word in self._words)
        if not any("{" in word for word in self._words):
            self._words += ["{in}", "{out}"]
        files = [Path(found) for word in self._words if (found := shutil.which(word) or word) and Path(found).is_file()]
        self.identity: str | None = None  # what a command does depends on more than its name: never cached
        self._files = files

    def clean(self, clips: list[Samples]) -> list[Samples]:
        with tempfile.TemporaryDirectory(prefix="stillmic-eval-") as scratch:
            source, target = Path(scratch, "in"), Path(scratch, "out")
            target.mkdir()
            names = [f"{index:04d}.wav" for index in range(len(clips))]
            for name, clip in zip(names, clips, strict=True):
                write(source / name, clip)
            if self._folder:
                self._run({"{indir}": source, "{outdir}": target})
            else:
                for name in names:
                    self._run({"{in}": source / name, "{out}": target / name})
            return [self._read(target / name) for name in names]

    def _run(self, values: dict[str, Path]) -> None:
        words = self._words
        for placeholder, path in values.items():
            words = [word.replace(placeholder, str(path)) for word in words]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(words)}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")

    def _read(self, path: Path) -> Samples:
        if not path.is_file():
            raise RuntimeError(f"{shlex.join(self._words)}: wrote no {path.name}")
        samples = read(path)
        if not np.isfinite(samples).all():
            raise RuntimeError(f"{shlex.join(self._words)}: {path.name} holds values that are not finite")
        return samples

    def size_on_disk(self) -> int:
        return sum(file.stat().st_size for file in self._files[:1])


def build(repo: Path) -> Path:
    """Build the binary as bin/stillmic, as it is released, and return its path."""
    binary = repo / "bin" / "stillmic"
    words = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", str(binary), PACKAGE]
    env = os.environ | {"CGO_ENABLED": "0"}
    done = subprocess.run(words, cwd=repo, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"go build {PACKAGE}: {done.stderr.strip()}")
    return binary


def bench(binary: Path, seconds: int = 5, audio: Path | None = None, arguments: tuple[str, ...] = ()) -> dict:
    """What `stillmic bench --json` measures: time per frame, memory, multiply-adds."""
    words = [str(binary), "bench", "--json", "--seconds", str(seconds), *arguments]
    if audio:
        words += ["--input", str(audio)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(words)}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)
