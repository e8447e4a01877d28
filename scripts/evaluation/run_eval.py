"""scripts/eval: scores stillmic and other suppressors on mixes with a known clean reference."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from . import dataset, report
from .cache import Cache
from .check import check
from .evaluate import Result, evaluate
from .latency import look_ahead_ms
from .suppressors import stillmic
from .suppressors.base import Suppressor
from .suppressors.registry import OTHERS, STILLMIC, parse_names

REPO = Path(__file__).resolve().parents[2]
DEFAULT_DATA = REPO.parent / "shared" / "data" / "dev"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/eval", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder of mixes (default: %(default)s)")
    parser.add_argument(
        "--suppressors",
        default="noisy,stillmic,rnnoise,deepfilternet3,nsnet2",
        metavar="NAMES",
        help=f"comma-separated, of {STILLMIC}, {', '.join(OTHERS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--stillmic",
        metavar="COMMAND",
        help="run this instead of the Go binary: once per WAV file with {in} and {out}, or once for a folder of them "
        "with {indir} and {outdir}; its output must not be delayed",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every score to FILE")
    parser.add_argument("--processed", type=Path, metavar="DIR", help="write the outputs to DIR/SUPPRESSOR/CLIP.wav")
    parser.add_argument(
        "--check", action="store_true", help="compare with what the network must reach; exit 1 on a miss"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes that score (default: %(default)s)")
    parser.add_argument("--brief", action="store_true", help="leave out the table per kind of noise")
    return parser.parse_args(arguments)


def suppressor_named(name: str, command: str | None) -> Suppressor:
    """Make a suppressor ready; for stillmic without a command, build the binary."""
    if name != STILLMIC:
        return OTHERS[name]()
    return stillmic.Stillmic(command or f"{stillmic.build(REPO)} clean")


def run(options: argparse.Namespace) -> int:
    """Evaluate and report; the exit status."""
    names = parse_names(options.suppressors)
    clips = dataset.load(options.data)
    cache = Cache(REPO / ".cache" / "eval")
    results: list[Result] = []
    for name in names:
        started = time.monotonic()
        result = evaluate(suppressor_named(name, options.stillmic), clips, cache, options.jobs, options.processed)
        results.append(result)
        took = time.monotonic() - started
        print(f"{result.title}: {len(clips)} clips in {took:.0f} s, delay {result.delay} samples", file=sys.stderr)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report.as_json(str(options.data), results), indent=1) + "\n")
    print(f"\nMeans over the mixes with noise:\n\n{report.summary(results)}")
    if not options.brief:
        print(f"\nPer kind of noise:\n\n{report.by_kind(results)}")
    print(f"\n{report.LEGEND}")
    return _check(options, results) if options.check else 0


def _check(options: argparse.Namespace, results: list[Result]) -> int:
    latency_ms = look_ahead_ms(suppressor_named(STILLMIC, options.stillmic))
    # a substitute for the binary (a checkpoint in training) says nothing about its multiply-adds
    macs = None if options.stillmic else int(stillmic.bench(stillmic.build(REPO))["macs_per_frame"])
    text, passed = check({result.name: result for result in results}, latency_ms, macs)
    print(f"\nWhat the network must reach:\n\n{text}")
    return 0 if passed else 1


def main() -> int:
    """Run with errors as one line."""
    try:
        return run(parse())
    except (OSError, ValueError, RuntimeError) as error:
        print(f"scripts/eval: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
