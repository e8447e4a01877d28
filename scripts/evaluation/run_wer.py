"""scripts/wer: word error rate of noisy speech before and after stillmic, per kind of noise."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import figures as documents
from . import speech_segments
from .asr import Recogniser, word_errors
from .audio import RATE, Samples
from .suppressors import stillmic

REPO = Path(__file__).resolve().parents[2]
DATA = REPO.parent / "shared" / "data"
PLAIN = "unprocessed"
PRESETS = ("transcribe", "call", "max")
FEWEST_WORDS = 4  # a clip of fewer says little

Words = list[str]


@dataclass
class Mixes:
    """Noisy clips with the transcript of the clean ones, in step."""

    kinds: list[str] = field(default_factory=list)
    snrs: list[float] = field(default_factory=list)
    noisy: list[Samples] = field(default_factory=list)
    wanted: list[Words] = field(default_factory=list)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/wer", description=__doc__.partition(": ")[2])
    parser.add_argument("--speech", type=Path, nargs="+", required=True, metavar="FILE", help="clean English speech")
    parser.add_argument(
        "--noise", type=Path, default=DATA / "noise", metavar="DIR", help="KIND_N.* files (default: %(default)s)"
    )
    parser.add_argument("--kinds", metavar="NAMES", help="comma-separated kinds of noise (default: all)")
    parser.add_argument("--clips", type=int, default=8, help="clips per speech file (default: %(default)s)")
    parser.add_argument("--takes", type=int, default=1, help="mixes per clip and kind of noise (default: %(default)s)")
    parser.add_argument("--snr", type=float, nargs="+", default=[5, 10, 15, 20], help="dB, in turns (default: 5 to 20)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the pieces of noise (default: %(default)s)")
    parser.add_argument("--presets", default=",".join(PRESETS), help="comma-separated (default: %(default)s)")
    parser.add_argument(
        "--system",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another command with {in} and {out}; may be repeated",
    )
    parser.add_argument("--stillmic", type=Path, metavar="BINARY", help="measure this, not a fresh build")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE")
    documents.add_argument(parser)
    parser.add_argument("--jobs", type=int, default=2, help="recognisers at a time (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit 1 if transcribe is worse on any kind of noise")
    return parser.parse_args(arguments)


def transcribe(clips: list[Samples], pool: ProcessPoolExecutor) -> list[Words]:
    """Transcripts of all clips, in order."""
    return list(pool.map(_transcribe_one, clips))


def _transcribe_one(clip: Samples) -> Words:
    """Transcribe in a worker, which keeps its recogniser."""
    if not hasattr(_transcribe_one, "recogniser"):
        _transcribe_one.recogniser = Recogniser()  # type: ignore[attr-defined]
    return _transcribe_one.recogniser.words(clip)  # type: ignore[attr-defined]


def make_mixes(options: argparse.Namespace, pool: ProcessPoolExecutor) -> Mixes:
    """Every clip with every kind of noise, several times; SNRs take turns over clips and kinds."""
    clips = [clip for path in options.speech for clip in speech_segments.spread(_cut(path), options.clips)]
    spoken = [(clip, words) for clip, words in zip(clips, transcribe(clips, pool), strict=True)]
    spoken = [(clip, words) for clip, words in spoken if len(words) >= FEWEST_WORDS]
    seconds = sum(len(clip) for clip, _ in spoken) / RATE
    words = sum(len(words) for _, words in spoken)
    print(f"{len(spoken)} clips, {seconds:.0f} s, {words} words, each {options.takes} times", file=sys.stderr)
    if not spoken:
        raise ValueError("no clip of speech in which the recogniser finds words")
    random = np.random.default_rng(options.seed)
    mixes = Mixes()
    for turn, (kind, paths) in enumerate(_chosen(options).items()):
        for index, (clip, words) in enumerate(spoken * options.takes):
            snr = options.snr[(turn + index + index // len(spoken)) % len(options.snr)]
            mixes.kinds.append(kind)
            mixes.snrs.append(snr)
            mixes.noisy.append(speech_segments.mix(clip, speech_segments.noise_clip(paths, len(clip), random), snr))
            mixes.wanted.append(words)
    return mixes


def _cut(path: Path) -> list[Samples]:
    clips = speech_segments.segments(speech_segments.load(path))
    if not clips:
        raise ValueError(f"{path}: no phrases of 5 to 12 s between pauses")
    return clips


def _chosen(options: argparse.Namespace) -> dict[str, list[Path]]:
    kinds = speech_segments.noise_kinds(options.noise)
    if not kinds:
        raise ValueError(f"{options.noise}: no noise; name a folder of KIND_N.wav files with --noise")
    names = options.kinds.split(",") if options.kinds else list(kinds)
    missing = [name for name in names if name not in kinds]
    if missing:
        raise ValueError(f"--kinds: no {', '.join(missing)}; there are {', '.join(kinds)}")
    return {name: kinds[name] for name in names}


def systems(options: argparse.Namespace) -> dict[str, stillmic.Stillmic]:
    """What cleans the mixes, by name."""
    found: dict[str, stillmic.Stillmic] = {}
    presets = [name for name in options.presets.split(",") if name]
    if presets:
        binary = options.stillmic or stillmic.build(REPO)
        found = {name: stillmic.Stillmic(f"{binary} clean --preset {name} {{in}} {{out}}") for name in presets}
    for text in options.system:
        name, equals, command = text.partition("=")
        if not equals:
            raise ValueError(f"--system {text}: use NAME=COMMAND")
        found[name] = stillmic.Stillmic(command)
    return found


def rates(mixes: Mixes, found: list[Words]) -> dict[str, float]:
    """Errors per wanted word in percent, per kind and over all."""
    totals: dict[str, list[int]] = {}
    for kind, wanted, words in zip(mixes.kinds, mixes.wanted, found, strict=True):
        for key in (kind, "all"):
            total = totals.setdefault(key, [0, 0])
            total[0] += word_errors(wanted, words)
            total[1] += len(wanted)
    everything = totals.pop("all")
    return {key: 100 * errors / count for key, (errors, count) in {**totals, "all": everything}.items()}


def table(figures: dict[str, dict[str, float]]) -> str:
    """One row per kind, one column per system."""
    names = list(figures)
    width = max(len(kind) for kind in figures[PLAIN])
    lines = [f"{'':{width}}  " + "  ".join(f"{name:>11}" for name in names)]
    for kind in figures[PLAIN]:
        lines.append(f"{kind:{width}}  " + "  ".join(f"{figures[name][kind]:>11.1f}" for name in names))
    return "\n".join(lines)


def of_documents(figures: dict[str, dict[str, float]]) -> documents.Table:
    """The table for the documents: one row per kind, one column per system."""
    rows = [[kind, *(f"{rates[kind]:.1f}" for rates in figures.values())] for kind in figures[PLAIN]]
    return documents.Table(["noise", *(f"{name}, %" for name in figures)], rows)


def run(options: argparse.Namespace) -> int:
    """Measure and report; the exit status."""
    if min(options.clips, options.jobs, options.takes) < 1:
        raise ValueError("--clips, --jobs and --takes must be at least 1")
    cleaners = systems(options)
    with ProcessPoolExecutor(options.jobs) as pool:
        mixes = make_mixes(options, pool)
        transcripts: dict[str, list[Words]] = {}
        for name, cleaner in {PLAIN: None, **cleaners}.items():
            clips = cleaner.clean(mixes.noisy) if cleaner else mixes.noisy
            transcripts[name] = transcribe(clips, pool)
            print(f"{name}: {rates(mixes, transcripts[name])['all']:.1f} %", file=sys.stderr)
    figures = {name: rates(mixes, found) for name, found in transcripts.items()}
    print(f"Word error rate in %, against the transcript of the clean recording:\n\n{table(figures)}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(_report(mixes, transcripts, figures), indent=1) + "\n")
    if options.figures:
        documents.write(options.figures, "scripts/wer --speech FILE...", {"wer": of_documents(figures)})
    return _check(figures) if options.check else 0


def _report(mixes: Mixes, transcripts: dict[str, list[Words]], figures: dict[str, dict[str, float]]) -> dict:
    clips = [
        {"kind": kind, "snr_db": snr, "clean": " ".join(wanted)}
        | {name: " ".join(found[index]) for name, found in transcripts.items()}
        for index, (kind, snr, wanted) in enumerate(zip(mixes.kinds, mixes.snrs, mixes.wanted, strict=True))
    ]
    return {"wer_percent": figures, "clips": clips}


def _check(figures: dict[str, dict[str, float]]) -> int:
    worse = [kind for kind, rate in figures[PLAIN].items() if figures["transcribe"][kind] > rate]
    if worse:
        print(f"\ntranscribe is worse than the recording on: {', '.join(worse)}")
        return 1
    print("\ntranscribe is worse than the recording on no kind of noise")
    return 0


def main() -> int:
    """Run with errors as one line."""
    try:
        return run(parse())
    except (OSError, ValueError, RuntimeError) as error:
        print(f"scripts/wer: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
