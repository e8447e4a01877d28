"""scripts/compare: what stillmic and other suppressors cost, measured in turns on one thread."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from . import figures as documents
from .audio import write
from .benchmark import measure_apart
from .paths import COST_FIGURES, REPO, WEIGHTS
from .suppressors import ladder, stillmic
from .suppressors.chosen import weights_named
from .suppressors.registry import OTHERS, STILLMIC
from .voice import noisy_voice

REFERENCE = "rnnoise"  # whose time the others' is a share of
OTHER_NAMES = ("rnnoise", "deepfilternet3", "nsnet2", "webrtc", "speex")
FIGURES = (("frame_us", "processor time, µs per 10 ms"), ("rss_mb", "memory, MB"), ("size_mb", "on disk, MB"))
LEGEND = """\
Processor time: median over frames, then over rounds, in which all took turns. stillmic's is elapsed
time, the others' leaves out waiting, so a busy machine can only count against stillmic; theirs
includes the call from Python, about 1 µs. The row stillmic is the program as it is, those after it
are its networks by name. Memory: the whole process for stillmic, only what was added to the
interpreter for the others. On disk: stillmic's whole program, the others' library and weights,
NSNet2's without its ONNX runtime. NSNet2 gets whole seconds, WebRTC works at 16 kHz."""

Cost = dict[str, float]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/compare", description=__doc__.partition(": ")[2])
    parser.add_argument("--rounds", type=int, default=5, help="turns each one takes (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=10, help="audio per turn (default: %(default)s)")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="mono 48 kHz speech for all, not a made-up voice")
    parser.add_argument("--stillmic", type=Path, metavar="BINARY", help="measure this, not a fresh build")
    parser.add_argument(
        "--weights", action="append", default=[], metavar="NETWORK=FILE", help="a weight file, as for scripts/eval"
    )
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    documents.add_argument(parser, COST_FIGURES)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every round to FILE")
    parser.add_argument("--chart", type=Path, default=REPO / ".cache" / "compare.png", help="(default: %(default)s)")
    return parser.parse_args(arguments)


def measure_stillmic(binary: Path, arguments: tuple[str, ...], seconds: int, audio: Path) -> Cost:
    """One turn of stillmic, with the network that these arguments choose."""
    measured = stillmic.bench(binary, seconds, audio, arguments)
    size = binary.stat().st_size / 1e6
    return {"frame_us": measured["frame_us"]["p50"], "rss_mb": measured["rss_mb"], "size_mb": size}


def compare(binary: Path, rungs: list[ladder.Rung], rounds: int, seconds: int, audio: Path) -> dict[str, list[Cost]]:
    """Every suppressor's figures by title, round by round; in turns, so that all meet the same weather."""
    ours = {STILLMIC: ()} | {rung.title: rung.bench_arguments for rung in rungs}
    costs: dict[str, list[Cost]] = {name: [] for name in (*ours, *map(title_of, OTHER_NAMES))}
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        for title, arguments in ours.items():
            costs[title].append(measure_stillmic(binary, arguments, seconds, audio))
        for name in OTHER_NAMES:
            costs[title_of(name)].append(measure_apart(name, audio))
    return costs


def medians(rounds: list[Cost]) -> Cost:
    """The median of each figure."""
    return {figure: statistics.median(turn[figure] for turn in rounds) for figure, _ in FIGURES}


def title_of(name: str) -> str:
    """Name to show."""
    return OTHERS[name]().title


def is_ours(title: str) -> bool:
    """Whether a row is of stillmic, as it is or with one of its networks."""
    return title.partition(" ")[0] == STILLMIC


def share(figures: dict[str, Cost], title: str) -> float:
    """Time of a frame as a share of RNNoise's in the same run."""
    return figures[title]["frame_us"] / figures[title_of(REFERENCE)]["frame_us"]


def table(figures: dict[str, Cost]) -> str:
    """Medians, how many times stillmic's each is, and the time as a share of RNNoise's."""
    ours = figures[STILLMIC]
    lines = [f"{'':20}{'µs per 10 ms':>14}{'':>8}{'of RNNoise':>12}{'memory MB':>11}{'':>8}{'disk MB':>9}"]
    for title, costs in figures.items():
        cells = [f"{title:20}"]
        for (figure, _), width in zip(FIGURES, (14, 11, 9), strict=True):
            ratio = "" if title == STILLMIC else f"x {costs[figure] / ours[figure]:.2g}"
            cells.append(f"{costs[figure]:>{width}.1f}{ratio:>8}")
            if figure == "frame_us":
                cells.append(f"{share(figures, title):>12.3f}")
        lines.append("".join(cells).rstrip())
    return "\n".join(lines)


def of_documents(figures: dict[str, Cost]) -> documents.Table:
    """The table for the documents."""
    rows = []
    for title, costs in figures.items():
        cells = [f"{costs[figure]:.3g}" if costs[figure] < 100 else f"{costs[figure]:.0f}" for figure, _ in FIGURES]
        rows.append([title, *cells, f"{share(figures, title):.3f}"])
    return documents.Table(
        ["suppressor", "µs per 10 ms", "memory, MB", "on disk, MB", "time, share of RNNoise's"], rows
    )


def draw(figures: dict[str, Cost], path: Path) -> None:
    """Bars on a logarithmic scale, one panel per figure, stillmic first."""
    mpl.use("Agg")
    names = list(figures)
    chart, panels = plt.subplots(
        1, len(FIGURES), figsize=(11, 0.4 * len(names) + 0.8), sharey=True, layout="constrained"
    )
    for panel, (figure, title) in zip(panels, FIGURES, strict=True):
        values = [figures[name][figure] for name in names]
        colours = ["#1f77b4" if is_ours(name) else "#b0b7bf" for name in names]
        bars = panel.barh(names, values, color=colours)
        panel.bar_label(bars, [f"{value:.0f}" if value >= 100 else f"{value:.3g}" for value in values], padding=3)
        panel.set_xscale("log")
        panel.set_xlim(right=max(values) * 6)
        panel.set_title(title, fontsize=10)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    path.parent.mkdir(parents=True, exist_ok=True)
    chart.savefig(path, dpi=130)
    plt.close(chart)


def run(options: argparse.Namespace) -> int:
    """Measure and report; the exit status."""
    if options.rounds < 1 or options.seconds < 3:
        raise ValueError("--rounds must be at least 1 and --seconds at least 3")
    binary = (options.stillmic or stillmic.build(REPO)).resolve()
    rungs, missing = ladder.find(binary, list(ladder.RUNGS), weights_named(options.weights), WEIGHTS)
    ladder.tell_missing(missing)
    with tempfile.TemporaryDirectory() as folder:
        audio = options.audio
        if audio is None:
            audio = Path(folder) / "voice.wav"
            write(audio, noisy_voice(options.seconds))
        costs = compare(binary, rungs, options.rounds, options.seconds, audio)
    figures = {name: medians(rounds) for name, rounds in costs.items()}
    whole = of_documents(figures)
    print(f"\n{whole.markdown() if options.markdown else table(figures)}\n\n{LEGEND}")
    draw(figures, options.chart)
    print(f"\nchart: {options.chart}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"median": figures, "rounds": costs}, indent=1) + "\n")
    if options.figures:
        command = f"scripts/compare --rounds {options.rounds} --seconds {options.seconds}"
        documents.write(options.figures, command, {"cost": whole})
    return 0


def main() -> int:
    """Run with errors as one line."""
    try:
        return run(parse())
    except (OSError, ValueError, RuntimeError) as error:
        print(f"scripts/compare: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
