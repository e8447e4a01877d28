"""What one suppressor costs, measured in a process of its own: `python -m evaluation.benchmark NAME FILE`.

Prints JSON: frame_us, the median processor time of 10 ms of audio, all threads counted; rss_mb, the resident memory
the suppressor added to the interpreter's; size_mb, its code and weights on disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from .audio import HOP, METRIC_RATE, RATE, Samples, read
from .suppressors.classic import WEBRTC_HOP, as_int16, open_speex, open_webrtc
from .suppressors.deepfilternet import open_stream
from .suppressors.nsnet2 import NSNet2
from .suppressors.registry import OTHERS
from .suppressors.rnnoise import SCALE, RNNoiseStream

WARM_UP = 50  # blocks not counted


@dataclass(frozen=True)
class Task:
    """Blocks to process one after the other, and how many 10 ms frames each holds."""

    process: Callable[[object], object]
    blocks: list
    frames_per_block: float = 1


def prepare(name: str, audio: Samples) -> Task:
    """Start a suppressor on 10 ms frames in the form it takes them; input conversion is not part of the cost."""
    hops = [np.ascontiguousarray(hop) for hop in audio[: len(audio) // HOP * HOP].reshape(-1, HOP)]
    if name == "rnnoise":
        return Task(RNNoiseStream().process, [hop * np.float32(SCALE) for hop in hops])
    if name == "deepfilternet3":
        return Task(open_stream().process_chunk, hops)
    if name == "webrtc":
        low = as_int16(soxr.resample(audio, RATE, METRIC_RATE), WEBRTC_HOP)
        return Task(open_webrtc(), [hop.tobytes() for hop in low])
    if name == "speex":
        return Task(open_speex(), [hop.tobytes() for hop in as_int16(audio, HOP)])
    if name == "nsnet2":
        # its ONNX file keeps no state between calls, so it gets seconds, not frames: cheaper per frame than a stream
        suppressor = NSNet2()
        seconds = [audio[at : at + RATE] for at in range(0, len(audio) - RATE + 1, RATE)]
        return Task(lambda second: suppressor.clean([second]), seconds, RATE / HOP)
    raise ValueError(f"no cost measurement for {name}")


def measure(name: str, audio: Samples) -> dict[str, float]:
    """Process the audio once and report the cost."""
    idle = resident_mb()
    task = prepare(name, audio)
    times = []
    for block in task.blocks:
        started = time.process_time_ns()
        task.process(block)
        times.append(time.process_time_ns() - started)
    counted = times[WARM_UP:] if len(times) > 2 * WARM_UP else times[1:]
    return {
        "frame_us": float(np.median(counted)) / 1000 / task.frames_per_block,
        "rss_mb": resident_mb() - idle,
        "size_mb": OTHERS[name]().size_on_disk() / 1e6,
    }


def measure_apart(name: str, audio: Path) -> dict[str, float]:
    """Process the audio in a fresh process and report the cost."""
    words = [sys.executable, "-m", "evaluation.benchmark", name, str(audio.resolve())]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"measuring {name}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def resident_mb() -> float:
    """Resident memory of this process in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    which, file = sys.argv[1:]
    print(json.dumps(measure(which, read(Path(file)))))
