"""scripts/eval --presets: what each preset of `stillmic clean` does to the level of a voice, and to noise alone."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import dnsmos, figures, sets
from .audio import Samples, active_power, frame_power, from_db, read, to_metric_rate, write
from .dataset import CLEAN_KIND, Clip
from .paths import CACHE, DATA, REPO
from .spectra import voice_level
from .suppressors import stillmic

NONE = "none"
NONE_STRONG = "none, 60 dB"  # what call and transcribe remove, without their voice
PRESETS = (NONE, NONE_STRONG, "call", "office", "transcribe", "podcast", "interview", "max", "gentle")
SNR_DB = 10
LOWEST_PRIORITY = 19
DIGITAL_SILENCE = -120.0  # dBFS, where nothing is left
COLUMNS = [
    "preset",
    "voice level clean in, dB",
    "voice level at 10 dB SNR, dB",
    "loudness clean in, LUFS",
    "BAK",
    "BAK, as loud as none",
    "noise alone before, dBFS",
    "noise alone after, dBFS",
    "noise alone, BAK",
]


@dataclass(frozen=True)
class Material:
    """What every preset is given, at 48 kHz."""

    clean: list[Samples]
    noisy: list[Samples]  # the set's mixes with noise
    ten: list[tuple[Samples, Samples]]  # speech, and the same in noise 10 dB below it
    noise: list[Samples]  # the noise of one dry mix of each kind


def material(clips: list[Clip], every: int = 1) -> Material:
    """Sort the mixes of a set, and take every n-th of each sort; noise is what dry ones hold beside the speech."""
    made = Material([], [], [], [])
    kinds: set[str] = set()
    for clip in clips:
        clean, noisy = clip.clean(), clip.noisy()
        if clip.kind != CLEAN_KIND:
            made.noisy.append(noisy)
        if not clean.any():
            made.noise.append(noisy)
            continue
        made.clean.append(clean)
        if clip.kind == CLEAN_KIND or clip.room:
            continue
        noise = noisy - clean
        if clip.kind not in kinds:
            kinds.add(clip.kind)
            made.noise.append(noise)
        gain = np.sqrt(active_power(frame_power(clean)) / active_power(frame_power(noise)) * from_db(-SNR_DB))
        made.ten.append((clean, (clean + noise * np.float32(gain)).astype(np.float32)))
    return Material(made.clean[::every], made.noisy[::every], made.ten[::every], made.noise[::every])


def cleaned(binary: Path, preset: str, clips: list[Samples]) -> tuple[list[Samples], list[float]]:
    """The clips through `stillmic clean`, and the loudness that it says each has."""
    with tempfile.TemporaryDirectory(prefix="presets-") as scratch:
        source, target = Path(scratch, "in"), Path(scratch, "out")
        names = [f"{index:04d}.wav" for index in range(len(clips))]
        for name, clip in zip(names, clips, strict=True):
            write(source / name, clip, "FLOAT")
        words = [str(binary), "clean", "--json", "--jobs", "1", str(source), str(target)]
        words += {NONE: [], NONE_STRONG: ["--strength", "strong"]}.get(preset, ["--preset", preset])
        done = subprocess.run(words, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"clean --preset {preset}: {done.stderr.decode().strip()[-500:]}")
        loudness = [report["loudness_lufs"]["after"] for report in json.loads(done.stdout)]
        return [read(target / name) for name in names], [each for each in loudness if each is not None]


def level(samples: Samples) -> float:
    """Level in dBFS of all of a recording."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(10 * np.log10(power), DIGITAL_SILENCE) if power > 0 else DIGITAL_SILENCE


def bak(clips: list[Samples]) -> float:
    """Mean background quality by DNSMOS."""
    return float(np.mean([dnsmos.score(to_metric_rate(clip))["bak"] for clip in clips]))


def as_loud(clips: list[Samples], others: list[Samples]) -> list[Samples]:
    """The clips with one gain each that gives them the level of others: DNSMOS likes what is soft better."""
    return [
        clip * np.float32(from_db((level(other) - level(clip)) / 2)) for clip, other in zip(clips, others, strict=True)
    ]


def row(binary: Path, preset: str, given: Material, without: list[Samples]) -> list[str]:
    """One preset's figures; without is what the mixes with noise become without a preset."""
    clean, loudness = cleaned(binary, preset, given.clean)
    noisy = without if preset == NONE else cleaned(binary, preset, given.noisy)[0]
    ten, _ = cleaned(binary, preset, [mix for _, mix in given.ten])
    alone, _ = cleaned(binary, preset, given.noise)
    levels = [voice_level(before, after) for before, after in zip(given.clean, clean, strict=True)]
    at_ten = [voice_level(speech, after) for (speech, _), after in zip(given.ten, ten, strict=True)]
    return [
        preset,
        f"{np.nanmean(levels):.2f}",
        f"{np.nanmean(at_ten):.2f}",
        f"{np.mean(loudness):.1f}",
        f"{bak(noisy):.2f}",
        f"{bak(as_loud(noisy, without)):.2f}",
        f"{np.mean([level(each) for each in given.noise]):.1f}",
        f"{np.mean([level(each) for each in alone]):.1f}",
        f"{bak(alone):.2f}",
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/eval --presets", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds the set (default: %(default)s)")
    parser.add_argument("--set", default="dev2", help="the set's name (default: %(default)s)")
    parser.add_argument("--binary", type=Path, help="measure this stillmic, not a fresh build")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th recording, to save time")
    parser.add_argument("--presets", default=";".join(PRESETS), help="which, with ; between (default: %(default)s)")
    figures.add_argument(parser, REPO / "daemon" / "figures.json")
    options = parser.parse_args()
    os.nice(LOWEST_PRIORITY - os.nice(0))
    binary = options.binary or stillmic.build(REPO)
    given = material(sets.load(options.set, options.data, CACHE / "sets")[0].clips, options.every)
    table = figures.Table(COLUMNS, [])
    without, _ = cleaned(binary, NONE, given.noisy)
    for preset in options.presets.split(";"):
        table.rows.append(row(binary, preset, given, without))
        print(f"presets: {' | '.join(table.rows[-1])}", file=sys.stderr)
    print(table.markdown())
    if options.figures:
        command = "scripts/eval --presets" + (f" --every {options.every}" if options.every > 1 else "")
        figures.write(options.figures, command, {"clean-presets": table})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
