"""scripts/eval: scores stillmic's networks and other suppressors on mixes with a known clean reference."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import check, figures, ladder_cost, marks_networks, marks_words, report, sets
from .cache import Cache
from .evaluate import Result, evaluate
from .latency import look_ahead_ms
from .paths import CACHE, DATA
from .suppressors.chosen import Chosen, add_arguments, choose
from .suppressors.ladder import FULL, LIGHT, LOW_LATENCY
from .suppressors.registry import EVALUATED

LOWEST_PRIORITY = 19
TABLES = {"dev": "quality", "dev2": "quality-continuous", "dev3": "quality-real"}  # names in figures.json by set


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/eval", description=__doc__.partition(": ")[2])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds the sets (default: %(default)s)")
    parser.add_argument(
        "--sets",
        default=sets.DEFAULT_SETS,
        metavar="NAMES",
        help=f"comma-separated: folders below --data, paths of other folders of mixes, {sets.TRAINING} for 48 mixes of "
        f"training recordings, {sets.WHISPERS} for whispers made of dev2's voices (default: %(default)s)",
    )
    add_arguments(parser, EVALUATED)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every score to FILE")
    figures.add_argument(parser)
    parser.add_argument("--markdown", action="store_true", help="print the tables for the documents as Markdown, too")
    parser.add_argument("--processed", type=Path, metavar="DIR", help="write outputs to DIR/SET/SUPPRESSOR/CLIP.wav")
    parser.add_argument(
        "--check", action="store_true", help="compare with what the networks must reach; exit 1 on a miss"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes that score (default: %(default)s)")
    parser.add_argument("--brief", action="store_true", help="leave out the tables per kind of noise")
    return parser.parse_args(arguments)


@dataclass(frozen=True)
class Measured:
    """A set and every suppressor's results on it."""

    set: sets.Set
    results: list[Result]

    def by_name(self) -> dict[str, Result]:
        """The results by the suppressors' names."""
        return {result.name: result for result in self.results}


def run(options: argparse.Namespace) -> int:
    """Evaluate and report; the exit status."""
    os.nice(LOWEST_PRIORITY)
    chosen = choose(options)
    if not chosen.suppressors:
        raise ValueError("nothing is left to measure of --suppressors")
    measured = [_measure(options, chosen, wanted) for wanted in sets.load(options.sets, options.data, CACHE / "sets")]
    tables: dict[str, figures.Table] = {}
    for each in measured:
        _show(each, options.brief)
        tables |= _tables(each)
    print(f"\n{report.LEGEND}")
    passed = True
    if options.check:
        goals, passed = _check(chosen, measured)
        tables |= goals
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        whole = {each.set.name: report.as_json(each.set.name, each.results) for each in measured}
        options.json.write_text(json.dumps({"sets": whole}, indent=1) + "\n")
    if options.figures:
        figures.write(options.figures, "scripts/eval" + (" --check" if options.check else ""), tables)
    if options.markdown:
        for name, table in tables.items():
            print(f"\n{name}:\n\n{table.markdown()}")
    return 0 if passed else 1


def _measure(options: argparse.Namespace, chosen: Chosen, wanted: sets.Set) -> Measured:
    cache, results = Cache(CACHE), []
    keep = options.processed and options.processed / wanted.name
    for suppressor in chosen.suppressors:
        started = time.monotonic()
        result = evaluate(suppressor, wanted.clips, cache, options.jobs, keep)
        results.append(result)
        took = time.monotonic() - started
        print(
            f"{wanted.name}: {result.title}: {len(wanted.clips)} clips in {took:.0f} s, delay {result.delay} samples",
            file=sys.stderr,
        )
    return Measured(wanted, results)


def _show(measured: Measured, brief: bool) -> None:
    name, results = measured.set.name, measured.results
    print(f"\n{name}, means over the mixes with noise:\n\n{report.summary(results, measured.set.published)}")
    if measured.set.published:
        print("\n[in brackets]: published with the set, measured elsewhere")
    for part, of_part in report.split(results).items():
        print(f"\n{name}, {part}:\n\n{report.summary(of_part, [])}")
    if not brief:
        print(f"\n{name}, per kind of noise:\n\n{report.by_kind(results)}")


def _tables(measured: Measured) -> dict[str, figures.Table]:
    """The tables for the documents."""
    name = TABLES.get(measured.set.name, f"quality-{measured.set.name}")
    tables = {name: figures.Table(*report.figures(measured.results, measured.set.published))}
    for part, results in report.split(measured.results).items():
        tables[f"{name}-{part}"] = figures.Table(*report.figures(results, []))
    return tables


def _check(chosen: Chosen, measured: list[Measured]) -> tuple[dict[str, figures.Table], bool]:
    """Print the requirements of the networks that were measured; their tables, and whether all are met."""
    by_set = {each.set.name: each.by_name() for each in measured}
    checked = [rung for name, rung in chosen.rungs.items() if name in (FULL, LOW_LATENCY, LIGHT)]
    costs = ladder_cost.measure(checked) if checked else {}
    latencies = {rung.name: look_ahead_ms(rung.suppressor()) for rung in checked}
    rows: list[check.Row] = []
    for rung in checked:
        if rung.name != LIGHT:
            rows += marks_networks.quality(rung.name, by_set)
        rows += marks_networks.cost(rung, costs[rung.name], latencies[rung.name])
    goals: dict[str, list[check.Row]] = {"goals-networks": rows} if rows else {}
    words = by_set.get("dev", {})
    if LIGHT in words:
        macs = costs[LIGHT].macs_per_frame
        goals["goals"] = marks_words.rows(words[LIGHT], words, latencies[LIGHT], macs)
    for name in (FULL, LOW_LATENCY, LIGHT):
        if name not in chosen.rungs:
            why = chosen.missing.get(name, "not among --suppressors")
            print(f"\nstillmic {name}: its requirements are skipped ({why})")
    for name in sets.DEFAULT_SETS.split(","):
        if name not in by_set:
            print(f"\n{name}: requirements on it are skipped (not among --sets)")
    for rows in goals.values():
        print(f"\n{check.text(rows)}")
    tables = {name: figures.Table(list(check.HEADINGS), [row.cells() for row in rows]) for name, rows in goals.items()}
    return tables, all(row.passed for rows in goals.values() for row in rows)


def main() -> int:
    """Run with errors as one line."""
    try:
        return run(parse())
    except (OSError, ValueError, RuntimeError) as error:
        print(f"scripts/eval: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
