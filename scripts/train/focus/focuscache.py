"""Scenes as the networks hear them, made once, in files of CHUNK: training can begin while others are made.

Of a scene: powers of 44 bands of what the suppressor leaves, the microphone and each voice's part; how likely each
hop is speech; where the voice lately lies among all; and prints of the near voices, of other stretches of theirs.
"""

from __future__ import annotations

import os
import sys
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch

import likeness
import room_responses
from bands import SAMPLE_RATE
from evaluation.focus_set import is_deep
from focusbands import powers
from hearing import Suppressor
from mixing import Mixer
from recordings import Recordings
from scenes import FAR, SECONDS, Person, Scene, Scenes
from timedelay import SIZE
from voicebands import RATE, Weather
from voicebands import powers as voice_powers

CHUNK = 20  # scenes of a file
PRINTS = 3  # of each near voice
LEAST_SECONDS = 12  # of a speaker who may be known
ENROLLED = (5, 20)  # seconds
LEAST_BACKGROUND = 3.6  # DNSMOS's opinion of a recording's own noise
CHOOSING = 10  # one in so many speakers is not trained on, but for choosing
# What runs in calls, how often, and how often it leaves some noise.
RUNGS = {"full": 0.5, "low-latency": 0.15, "light": 0.25, "small": 0.1}
LIMITED, LIMIT_DB = 0.33, (12, 40)
# Labels under which several people speak.
SEVERAL = ("linguaculturalists/sw_tz", "robotutor-sw/OtherStory")


def for_choosing(speaker: str) -> bool:
    """Whether a speaker is kept from training."""
    return zlib.crc32(speaker.encode()) % CHOOSING == 0


def usable(speech: Recordings) -> list[str]:
    """The speakers who may be trained on and chosen by, their noisy recordings left out."""
    for name, clips in speech.groups.items():
        speech.groups[name] = [c for c in clips if c.background >= LEAST_BACKGROUND]
    left_out = {*likeness.held(), *SEVERAL}
    return [n for n in speech.groups if n not in left_out and speech.seconds(n) >= LEAST_SECONDS]


class Maker:
    """Makes chunks. Every CHOOSING-th is of the speakers for choosing, and keeps sounds beside bands."""

    def __init__(self, recorded: Path, rooms: Path, program: Path) -> None:
        self.speech = Recordings(recorded, "speech")
        noise, strokes = Recordings(recorded, "noise"), Recordings(recorded, "strokes")
        self.rooms = room_responses.load(rooms, recorded, 300, 1)
        speakers = usable(self.speech)
        self.speakers = {choose: [s for s in speakers if for_choosing(s) == choose] for choose in (False, True)}
        self.mixer = Mixer(self.speech, noise, strokes, self.rooms, SECONDS * SAMPLE_RATE, 1)
        self.mixer.speakers = self.speakers[False]  # of babble
        self.network, self.suppressor = likeness.load(), Suppressor(program)

    def chunk(self, folder: Path, number: int) -> None:
        """Writes a chunk."""
        choose = number % CHOOSING == 1
        self.mixer.rng = np.random.default_rng(1000 + number)
        scenes = Scenes(self.mixer, self.speakers[choose], self.rooms, number)
        self.weather = Weather(number)
        with ThreadPoolExecutor(1) as ahead:  # the suppressor hears one scene while the next is drawn
            made, waiting = [], None
            for _ in range(CHUNK):
                scene, now = waiting, self.draw(scenes)
                waiting = now[0], ahead.submit(self.suppressor, *now[1:], now[0].mix)
                made += [self.heard(scenes.rng, *scene, choose)] if scene else []
            made.append(self.heard(scenes.rng, *waiting, choose))
        out = folder / f"{number:04}.npz"
        part = folder / f"{number:04}.part.npz"
        np.savez(part, **{name: np.stack([m[name] for m in made]) for name in made[0]})
        os.replace(part, out)

    def draw(self, scenes: Scenes) -> tuple[Scene, str, float]:
        """A scene, and which network is to hear it with what limit."""
        rung = str(scenes.rng.choice(list(RUNGS), p=list(RUNGS.values())))
        limit = float(scenes.rng.uniform(*LIMIT_DB)) if scenes.chance(LIMITED) else 0.0
        return scenes.draw(), rung, limit

    def heard(self, rng: np.random.Generator, scene: Scene, answer: Future, choose: bool) -> dict[str, np.ndarray]:
        """All of a scene."""
        clean, speech = answer.result()
        bands = np.stack([powers(x) for x in (clean, scene.mix, *scene.parts)])
        values, known = likeness.lately(self.network, bands[0], speech)
        out = {
            "bands": np.log10(bands).astype(np.float16),
            "speech": speech.astype(np.float16),
            "values": values.astype(np.float16),
            "known": known,
            "prints": self.prints(rng, scene).astype(np.float16),
            "names": np.array([scene.people[w].speaker if w in scene.people else "" for w in range(3)], "U80"),
        }
        if choose:
            out["sound"] = np.stack([clean, *scene.parts]).astype(np.float16)
            out["deep"] = np.array([x.any() and is_deep(x) for x in scene.parts])
        return out

    def prints(self, rng: np.random.Generator, scene: Scene) -> np.ndarray:
        """Of the near voices, 2 PRINTS SIZE; 0 where nobody is."""
        out = np.zeros((FAR, PRINTS, SIZE), np.float32)
        for who in range(FAR):
            if who in scene.people:
                out[who] = [self.enrolment(rng, scene.people[who]) for _ in range(PRINTS)]
        return out

    def enrolment(self, rng: np.random.Generator, person: Person) -> np.ndarray:
        """A print of some seconds of a voice, after what chance does to it on its way."""
        clips, samples = self.speech.groups[person.speaker], int(rng.uniform(*ENROLLED) * SAMPLE_RATE)
        speed, pieces = person.speed * rng.uniform(0.985, 1.015), []
        while samples > 0:
            clip = clips[rng.integers(len(clips))]
            length = min(samples, clip.stop - clip.start)
            start = int(rng.integers(clip.start, clip.stop - length + 1))
            pieces.append(self.speech.read(start, start + length))
            samples -= max(length, SAMPLE_RATE // 2)
        sound = soxr.resample(np.concatenate(pieces), SAMPLE_RATE, RATE / speed, quality="LQ").astype(np.float32)
        power = 10 ** torch.from_numpy(voice_powers(sound * (0.1 / (sound.std() + 1e-6)))).float()
        return likeness.enrolled(self.network, self.weather(power[None])[0])


def make(cache: Path, recorded: Path, rooms: Path, program: Path, hours: float) -> None:
    """Makes what is missing of so many hours."""
    maker = Maker(recorded, rooms, program)
    for number in range(round(hours * 3600 / SECONDS / CHUNK)):
        if not (cache / f"{number:04}.npz").exists():
            maker.chunk(cache, number)
            print(f"{(number + 1) * CHUNK * SECONDS / 3600:.2f} h of scenes", file=sys.stderr, flush=True)
    maker.suppressor.close()


@dataclass
class Cache:
    """Scenes in memory: bands S 5 T N (log10 of clean, raw and the three voices), and the rest as the maker says."""

    bands: np.ndarray
    speech: np.ndarray
    values: np.ndarray
    known: np.ndarray
    prints: np.ndarray
    names: np.ndarray
    paths: list[Path]


def load(cache: Path, choose: bool) -> Cache:
    """The scenes that there are, of those for choosing or those for training."""
    paths = [p for p in sorted(cache.glob("????.npz")) if (int(p.stem) % CHOOSING == 1) == choose]
    if not paths:
        raise SystemExit(f"{cache}: no scenes yet; python scripts/train/focus --make makes them")
    files = [np.load(p) for p in paths]
    names = ("bands", "speech", "values", "known", "prints", "names")
    return Cache(*(np.concatenate([f[name] for f in files]) for name in names), paths)
