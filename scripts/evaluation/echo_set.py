"""The simulated set that the echo canceller is measured on: rooms, loudspeakers, clocks and voices."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.signal
import soxr

from .audio import RATE, active_power, frame_power, read, read_any_rate

FAR_ALONE, BOTH, NEAR_ALONE = (0, 14), (14, 22), (22, 29)  # seconds
LENGTH = NEAR_ALONE[1] * RATE
NEAR_LEVEL_DB = -28.0  # active level of the near voice at the microphone
JUMP_AT = int(8.5 * RATE)  # where the delay jumps


@dataclasses.dataclass(frozen=True)
class Case:
    """One way from the far end to the microphone."""

    name: str
    echo_db: float = 0.0  # level of the echo over that of the near voice
    noise_db: float = -40.0  # level of the microphone's noise over that of the echo
    delay_ms: float = 8.0  # of the devices, beside the way through the air
    jump_ms: float = 0.0  # how much later the echo is from JUMP_AT on
    ppm: float = 0.0  # how much faster the microphone's clock runs
    small: bool = False  # a loudspeaker of 200 to 8,000 Hz that clips softly
    reverberation_s: float = 0.25
    paths: int = 1  # loudspeakers
    music: bool = False


CASES = (
    Case("plain"),
    Case("loud echo", echo_db=12),
    Case("soft echo", echo_db=-12, noise_db=-28),
    Case("microphone noise", noise_db=-20),
    Case("delay of 120 ms", delay_ms=120),
    Case("clocks +50 ppm", ppm=50),
    Case("clocks -50 ppm", ppm=-50),
    Case("clocks -120 ppm", ppm=-120),
    Case("small loudspeaker, clipping", small=True),
    Case("delay jumps by 60 ms", jump_ms=60),
    Case("live room", reverberation_s=0.7),
    Case("two loudspeakers", paths=2),
    Case("music", music=True),
)


@dataclasses.dataclass(frozen=True)
class Recording:
    """What a case sounds like; near and echo add up to the microphone, less its noise."""

    far: np.ndarray
    mic: np.ndarray
    near: np.ndarray
    echo: np.ndarray


def active(samples: np.ndarray) -> float:
    """Active level as an amplitude."""
    return float(np.sqrt(active_power(frame_power(samples))))


def room(rng: np.random.Generator, reverberation_s: float, distance_m: float) -> np.ndarray:
    """A made response: the direct sound, early reflections, a tail that falls by 60 dB in the time given."""
    n = int(reverberation_s * RATE)
    direct = int(distance_m / 343 * RATE)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * 0.05
    tail[: int(0.004 * RATE)] = 0
    for _ in range(12):
        at = rng.integers(int(0.001 * RATE), int(0.04 * RATE))
        tail[at] += rng.uniform(-0.5, 0.5)
    tail[0] = 1
    return np.concatenate([np.zeros(direct), tail])


def small_loudspeaker(far: np.ndarray) -> np.ndarray:
    """What a laptop's loudspeaker makes of a signal near its limit."""
    drive = far / (active(far) * 4)  # peaks of speech lie 12 to 16 dB above its level
    sos = scipy.signal.butter(2, (200, 8000), "bandpass", fs=RATE, output="sos")
    return scipy.signal.sosfilt(sos, np.tanh(drive * 1.2))


def talk(paths: list[Path], rng: np.random.Generator, length: int) -> np.ndarray:
    """Voices one after the other, each at the same level, with short pauses."""
    pieces, total = [], 0
    for path in rng.permutation(len(paths)).tolist() * 8:
        voice = read(paths[path])[: 10 * RATE]
        pause = np.zeros(int(rng.uniform(0.1, 0.4) * RATE))
        pieces += [voice / active(voice), pause]
        total += len(voice) + len(pause)
        if total >= length:
            break
    return np.concatenate(pieces)[:length]


def music(path: Path, start_s: float, length: int) -> np.ndarray:
    """A stretch of a file of music."""
    samples = read_any_rate(path)[int(start_s * RATE) :][:length]
    return samples / active(samples)


def echo_of(case: Case, far: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The far end as it arrives at the microphone, before its clock."""
    played = small_loudspeaker(far) if case.small else far
    response = np.zeros(1)
    for _ in range(case.paths):
        one = room(rng, case.reverberation_s, rng.uniform(0.3, 1.2)) * rng.uniform(0.6, 1.0)
        response = np.pad(response, (0, max(0, len(one) - len(response))))
        response[: len(one)] += one
    late = int(case.delay_ms * RATE / 1000)
    heard = np.pad(scipy.signal.fftconvolve(played, response), (late, 0))[:LENGTH]
    if case.jump_ms:
        jump = int(case.jump_ms * RATE / 1000)
        heard = np.concatenate([heard[:JUMP_AT], np.pad(heard, (jump, 0))[JUMP_AT:LENGTH]])
    return heard


def record(case: Case, far: np.ndarray, near: np.ndarray, rng: np.random.Generator) -> Recording:
    """The case with these voices."""
    level = 10 ** (NEAR_LEVEL_DB / 20)
    echo = echo_of(case, far, rng)
    if case.ppm:
        clock = soxr.resample(echo, RATE, RATE * (1 + case.ppm * 1e-6), quality="VHQ")
        echo = np.pad(clock, (0, max(0, LENGTH - len(clock))))[:LENGTH]
    echo *= level * 10 ** (case.echo_db / 20) / active(echo)
    near_room = room(rng, min(case.reverberation_s, 0.3), 0.5)[: int(0.05 * RATE)]
    near = scipy.signal.fftconvolve(near, near_room)[:LENGTH]
    near *= level / active(near[BOTH[0] * RATE :])
    noise = rng.standard_normal(LENGTH) * level * 10 ** ((case.echo_db + case.noise_db) / 20)
    far = far * (0.1 / active(far))
    return Recording(far, echo + near + noise, near, echo)


def make(data: Path, judging: bool) -> Iterator[tuple[str, Recording]]:
    """All cases; those for judging have other voices and rooms than those to develop with."""
    with Path(data, "dev2", "index.tsv").open() as lines:
        names = sorted(Path(row["file"]).name for row in csv.DictReader(lines, delimiter="\t"))
    voices = [Path(data, "dev2", "clean_speech", name) for name in names][judging::2]
    for number, case in enumerate(CASES):
        rng = np.random.default_rng([20261130, judging, number])
        far = talk(voices[0::2], rng, LENGTH)
        if case.music:
            far = music(Path(data, "noise", f"music_{int(judging)}.opus"), 30.0, LENGTH)
        far[NEAR_ALONE[0] * RATE - RATE // 2 :] = 0
        near = talk(voices[1::2], rng, LENGTH)
        near[: BOTH[0] * RATE] = 0
        yield case.name, record(case, far, near, rng)
