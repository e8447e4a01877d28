"""scripts/compare: what stillmic and other suppressors cost, measured in turns on one thread."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from .audio import write
from .suppressors import stillmic
from .suppressors.registry import OTHERS, STILLMIC
from .voice import noisy_voice

REPO = Path(__file__).resolve().parents[2]
OTHER_NAMES = ("rnnoise", "deepfilternet3", "nsnet2", "webrtc", "speex")
FIGURES = (("frame_us", "processor time, µs per 10 ms"), ("rss_mb", "memory, MB"), ("size_mb", "on disk, MB"))
LEGEND = """\
Processor time: median over frames, then over rounds, in which all took turns. stillmic's is elapsed
time, the others' leaves out waiting, so a busy machine can only count against stillmic; theirs
includes the call from Python, about 1 µs. Memory: the whole process for stillmic, only what was
added to the interpreter for the others. On disk: stillmic's whole program, the others' library and
weights, NSNet2's without its ONNX runtime. NSNet2 gets whole seconds, WebRTC works at 16 kHz."""

Cost = dict[str, float]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/compare", description=__doc__.partition(": ")[2])
    parser.add_argument("--rounds", type=int, default=5, help="turns each one takes (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=10, help="audio per turn (default: %(default)s)")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="mono 48 kHz speech for all, not a made-up voice")
    parser.add_argument("--stillmic", type=Path, metavar="BINARY", help="measure this, not a fresh build")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every round to FILE")
    parser.add_argument("--chart", type=Path, default=REPO / ".cache" / "compare.png", help="(default: %(default)s)")
    return parser.parse_args(arguments)


def measure_stillmic(binary: Path, seconds: int, audio: Path) -> Cost:
    """One turn of stillmic."""
    measured = stillmic.bench(binary, seconds, audio)
    size = binary.stat().st_size / 1e6
    return {"frame_us": measured["frame_us"]["p50"], "rss_mb": measured["rss_mb"], "size_mb": size}


def measure_other(name: str, audio: Path) -> Cost:
    """One turn of another suppressor, in a fresh process."""
    words = [sys.executable, "-m", "evaluation.cost", name, str(audio.resolve())]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"measuring {name}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def compare(binary: Path, rounds: int, seconds: int, audio: Path) -> dict[str, list[Cost]]:
    """Every suppressor's figures, round by round; in turns, so that all meet the same weather."""
    costs: dict[str, list[Cost]] = {name: [] for name in (STILLMIC, *OTHER_NAMES)}
    for turn in range(rounds):
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        costs[STILLMIC].append(measure_stillmic(binary, seconds, audio))
        for name in OTHER_NAMES:
            costs[name].append(measure_other(name, audio))
    return costs


def medians(rounds: list[Cost]) -> Cost:
    """The median of each figure."""
    return {figure: statistics.median(turn[figure] for turn in rounds) for figure, _ in FIGURES}


def title_of(name: str) -> str:
    """Name to show."""
    return STILLMIC if name == STILLMIC else OTHERS[name]().title


def table(figures: dict[str, Cost]) -> str:
    """Medians and how many times stillmic's each is."""
    ours = figures[STILLMIC]
    lines = [f"{'':16}{'µs per 10 ms':>14}{'':>8}{'memory MB':>11}{'':>8}{'disk MB':>9}"]
    for name, costs in figures.items():
        cells = [f"{title_of(name):16}"]
        for (figure, _), width in zip(FIGURES, (14, 11, 9), strict=True):
            ratio = "" if name == STILLMIC else f"x {costs[figure] / ours[figure]:.2g}"
            cells.append(f"{costs[figure]:>{width}.1f}{ratio:>8}")
        lines.append("".join(cells).rstrip())
    return "\n".join(lines)


def markdown(figures: dict[str, Cost]) -> str:
    """The table for a page of text."""
    lines = ["| suppressor | µs per 10 ms | memory, MB | on disk, MB |", "| --- | --- | --- | --- |"]
    for name, costs in figures.items():
        cells = [f"{costs[figure]:.3g}" if costs[figure] < 100 else f"{costs[figure]:.0f}" for figure, _ in FIGURES]
        lines.append(f"| {title_of(name)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(figures: dict[str, Cost], path: Path) -> None:
    """Bars on a logarithmic scale, one panel per figure, stillmic first."""
    mpl.use("Agg")
    names = list(figures)
    chart, panels = plt.subplots(1, len(FIGURES), figsize=(11, 3.2), sharey=True, layout="constrained")
    for panel, (figure, title) in zip(panels, FIGURES, strict=True):
        values = [figures[name][figure] for name in names]
        colours = ["#1f77b4" if name == STILLMIC else "#b0b7bf" for name in names]
        bars = panel.barh([title_of(name) for name in names], values, color=colours)
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
    binary = options.stillmic or stillmic.build(REPO)
    with tempfile.TemporaryDirectory() as folder:
        audio = options.audio
        if audio is None:
            audio = Path(folder) / "voice.wav"
            write(audio, noisy_voice(options.seconds))
        costs = compare(binary, options.rounds, options.seconds, audio)
    figures = {name: medians(rounds) for name, rounds in costs.items()}
    print(f"\n{markdown(figures) if options.markdown else table(figures)}\n\n{LEGEND}")
    draw(figures, options.chart)
    print(f"\nchart: {options.chart}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"median": figures, "rounds": costs}, indent=1) + "\n")
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
