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
from .focus_set import BOTH, KINDS, OTHER, OWNER, WHISPERER, Mix, mixes
from .metrics import si_sdr
from .paths import DATA, REPO
from .suppressors import stillmic

LOWEST_PRIORITY = 19
TOO_LITTLE = "of speech: at least"  # what a refused enrolment says
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


@dataclass(frozen=True)
class Ways:
    """What a mix goes through."""

    binary: Path
    live: Path | None  # what calls go through, None where they are left out
    enrolments: list[str]  # in seconds


def build_live(folder: Path) -> Path:
    """The program that runs a recording through what a call runs."""
    words = ["go", "build", "-trimpath", "-o", str(folder / "live"), "./scripts/evaluation/live"]
    done = subprocess.run(words, cwd=REPO, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"go build ./scripts/evaluation/live: {done.stderr.strip()}")
    return folder / "live"


def run(binary: Path, *words: str | Path, well: tuple[int, ...] = (0,)) -> None:
    """A command that must go well."""
    done = subprocess.run([str(binary), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode not in well:
        raise RuntimeError(f"stillmic {words[0]}: {done.stderr.strip()[-500:]}")


def enrol(binary: Path, sound: Samples, seconds: float, voice: Path) -> None:
    """The print of a voice by so many seconds of it, or by the least that the program takes where that is more."""
    own = voice.with_suffix(".wav")
    while True:
        write(own, sound[: int(seconds * RATE)])
        words = ["voiceprint", "enroll", "--new", "--overwrite", "--from", own, "--out", voice]
        try:
            return run(binary, *words, well=(0, SEVERAL))
        except RuntimeError as error:
            if TOO_LITTLE not in str(error) or seconds * RATE >= len(sound):
                raise
        seconds += 1


def cleaned(ways: Ways, focus: str, mix: Mix) -> list[tuple[str, Samples, Samples]]:
    """A mix without focus and with it: a recording by its title, after each enrolment, and then a call."""
    with tempfile.TemporaryDirectory(prefix="focus-") as folder:
        noisy, plain, alone, voice = (Path(folder, name) for name in ("in.wav", "0.wav", "1.wav", "print"))
        write(noisy, mix.heard)
        run(ways.binary, "clean", noisy, plain)
        heard = []
        for seconds in reversed(ways.enrolments if focus == "me" else [""]):
            words: list[str | Path] = ["--focus", focus]
            if focus == "me":
                enrol(ways.binary, mix.enrolment, float(seconds), voice)
                words += ["--voice-print", voice]
            run(ways.binary, "clean", "--overwrite", noisy, alone, *words)
            title = f"all, enrolled by {seconds} s" if focus == "me" else "all"
            heard.insert(0, (title, read(plain), read(alone)))
        if ways.live:
            run(ways.live, noisy, plain)
            run(ways.live, *words, noisy, alone)  # the print of the first enrolment is there
            heard.append((f"{heard[0][0]}, in calls", read(plain), read(alone)))
        return heard


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


def spoken_aloud(heard: list[Heard]) -> list[Heard]:
    """The mixes in which the owner does not whisper: "all"."""
    return [h for h in heard if h.mix.kind != WHISPERER]


def rows(heard: list[Heard], title: str) -> list[list[str]]:
    """All mixes, those of voices alike and unlike, and each kind."""
    made = [row(title, spoken_aloud(heard))]
    for name, alike in (("pitch alike", True), ("one deep, one high", False)):
        made.append(row(name, [h for h in spoken_aloud(heard) if h.mix.alike == alike]))
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


def measure(ways: Ways, focus: str, options: argparse.Namespace) -> tuple[figures.Table, list[list[str]]]:
    """The table of a focus, and what of the marks it reaches."""
    heard: dict[str, list[Heard]] = {}
    for mix in mixes(options.data, focus, options.part, options.every):
        for title, plain, alone in cleaned(ways, focus, mix):
            heard.setdefault(title, []).append(last := judged(mix, plain, alone))
            said = f"{mix.owner}, {mix.kind}, {title}: {last.lowered:.1f} dB, {last.cut:.1f} % cut"
            print(said, file=sys.stderr, flush=True)
    (title, first), *others = heard.items()
    table = figures.Table(COLUMNS, rows(first, title))
    for title, each in others:
        table.rows.append(row(title, spoken_aloud(each)))
        if whispers := [h for h in each if h.mix.kind == WHISPERER]:
            table.rows.append(row(title.replace("all", WHISPERER, 1), whispers))
    return table, marks(focus, table.rows[0])


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="scripts/eval --focus", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--part", choices=("choose", "judge"), default="choose")
    parser.add_argument("--of", choices=tuple(KINDS), nargs="+", default=list(KINDS), help="which focus (default: all)")
    parser.add_argument("--binary", type=Path, help="measure this stillmic, not a fresh build")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one N-th of each owner's mixes")
    parser.add_argument("--enrolments", default="20,10,5", help="seconds, with commas between (default: %(default)s)")
    parser.add_argument("--live", action="store_true", help="measure calls, too: the engine of the daemon, hop by hop")
    figures.add_argument(parser, REPO / "daemon" / "figures.json")
    options = parser.parse_args()
    os.nice(LOWEST_PRIORITY - os.nice(0))
    binary = options.binary or stillmic.build(REPO)
    folder = tempfile.TemporaryDirectory(prefix="focus-live-")
    ways = Ways(binary, build_live(Path(folder.name)) if options.live else None, options.enrolments.split(","))
    tables, reached = {}, figures.Table(["figure", "must reach", "aim", "measured", "reached"], [])
    for focus in options.of:
        table, lines = measure(ways, focus, options)
        tables[f"focus-{focus}-{options.part}"] = table
        reached.rows.extend(lines)
        print(table.markdown(), end="\n\n", flush=True)
    tables[f"focus-marks-{options.part}"] = reached
    print(reached.markdown())
    if options.figures:
        every = f" --every {options.every}" if options.every > 1 else ""
        live = " --live" if options.live else ""
        of = "" if options.of == list(KINDS) else f" --of {' '.join(options.of)}"
        enrolments = f" --enrolments {options.enrolments}" if "me" in options.of else ""
        command = f"scripts/eval --focus{of} --part {options.part}{enrolments}{every}{live}"
        figures.write(options.figures, command, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
