"""The suppressor itself, by the program suppress: what the networks hear is what calls have."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np

from focusbands import HOP

ROOT = Path(__file__).resolve().parents[3]


def build(folder: Path) -> Path:
    """The program, built into a folder."""
    out = folder / "suppress"
    subprocess.run(["go", "build", "-o", str(out.resolve()), "./scripts/train/focus/suppress"], check=True, cwd=ROOT)
    return out


class Suppressor:
    """One that runs until it is closed."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, network: str, limit_db: float, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a network leaves of a mix, and how likely each hop holds speech. No limit: 0."""
        hops, name = len(mix) // HOP, network.encode()
        header = struct.pack(f"<I{len(name)}sfI", len(name), name, limit_db, hops)
        self.process.stdin.write(header + mix[: hops * HOP].astype("<f4").tobytes())
        self.process.stdin.flush()
        answer = self.process.stdout.read(4 * hops * (HOP + 1))
        if len(answer) < 4 * hops * (HOP + 1):
            raise SystemExit("the suppressor stopped; what it says stands above")
        both = np.frombuffer(answer, "<f4").copy()
        return both[: hops * HOP], both[hops * HOP :]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
