"""The networks of stillmic, from the best to the smallest, through its binary."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..audio import RATE, write
from .stillmic import Stillmic

RUNGS = ("full", "low-latency", "light", "small")
FULL, LOW_LATENCY, LIGHT, SMALL = RUNGS
LATENCY = ("--latency", "20ms")


@dataclass(frozen=True)
class Rung:
    """A network of the ladder that a binary has: the arguments of `clean` that choose it."""

    name: str
    binary: Path
    arguments: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name to show."""
        return f"stillmic {self.name}"

    @property
    def bench_arguments(self) -> tuple[str, ...]:
        """The arguments of `bench` that choose it: bench takes --model alone."""
        return ("--model", self.name) if self.arguments == LATENCY else self.arguments

    def suppressor(self) -> Stillmic:
        """`stillmic clean` with this network, a folder of recordings at a time."""
        words = [str(self.binary), "clean", "--jobs", "1", *self.arguments, "{indir}", "{outdir}"]
        return Stillmic(" ".join(words), self.name, self.title)


def find(binary: Path, names: list[str], weights: dict[str, Path], folder: Path) -> tuple[list[Rung], dict[str, str]]:
    """Those rungs that the binary runs, and why it does not run the others.

    A rung is looked for under its name, then as a weight file NAME.safetensors in the folder of weights; weights names
    files to use instead. A binary that knows no names has one network built in: the light one.
    """
    found, missing = [], {}
    for name in names:
        why = ""
        for arguments in _choices(name, weights.get(name), folder / f"{name}.safetensors"):
            why = _refusal(binary, arguments)
            if not why:
                found.append(Rung(name, binary, _as_used(binary, arguments)))
                break
        else:
            missing[name] = why
    return found, missing


def _choices(name: str, given: Path | None, file: Path) -> list[tuple[str, ...]]:
    """Arguments that may choose a rung, the first that works is taken."""
    if given is not None:
        return [("--model", str(given))]
    choices: list[tuple[str, ...]] = [("--model", name)]
    if file.is_file():
        choices.append(("--model", str(file)))
    if name == LIGHT:
        choices.append(())
    return choices


def _as_used(binary: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """How people ask for it: the network of 20 ms by its latency, where the binary has both it and the option.

    The option alone tells nothing: without that network it chooses another.
    """
    if arguments == ("--model", LOW_LATENCY) and not _refusal(binary, LATENCY):
        return LATENCY
    return arguments


def _refusal(binary: Path, arguments: tuple[str, ...]) -> str:
    """What the binary says against the arguments, on a fifth of a second of sound; empty if it takes them."""
    with tempfile.TemporaryDirectory(prefix="eval-rung-") as scratch:
        source, target = Path(scratch, "in.wav"), Path(scratch, "out.wav")
        write(source, np.zeros(RATE // 5, np.float32))
        words = [str(binary), "clean", *arguments, str(source), str(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[0]


def tell_missing(missing: dict[str, str]) -> None:
    """Say which rungs are left out and why."""
    for name, why in missing.items():
        print(f"stillmic {name}: left out, this binary does not run it ({why})", file=sys.stderr)
