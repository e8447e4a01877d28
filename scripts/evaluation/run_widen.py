"""scripts/eval --widen: how near `stillmic clean --widen` brings low-rate speech to its full-band recording."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from . import dataset, figures
from .audio import RATE, Samples, active_power, frame_power, read, spectral_power, to_metric_rate
from .metrics import estoi, pesq_wideband
from .paths import REPO, WORDS
from .spectra import BIN_HZ
from .suppressors import stillmic

RATES = (8_000, 16_000)
TOP_HZ = 16_000  # of what is compared
FLOOR_DB = 80  # below the clip's strongest bin
ACTIVE_DB = 30  # frames within this of the active level


def narrow(clean: Samples, rate: int) -> Samples:
    """The recording as a device of this rate would have made it."""
    return soxr.resample(clean, RATE, rate, quality="HQ").astype(np.float32)


def widened(clean: Samples, rate: int, binary: Path) -> Samples:
    """The narrow recording through `clean --widen` with the suppressor off."""
    with tempfile.TemporaryDirectory(prefix="stillmic-widen-") as scratch:
        source, target = Path(scratch, "in.wav"), Path(scratch, "out.wav")
        soundfile.write(source, narrow(clean, rate), rate, subtype="FLOAT")
        # A strength of next to nothing: off would pass the recording by the rest, too.
        words = [binary, "clean", "--strength", "0.01", "--widen", source, target]
        subprocess.run(words, check=True, capture_output=True)
        return fit(read(target), len(clean))


def fit(samples: Samples, length: int) -> Samples:
    """Samples cut or filled up to a length."""
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]


def upper_band(clean: Samples, output: Samples, rate: int) -> tuple[float, float]:
    """Log-spectral distance in dB from half the rate to TOP_HZ on active frames, and the mean difference."""
    band = slice(rate // 2 // BIN_HZ + 1, TOP_HZ // BIN_HZ + 1)
    speech, heard = spectral_power(clean), spectral_power(output)
    floor = speech.max() * 10 ** (-FLOOR_DB / 10)
    power = frame_power(clean)
    active = power > active_power(power) * 10 ** (-ACTIVE_DB / 10)
    difference = 10 * np.log10(np.maximum(heard[active, band], floor) / np.maximum(speech[active, band], floor))
    return float(np.mean(np.sqrt(np.mean(difference**2, axis=1)))), float(np.mean(difference))


def scores(clean: Samples, output: Samples, rate: int) -> list[float]:
    """PESQ, ESTOI, distance and difference above the band."""
    at = to_metric_rate(clean), to_metric_rate(output)
    return [pesq_wideband(*at), estoi(*at), *upper_band(clean, output, rate)]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/eval --widen", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=WORDS, help="folder of mixes (default: %(default)s)")
    figures.add_argument(parser)
    options = parser.parse_args()
    binary = stillmic.build(REPO)
    clips = [clip.clean() for clip in dataset.load(options.data)]
    table = figures.Table(["recording", "off by, dB", "level, dB", "PESQ up to 8 kHz", "ESTOI"], [])
    for rate in RATES:
        plain = [scores(c, fit(soxr.resample(narrow(c, rate), rate, RATE, quality="HQ"), len(c)), rate) for c in clips]
        wide = [scores(c, widened(c, rate, binary), rate) for c in clips]
        for how, rows in (("unchanged", plain), ("widened", wide)):
            pesq, stoi, distance, louder = np.nanmean(rows, axis=0)
            cells = [f"{distance:.1f}", f"{louder:.1f}", f"{pesq:.2f}", f"{stoi:.3f}"]
            table.rows.append([f"{rate // 1000} kHz, {how}", *cells])
    print(table.markdown())
    if options.figures:
        figures.write(options.figures, "scripts/eval --widen", {"widen": table})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
