"""scripts/eval --both-ways: what Stillmic Speaker and the echo canceller cost beside the microphone, by `bench`."""

from __future__ import annotations

import argparse
import json
import subprocess

import numpy as np

from . import figures
from .paths import REPO
from .suppressors import stillmic

PARTS = {"microphone, full": [], "Stillmic Speaker, two channels of light": ["speaker"], "echo canceller": ["echo"]}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/eval --both-ways", description=__doc__.partition(": ")[2])
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many runs (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="how long a run is (default: %(default)s)")
    figures.add_argument(parser)
    options = parser.parse_args()
    words = [stillmic.build(REPO), "bench", "--speaker", "--echo", "--seconds", str(options.seconds), "--json"]
    runs = [json.loads(subprocess.run(words, check=True, capture_output=True).stdout) for _ in range(options.rounds)]
    rows, total, most = [], 0.0, 0.0
    for name, path in PARTS.items():
        parts = [run[path[0]] if path else run for run in runs]
        cost = float(np.median([part["frame_us"]["p50"] for part in parts]))
        allocations = max(part["allocs_per_frame"] for part in parts)
        rows.append([name, f"{cost:.0f}", f"{allocations:g}"])
        total, most = total + cost, max(most, allocations)
    rows.append(["together", f"{total:.0f}", f"{most:g}"])
    table = figures.Table(["part", "µs per 10 ms, median", "allocations"], rows)
    print(table.markdown())
    if options.figures:
        command = f"scripts/eval --both-ways --rounds {options.rounds} --seconds {options.seconds}"
        figures.write(options.figures, command, {"both-ways": table})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
