"""Mixes of the recordings the networks learned from: what is missing on them is not for want of data.

48 mixes of 8 s, always the same ones for the same recordings: continuous speech of different speakers, kinds of noise
in turns, -5 to 15 dB SNR, every fourth in a measured room with the first 50 ms of its reflections as the reference.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

from .audio import RATE, Samples, active_power, frame_power, write

COUNT = 48
LENGTH = 8 * RATE
SNRS = (-5, 0, 5, 10, 15)
ROOM_EVERY = 4
EARLY = RATE // 20  # 50 ms
QUIETEST_DB, LOUDEST_DB = -36, -20  # active level of the speech
PEAK = 0.97
SPEECH_SECONDS = 20  # recordings shorter than this are left out
NOISE_SECONDS = 4
FULL_BAND_HZ = 14_000
SEED = 29
INDEXES = ("speech/index.tsv", "speech2/index.tsv", "noise/index.tsv", "rir/index.tsv")


def digest(data: Path) -> str:
    """Changes when the mixes would."""
    parts = [Path(__file__).read_bytes(), str(data.resolve()).encode()]
    parts += [(data / index).read_bytes() for index in INDEXES if (data / index).is_file()]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def make(data: Path, folder: Path) -> None:
    """Write the mixes, in the form that dataset.load reads."""
    random = np.random.default_rng(SEED)
    speakers, noises = _speakers(data), _noises(data)
    rooms = [data / row["file"] for row in _rows(data / "rir/index.tsv")]
    if not speakers or not noises or not rooms:
        raise ValueError(f"{data}: no speech, noise or room responses to mix")
    chosen = random.permutation(sorted(speakers))
    meta = {}
    for index in range(COUNT):
        speaker = str(chosen[index % len(chosen)])
        kind = sorted(noises)[index % len(noises)]
        room = index % ROOM_EVERY == ROOM_EVERY - 1
        snr = SNRS[index % len(SNRS)]
        speech = _piece(speakers[speaker], random)
        noise = _noise(noises[kind], random)
        if room:
            speech, reference = _in_room(speech, rooms[random.integers(len(rooms))])
        else:
            reference = speech
        level = 10 ** (random.uniform(QUIETEST_DB, LOUDEST_DB) / 20)
        clean, noisy = _mix(speech, reference, noise, level, snr)
        write(folder / "clean" / f"{index:03d}.flac", clean, "PCM_24")
        write(folder / "noisy" / f"{index:03d}.flac", noisy, "PCM_24")
        meta[f"{index:03d}"] = {"kind": kind, "snr_db": snr, "speaker": speaker, "room": room}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))


def _rows(index: Path) -> list[dict[str, str]]:
    with index.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _speakers(data: Path) -> dict[str, Path]:
    """One long full-band recording of each speaker."""
    found: dict[str, Path] = {}
    for folder, index in ((data, "speech/index.tsv"), (data / "speech2", "speech2/index.tsv")):
        rows = _rows(data / index) if (data / index).is_file() else []
        for row in rows:
            long = float(row["seconds"] or 0) >= SPEECH_SECONDS
            if long and float(row["cutoff_hz"] or 0) >= FULL_BAND_HZ and row.get("kind", "real") == "real":
                found.setdefault(row["speaker"], folder / row["file"])
    return found


def _noises(data: Path) -> dict[str, list[tuple[Path, float, float]]]:
    """Clips of each kind: file, start and length in seconds."""
    found: dict[str, list[tuple[Path, float, float]]] = {}
    for row in _rows(data / "noise/index.tsv"):
        if float(row["seconds"]) >= NOISE_SECONDS:
            place = (data / row["file"], float(row["start_s"]), float(row["seconds"]))
            found.setdefault(row["kind"], []).append(place)
    return found


def _read(path: Path, start_s: float = 0, seconds: float | None = None) -> Samples:
    with soundfile.SoundFile(path) as file:
        file.seek(int(start_s * file.samplerate))
        samples = file.read(-1 if seconds is None else int(seconds * file.samplerate), dtype="float32", always_2d=True)
        mono = samples.mean(axis=1)
        return mono if file.samplerate == RATE else soxr.resample(mono, file.samplerate, RATE)


def _piece(path: Path, random: np.random.Generator) -> Samples:
    """8 s from anywhere in a recording."""
    samples = _read(path)
    start = random.integers(max(1, len(samples) - LENGTH))
    return np.resize(samples, LENGTH) if len(samples) < LENGTH else samples[start : start + LENGTH]


def _noise(clips: list[tuple[Path, float, float]], random: np.random.Generator) -> Samples:
    """8 s of one clip, repeated if it is shorter."""
    path, start, seconds = clips[random.integers(len(clips))]
    return np.resize(_read(path, start, min(seconds, LENGTH / RATE)), LENGTH)


def _in_room(speech: Samples, path: Path) -> tuple[Samples, Samples]:
    """The speech in a room, and with the early reflections alone; the direct sound stays where it was."""
    response = _read(path)
    direct = int(np.argmax(np.abs(response)))
    response = response[direct:] / np.abs(response[direct])
    whole = signal.fftconvolve(speech, response)[:LENGTH]
    early = signal.fftconvolve(speech, response[:EARLY])[:LENGTH]
    return whole.astype(np.float32), early.astype(np.float32)


def _mix(speech: Samples, reference: Samples, noise: Samples, level: float, snr: float) -> tuple[Samples, Samples]:
    """Reference and mix with the speech at a level (of its active parts) and the noise below it by the SNR."""
    gain = level / np.sqrt(active_power(frame_power(speech)) + 1e-20)
    noise = noise * (level * 10 ** (-snr / 20) / np.sqrt(active_power(frame_power(noise)) + 1e-20))
    noisy, clean = speech * gain + noise, reference * gain
    scale = min(1.0, PEAK / float(np.abs(noisy).max()))
    return (clean * scale).astype(np.float32), (noisy * scale).astype(np.float32)
