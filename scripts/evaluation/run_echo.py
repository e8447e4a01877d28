"""scripts/eval --echo: what the echo canceller leaves of an echo, and of a near voice, on a made set."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from . import echo_set, figures
from .audio import RATE, Samples, active_power, frame_power, read, to_metric_rate
from .metrics import pesq_wideband, si_sdr
from .paths import DATA, REPO
from .suppressors import stillmic

AFTER = ((1, 3), (4, 8), (echo_set.FAR_ALONE[1] - 4, echo_set.FAR_ALONE[1]))  # seconds of the far end alone
COLUMNS = [
    "case",
    *(f"ERLE, {a} to {b} s, dB" for a, b in AFTER),
    "double talk, PESQ before",
    "after",
    "SI-SDR before, dB",
    "after, dB",
    "near alone, PESQ against the microphone",
    "level, dB",
]


def cancelled(recording: echo_set.Recording, binary: Path, strength: str) -> Samples:
    """The microphone through `clean --far-end`."""
    with tempfile.TemporaryDirectory(prefix="echo-") as scratch:
        far, mic, out = (Path(scratch, name) for name in ("far.wav", "mic.wav", "out.wav"))
        soundfile.write(far, recording.far, RATE, subtype="FLOAT")
        soundfile.write(mic, recording.mic, RATE, subtype="FLOAT")
        words = [binary, "clean", "--strength", strength, "--far-end", far, mic, out]
        subprocess.run(words, check=True, capture_output=True)
        return read(out)


def part(samples: np.ndarray, seconds: tuple[int, int]) -> Samples:
    """A stretch of the samples."""
    return samples[seconds[0] * RATE : seconds[1] * RATE].astype(np.float32)


def lowered(before: Samples, after: Samples) -> float:
    """Echo return loss enhancement in dB: the microphone's energy over what is left of it."""
    energy = [float(np.sum(np.square(samples, dtype=np.float64))) for samples in (before, after)]
    return 10 * float(np.log10(energy[0] / max(energy[1], 1e-20)))


def active_level(samples: Samples) -> float:
    """Active level in dB."""
    return 10 * float(np.log10(active_power(frame_power(samples))))


def scores(recording: echo_set.Recording, out: Samples) -> list[float]:
    """The figures of a case, in the order of COLUMNS."""
    erle = [lowered(part(recording.mic, when), part(out, when)) for when in AFTER]
    near, mic, heard = (part(x, echo_set.BOTH) for x in (recording.near, recording.mic, out))
    at = [to_metric_rate(x) for x in (near, mic, heard)]
    pesq = [pesq_wideband(at[0], x) for x in at[1:]]
    sdr = [si_sdr(near, x) for x in (mic, heard)]
    alone = [part(x, echo_set.NEAR_ALONE) for x in (recording.mic, out)]
    kept = pesq_wideband(*(to_metric_rate(x) for x in alone))
    return [*erle, *pesq, *sdr, kept, active_level(alone[1]) - active_level(alone[0])]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/eval --echo", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with dev2 and noise (default: %(default)s)")
    parser.add_argument("--judging", action="store_true", help="the set kept apart, with other voices and rooms")
    parser.add_argument("--strength", default="off", help="how much noise goes, too (default: %(default)s)")
    figures.add_argument(parser)
    options = parser.parse_args()
    binary = stillmic.build(REPO)
    rows = {}
    for name, recording in echo_set.make(options.data, options.judging):
        rows[name] = scores(recording, cancelled(recording, binary, options.strength))
    rows["mean"] = np.mean(list(rows.values()), axis=0).tolist()
    digits = (1, 1, 1, 2, 2, 1, 1, 2, 1)
    cells = [[name, *(f"{v:.{d}f}" for v, d in zip(row, digits, strict=True))] for name, row in rows.items()]
    table = figures.Table(COLUMNS, cells)
    print(table.markdown())
    if options.figures:
        command = f"scripts/eval --echo{' --judging' if options.judging else ''}"
        figures.write(options.figures, command, {"echo-judging" if options.judging else "echo": table})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
