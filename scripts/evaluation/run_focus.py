"""scripts/eval --focus: how far `stillmic clean --focus` lowers others, and what it takes of the owner's voice."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import figures
from .audio import HOP, RATE, Samples, active_power, frame_power, from_db, read, to_metric_rate, write
from .focus_set import BOTH, KINDS, OTHER, OWNER, Mix, mixes
from .metrics import si_sdr
from .paths import DATA, REPO
from .suppressors import stillmic

LOWEST_PRIORITY = 19
SEVERAL = 4  # exit code of an enrolment in which several people seem to speak; its print is kept
CUT_DB = -10.0
ACTIVE_DB = 15.9
AUDIBLE, SILENCE = 1e-9, 1e-14  # mean squares: -90 and -140 dBFS
SYLLABLE = 20  # frames of 10 ms
COLUMNS = [
    "mixes",
    "how many",
    "another alone lowered, dB",
    "after the first second, dB",
    "of ten others, lowered by 10 dB and more",
    "owner's active time more than 10 dB down, %",
    "the worst owner, %",
    "first syllable, at most dB down",
    "owner's level, dB",
    "both: cut, %",
    "both: SI-SDR, dB more",
]

MARKS = {  # of each focus: what must be reached, what is aimed at, and whether more is better
    "another alone lowered, dB": {"near": ("10", "20", True), "me": ("15", "25", True)},
    "both: SI-SDR, dB more": {"me": ("3", "6", True)},
    "owner's active time more than 10 dB down, %": {"near": ("2", "0.5", False), "me": ("2", "0.5", False)},
    "owner's level, dB": {"near": ("1", "0.3", False), "me": ("1", "0.3", False)},
    "first syllable, at most dB down": {"near": ("10", "3", False), "me": ("10", "3", False)},
}


@dataclass
class Heard:
    """The figures of one mix; NaN where it has nothing to say."""

    mix: Mix
    lowered: float
    later: float
    cut: float
    syllable: float
    level: float
    both_cut: float
    gained: float


def run(binary: Path, *words: str | Path, well: tuple[int, ...] = (0,)) -> None:
    """A command that must go well."""
    done = subprocess.run([str(binary), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode not in well:
        raise RuntimeError(f"stillmic {words[0]}: {done.stderr.strip()[-500:]}")


def cleaned(binary: Path, focus: str, mix: Mix, seconds: float) -> tuple[Samples, Samples]:
    """A mix without focus and with it, after an enrolment of so many seconds."""
    with tempfile.TemporaryDirectory(prefix="focus-") as folder:
        own, noisy, plain, alone = (Path(folder, name) for name in ("own.wav", "mix.wav", "plain.wav", "alone.wav"))
        words = ["--focus", focus]
        if focus == "me":
            write(own, mix.enrolment[: int(seconds * RATE)])
            run(binary, "voiceprint", "enroll", "--from", own, "--out", Path(folder, "print"), well=(0, SEVERAL))
            words += ["--voice-print", Path(folder, "print")]
        write(noisy, mix.heard)
        run(binary, "clean", noisy, plain)
        run(binary, "clean", noisy, alone, *words)
        return read(plain), read(alone)


def energy(samples: Samples) -> float:
    """Mean square."""
    return float(np.mean(np.square(samples, dtype=np.float64)))


def decibels(after: float, before: float) -> float:
    """How much louder a power has become."""
    return 10 * np.log10((after + SILENCE) / (before + SILENCE))


def within(mix: Mix, who: str, samples: Samples, skip: int = 0) -> Samples:
    """The samples of all parts of somebody, but for the first few of each."""
    return np.concatenate([samples[start + skip : stop] for name, start, stop in mix.parts if name == who] or [[]])


def spoken(mix: Mix, who: str, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames in which the owner is active in the parts of somebody, and of these the first 0.2 s of each."""
    voice = frame_power(mix.voice)
    active = (voice > active_power(voice) * from_db(-ACTIVE_DB)) & (before > AUDIBLE)
    all_frames, first = np.zeros_like(active), np.zeros_like(active)
    for name, start, stop in mix.parts:
        if name == who:
            found = start // HOP + np.flatnonzero(active[start // HOP : stop // HOP])
            all_frames[found], first[found[:SYLLABLE]] = True, True
    return all_frames, first


def judged(mix: Mix, plain: Samples, alone: Samples) -> Heard:
    """What focus did to a mix, beside what the suppressor did."""
    before, after = frame_power(plain), frame_power(alone)
    change = 10 * np.log10((after + SILENCE) / (before + SILENCE))
    mine, first = spoken(mix, OWNER, before)
    together, _ = spoken(mix, BOTH, before)
    lowered, gained = [np.nan, np.nan], np.nan
    for i, skip in enumerate((0, RATE)):
        if len(left := within(mix, OTHER, plain, skip)):
            lowered[i] = decibels(energy(left), energy(within(mix, OTHER, alone, skip)))
    if together.any():
        voice = to_metric_rate(within(mix, BOTH, mix.voice))
        gained = si_sdr(voice, to_metric_rate(within(mix, BOTH, alone)))
        gained -= si_sdr(voice, to_metric_rate(within(mix, BOTH, mix.heard)))
    return Heard(
        mix,
        *lowered,
        100 * float(np.mean(change[mine] < CUT_DB)) if mine.any() else np.nan,
        -float(change[first].min()) if first.any() else np.nan,
        decibels(float(after[mine].sum()), float(before[mine].sum())) if mine.any() else np.nan,
        100 * float(np.mean(change[together] < CUT_DB)) if together.any() else np.nan,
        gained,
    )


def row(name: str, heard: list[Heard]) -> list[str]:
    """The figures of some mixes."""

    def of(key: str, digits: int = 1, fold: object = np.mean) -> str:
        values = np.array([getattr(each, key) for each in heard])
        values = values[~np.isnan(values)]
        return f"{fold(values):.{digits}f}" if len(values) else ""

    lowered = np.array([each.lowered for each in heard if not np.isnan(each.lowered)])
    return [
        name,
        str(len(heard)),
        of("lowered"),
        of("later"),
        f"{10 * np.mean(lowered >= 10):.1f}" if len(lowered) else "",
        of("cut", 2),
        of("cut", 1, np.max),
        of("syllable", 1, np.max),
        of("level", 2),
        of("both_cut"),
        of("gained"),
    ]


def rows(heard: list[Heard], title: str) -> list[list[str]]:
    """All mixes, those of voices alike and unlike, and each kind."""
    made = [row(title, heard)]
    for name, alike in (("pitch alike", True), ("one deep, one high", False)):
        made.append(row(name, [h for h in heard if h.mix.alike == alike]))
    for kind in dict.fromkeys(h.mix.kind for h in heard):
        made.append(row(kind, [h for h in heard if h.mix.kind == kind]))
    return made


def marks(focus: str, measured: list[str]) -> list[list[str]]:
    """What a row of all mixes reaches of the marks."""
    table = []
    for name, of in MARKS.items():
        if focus in of:
            must, aim, more = of[focus]
            value = measured[COLUMNS.index(name)]
            reached = [float(value) >= float(x) if more else abs(float(value)) <= float(x) for x in (must, aim)]
            table.append([f"{focus}: {name}", must, aim, value, "aim" if reached[1] else "yes" if reached[0] else "no"])
    return table


def measure(binary: Path, focus: str, options: argparse.Namespace) -> tuple[figures.Table, list[list[str]]]:
    """The table of a focus, and what of the marks it reaches."""
    table, reached = figures.Table(COLUMNS, []), []
    for number, seconds in enumerate(options.enrolments.split(",") if focus == "me" else ["0"]):
        heard = []
        for mix in mixes(options.data, focus, options.part, options.every):
            heard.append(judged(mix, *cleaned(binary, focus, mix, float(seconds))))
            last = heard[-1]
            print(f"{mix.owner}, {mix.kind}: {last.lowered:.1f} dB, {last.cut:.1f} % cut", file=sys.stderr, flush=True)
        made = rows(heard, f"all, enrolled by {seconds} s" if focus == "me" else "all")
        table.rows.extend(made if number == 0 else made[:1])
        reached = reached or marks(focus, made[0])
    return table, reached


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="scripts/eval --focus", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--part", choices=("choose", "judge"), default="choose")
    parser.add_argument("--of", choices=tuple(KINDS), nargs="+", default=list(KINDS), help="which focus (default: all)")
    parser.add_argument("--binary", type=Path, help="measure this stillmic, not a fresh build")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one N-th of each owner's mixes")
    parser.add_argument("--enrolments", default="20,10,5", help="seconds, with commas between (default: %(default)s)")
    figures.add_argument(parser, REPO / "daemon" / "figures.json")
    options = parser.parse_args()
    os.nice(LOWEST_PRIORITY - os.nice(0))
    binary = options.binary or stillmic.build(REPO)
    tables, reached = {}, figures.Table(["figure", "must reach", "aim", "measured", "reached"], [])
    for focus in options.of:
        table, lines = measure(binary, focus, options)
        tables[f"focus-{focus}-{options.part}"] = table
        reached.rows.extend(lines)
        print(table.markdown(), end="\n\n", flush=True)
    tables[f"focus-marks-{options.part}"] = reached
    print(reached.markdown())
    if options.figures:
        every = f" --every {options.every}" if options.every > 1 else ""
        command = f"scripts/eval --focus --part {options.part} --enrolments {options.enrolments}{every}"
        figures.write(options.figures, command, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
