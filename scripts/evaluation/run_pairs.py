"""scripts/eval --pairs FOLDER: AECMOS of the echo canceller on recorded pairs of loudspeaker and microphone."""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import aecmos, figures
from .audio import METRIC_RATE, read_any_rate, to_metric_rate
from .paths import REPO
from .suppressors import stillmic

# Who talks in what second, of the public pairs of github.com/breizhn/DTLN-aec and github.com/ewan-xu/AecSamples. A
# folder's own pairs.csv, with these columns, goes before.
PAIRS = """far,mic,talk,from,to
9mkQhVtzTEy2hDk-6u2Sww_farend_singletalk_lpb.wav,9mkQhVtzTEy2hDk-6u2Sww_farend_singletalk_mic.wav,far,0,11
DMTgmZwtgUilp4omPK7-OQ_doubletalk_lpb.wav,DMTgmZwtgUilp4omPK7-OQ_doubletalk_mic.wav,both,0,11
DLhjtuwiEkS-68TsUVvW5g_nearend_singletalk_lpb.wav,DLhjtuwiEkS-68TsUVvW5g_nearend_singletalk_mic.wav,near,0,11
real_iphone_far.wav,real_iphone_near.wav,far,0,20
real_iphone_far.wav,real_iphone_near.wav,both,27,45
real_linear_far.wav,real_linear_near.wav,far,0,18
real_linear_far.wav,real_linear_near.wav,near,18,25.3
real_linear_far.wav,real_linear_near.wav,both,25,45
"""
COLUMNS = ["recording, who talks, in seconds", "echo, before", "echo", "degradation, before", "degradation"]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/eval --pairs", description=__doc__.partition(": ")[2])
    parser.add_argument("folder", type=Path, help="where the files are, in folders below it or not")
    parser.add_argument("--strength", help="how much noise goes, too (default: that of clean)")
    figures.add_argument(parser)
    options = parser.parse_args()
    files = {path.name: path for path in sorted(options.folder.rglob("*.wav"))}
    own = options.folder / "pairs.csv"
    strength = ["--strength", options.strength] if options.strength else []
    pairs = own.read_text() if own.is_file() else PAIRS
    binary = stillmic.build(REPO)
    rows = []
    with tempfile.TemporaryDirectory(prefix="echo-pairs-") as scratch:
        for row in csv.DictReader(io.StringIO(pairs)):
            far, mic, out = files[row["far"]], files[row["mic"]], Path(scratch, row["mic"])
            if not out.is_file():
                words = [binary, "clean", *strength, "--far-end", far, mic, out]
                subprocess.run(words, check=True, capture_output=True)
            part = slice(*(int(float(row[at]) * METRIC_RATE) for at in ("from", "to")))
            clips = [to_metric_rate(read_any_rate(path))[part] for path in (far, mic, out)]
            scores = [aecmos.score(clips[0], clips[1], x, row["talk"]) for x in clips[1:]]
            values = [f"{score:.2f}" for score in np.transpose(scores).ravel()]
            name = f"{row['mic'].removesuffix('.wav')}, {row['talk']}, {row['from']} to {row['to']}"
            rows.append([name, *values])
    table = figures.Table(COLUMNS, rows)
    print(table.markdown())
    if options.figures:
        figures.write(options.figures, " ".join(["scripts/eval --pairs FOLDER", *strength]), {"echo-pairs": table})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
