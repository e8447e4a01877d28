"""What stillmic's networks cost beside RNNoise, in turns: time of a frame, memory, and `clean` on one core."""

from __future__ import annotations

import math
import os
import resource
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .audio import write
from .benchmark import measure_apart
from .suppressors import stillmic
from .suppressors.ladder import Rung
from .voice import noisy_voice

ROUNDS = 3
FRAME_SECONDS = 10
CLEAN_SECONDS = 120


@dataclass(frozen=True)
class Cost:
    """Medians over rounds; NaN where the binary's bench does not know the network."""

    share_of_rnnoise: float
    memory_mb: float
    macs_per_frame: int | None
    times_real_time: float


def measure(rungs: list[Rung]) -> dict[str, Cost]:
    """Measure every network, round by round, so that all meet the same weather."""
    with tempfile.TemporaryDirectory(prefix="eval-cost-") as folder:
        short, long = Path(folder, "short.wav"), Path(folder, "long.wav")
        write(short, noisy_voice(FRAME_SECONDS))
        write(long, noisy_voice(CLEAN_SECONDS))
        benches: dict[str, list[dict]] = {rung.name: [] for rung in rungs}
        shares: dict[str, list[float]] = {rung.name: [] for rung in rungs}
        speeds: dict[str, list[float]] = {rung.name: [] for rung in rungs}
        for _ in range(ROUNDS):
            rnnoise_us = measure_apart("rnnoise", short)["frame_us"]
            for rung in rungs:
                speeds[rung.name].append(CLEAN_SECONDS / _clean_seconds(rung, long, Path(folder, "out.wav")))
                if bench := _bench(rung, short):
                    benches[rung.name].append(bench)
                    shares[rung.name].append(bench["frame_us"]["p50"] / rnnoise_us)
    return {rung.name: _median(benches[rung.name], shares[rung.name], speeds[rung.name]) for rung in rungs}


def _median(benches: list[dict], shares: list[float], speeds: list[float]) -> Cost:
    if not benches:
        return Cost(math.nan, math.nan, None, statistics.median(speeds))
    memory = statistics.median(bench["rss_mb"] for bench in benches)
    return Cost(statistics.median(shares), memory, int(benches[0]["macs_per_frame"]), statistics.median(speeds))


def _bench(rung: Rung, audio: Path) -> dict | None:
    try:
        return stillmic.bench(rung.binary, FRAME_SECONDS, audio, rung.bench_arguments)
    except RuntimeError:
        return None


def _clean_seconds(rung: Rung, source: Path, target: Path) -> float:
    """Processor time of cleaning one recording on one core, start and files included."""
    target.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [str(rung.binary), "clean", "--jobs", "1", *rung.arguments, str(source), str(target)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"GOMAXPROCS": "1"})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
