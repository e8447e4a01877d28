"""The voices to learn from, made once: their bands, and where the teacher puts them.

A voice played 8 to 17 % slower or faster is another's: pitch and formants move. So three of each speaker are made.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soxr
import torch

sys.path.append(str(Path(__file__).parent.parent))
from recordings import Recordings
from voicebands import RATE, powers
from voiceteacher import PIECE, Teacher

RECORDED_AT = 48_000
LEAST_SECONDS, OTHER_SECONDS, MOST_SECONDS = 6, 24, 130
PIECES = 5  # that the teacher hears of a voice
HELD_SECONDS, HELD = 40, 64  # of speech at least of those who are held back, and how many


@dataclass(frozen=True)
class Voice:
    """A speaker, or one that was made of him, and where his frames lie."""

    name: str
    speaker: str
    start: int
    stop: int
    held: bool  # never trained on: for choosing and judging

    @property
    def frames(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Voices:
    """All of them, their frames (log10 of powers, T N) and the mean of what the teacher says of each."""

    voices: list[Voice]
    frames: np.ndarray
    taught: np.ndarray

    def power(self, voice: Voice, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Powers of some frames of a voice."""
        last = voice.stop if stop is None else min(voice.start + stop, voice.stop)
        return 10 ** self.frames[voice.start + start : last].astype(np.float32)


def variants(sound: np.ndarray, rng: np.random.Generator) -> list[tuple[str, np.ndarray]]:
    """A speaker's sound at 16 kHz, and others made of it."""
    made = [("", sound[: MOST_SECONDS * RATE])]
    if len(sound) >= LEAST_SECONDS * RATE:
        for sign, low, high in (("-", 0.85, 0.92), ("+", 1.08, 1.17)):
            part = sound[: OTHER_SECONDS * RATE]
            made.append((sign, soxr.resample(part, RATE * rng.uniform(low, high), RATE, quality="LQ")))
    return made


def make(cache: Path, recorded: Path) -> None:
    """Writes voices.json, voices.f16 and taught.npy into cache, of what scripts/train decoded into recorded."""
    speech, teacher, rng = Recordings(recorded, "speech"), Teacher(cache).eval(), np.random.default_rng(0)
    frames, voices, taught, at = [], [], [], 0
    seconds = {name: sum(c.stop - c.start for c in clips) / RECORDED_AT for name, clips in speech.groups.items()}
    enough = sorted(name for name, length in seconds.items() if length >= HELD_SECONDS)
    held = set(rng.permutation(enough)[:HELD])
    for speaker, clips in sorted(speech.groups.items()):
        parts = [speech.read(c.start, min(c.stop, c.start + MOST_SECONDS * RECORDED_AT)) for c in clips]
        sound = np.concatenate(parts)[: MOST_SECONDS * RECORDED_AT]
        for sign, each in variants(soxr.resample(sound, RECORDED_AT, RATE).astype(np.float32), rng):
            if len(each) < PIECE:
                continue
            made = powers(each.astype(np.float32))
            pick = np.linspace(0, len(each) // PIECE - 1, PIECES).astype(int)
            said = teacher(torch.from_numpy(np.stack([each[i * PIECE :][:PIECE] for i in pick]))).mean(0)
            voices.append(Voice(speaker + sign, speaker, at, at + len(made), speaker in held))
            frames.append(made)
            taught.append((said / said.norm()).numpy())
            at += len(made)
    np.concatenate(frames).tofile(cache / "voices.f16")
    np.save(cache / "taught.npy", np.stack(taught))
    part = cache / "voices.part"
    part.write_text(json.dumps([asdict(v) for v in voices]))
    os.replace(part, cache / "voices.json")  # last: the others are complete


def load(cache: Path, recorded: Path) -> Voices:
    """The voices, made on first use."""
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / "voices.json").exists():
        make(cache, recorded)
    voices = [Voice(**v) for v in json.loads((cache / "voices.json").read_text())]
    frames = np.memmap(cache / "voices.f16", np.float16, "r").reshape(voices[-1].stop, -1)
    return Voices(voices, frames, np.load(cache / "taught.npy"))
