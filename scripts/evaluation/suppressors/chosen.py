"""From names on a command line to suppressors that are ready to run."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from ..paths import REPO, WEIGHTS
from . import ladder, stillmic
from .base import Suppressor
from .registry import OTHERS, STILLMIC, parse_names


@dataclass(frozen=True)
class Chosen:
    """Suppressors in the order of their names, and the rungs of stillmic's ladder among them."""

    suppressors: list[Suppressor]
    rungs: dict[str, ladder.Rung]
    missing: dict[str, str]  # rungs that the binary does not run, and why


def add_arguments(parser: argparse.ArgumentParser, default: str) -> None:
    """The arguments that choose suppressors."""
    parser.add_argument(
        "--suppressors",
        default=default,
        metavar="NAMES",
        help=f"comma-separated, of {', '.join(ladder.RUNGS)} (stillmic's networks), {STILLMIC} (as it is by default, "
        f"or --stillmic), {', '.join(OTHERS)} (default: %(default)s)",
    )
    parser.add_argument("--binary", type=Path, metavar="FILE", help="measure this stillmic, not a fresh build")
    parser.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="NETWORK=FILE",
        help=f"a weight file to use as one of {', '.join(ladder.RUNGS)}; may be repeated",
    )
    parser.add_argument(
        "--stillmic",
        metavar="COMMAND",
        help="what the name stillmic runs: once per WAV file with {in} and {out}, or once for a folder of them with "
        "{indir} and {outdir}; its output must not be delayed",
    )


def choose(options: argparse.Namespace) -> Chosen:
    """Make the suppressors ready; the binary is built only if one of them needs it."""
    names = parse_names(options.suppressors)
    wanted = [name for name in names if name in ladder.RUNGS]
    weights = weights_named(options.weights)
    binary = options.binary
    if binary is None and (wanted or (STILLMIC in names and not options.stillmic)):
        binary = stillmic.build(REPO)
    found, missing = ladder.find(binary, wanted, weights, WEIGHTS) if wanted else ([], {})
    ladder.tell_missing(missing)
    rungs = {rung.name: rung for rung in found}
    ready: list[Suppressor] = []
    for name in names:
        if name in rungs:
            ready.append(rungs[name].suppressor())
        elif name == STILLMIC:
            ready.append(stillmic.Stillmic(options.stillmic or f"{binary} clean"))
        elif name in OTHERS:
            ready.append(OTHERS[name]())
    return Chosen(ready, rungs, missing)


def weights_named(texts: list[str]) -> dict[str, Path]:
    """Weight files by network, from NETWORK=FILE."""
    found = {}
    for text in texts:
        name, _, file = text.partition("=")
        if name not in ladder.RUNGS or not file:
            raise ValueError(f"--weights {text}: use NETWORK=FILE, NETWORK one of {', '.join(ladder.RUNGS)}")
        if not Path(file).is_file():
            raise ValueError(f"--weights {text}: no file {file}")
        found[name] = Path(file).resolve()
    return found
