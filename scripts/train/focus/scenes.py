"""Scenes of several voices at one microphone, each part by itself: two near voices, one far away, and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import oaconvolve, sosfilt

from bands import SAMPLE_RATE
from mixing import Mixer
from signals import active_rms, level_walk, low_pass, random_equaliser, whispered

SECONDS = 24
FIRST, SECOND, FAR = range(3)  # the voices; the first two are near
# Who is there, how often.
CASTS = {(FIRST, SECOND): 0.20, (FIRST, FAR): 0.25, (FIRST, SECOND, FAR): 0.50, (FIRST,): 0.05}
# Who speaks at a time, how often.
TURNS = {
    (FIRST,): 3.0, (SECOND,): 3.0, (FIRST, SECOND): 5.0, (FAR,): 3.0, (FIRST, FAR): 3.0, (SECOND, FAR): 1.0,
    (FIRST, SECOND, FAR): 0.5, (): 0.8,
}  # fmt: skip
DIRECT = SAMPLE_RATE * 4 // 1000  # of a room's response: what comes straight
DRY = 0.45  # share of the near voices
MADE = 0.5  # share of the rooms that are noise that falls
NEAR_DB, FAR_DB = (1.0, 15.0), (-12.0, -2.0)  # direct sound over the rest
WHISPERS, HOARSE, HOARSE_SPEED = 0.05, 0.15, 0.92
PASSERS = 4  # people who are far away, one after another, each in a room of his own
SPEEDS = (0.85, 1.17)  # a voice played slower or faster is another's


@dataclass
class Person:
    """A speaker at a speed, which together are a voice."""

    speaker: str
    speed: float
    hoarse: float  # its speed in the scene, beside the one that it is known by


@dataclass
class Scene:
    """A mix, and the parts of its voices (3 N) as the microphone hears them; people: those who are there."""

    mix: np.ndarray
    parts: np.ndarray
    people: dict[int, Person]


class Scenes:
    """Draws scenes of some speakers."""

    def __init__(self, mixer: Mixer, speakers: list[str], rooms: list[np.ndarray], seed: int) -> None:
        self.mixer, self.rooms, self.rng = mixer, rooms, np.random.default_rng(seed)
        self.samples = SECONDS * SAMPLE_RATE
        self.speakers = speakers
        weight = np.array([min(mixer.speech.seconds(s), 60) for s in speakers]) ** 0.5
        self.often = weight / weight.sum()

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def draw(self) -> Scene:
        rng = self.rng
        casts = list(CASTS)
        cast = casts[rng.choice(len(casts), p=np.array(list(CASTS.values())))]
        names = [str(n) for n in rng.choice(self.speakers, len(cast), replace=False, p=self.often)]
        people = {who: self.person(name) for who, name in zip(cast, names, strict=True)}
        parts = np.zeros((3, self.samples), np.float32)
        gates = self.gates(cast)
        for who, person in people.items():
            if who != FAR:
                parts[who] = self.placed(who, self.speech(person, self.samples) * gates[who])
        if FAR in people:
            parts[FAR] = self.far_ones(people, gates[FAR])
        noise = self.mixer.noises() * self.noise_level(parts)
        return self.device(parts, noise, people)

    def person(self, speaker: str) -> Person:
        return Person(speaker, float(self.rng.uniform(*SPEEDS)), HOARSE_SPEED if self.chance(HOARSE) else 1.0)

    def far_ones(self, people: dict[int, Person], gate: np.ndarray) -> np.ndarray:
        """The part of all who are far away, of whom people names the first."""
        out, length = np.zeros(self.samples, np.float32), self.samples // PASSERS
        near, passer = {p.speaker for who, p in people.items() if who != FAR}, people[FAR]
        for start in range(0, self.samples, length):
            part = slice(start, start + length)
            voice = self.placed(FAR, self.speech(passer, length) * gate[part])
            out[start : start + len(voice)] += voice[: self.samples - start]
            passer = self.person(str(self.rng.choice([s for s in self.speakers if s not in near])))
        return out

    def noise_level(self, parts: np.ndarray) -> float:
        return active_rms(parts.sum(0)) * 10 ** (-self.rng.uniform(0, 32) / 20)

    def gates(self, cast: tuple[int, ...]) -> np.ndarray:
        """When each speaks: 0 or 1, 3 N, with short slopes."""
        rng, gates, at = self.rng, np.zeros((3, self.samples), np.float32), 0
        turns = [turn for turn in TURNS if set(turn) <= set(cast)]
        weight = np.array([TURNS[turn] for turn in turns])
        while at < self.samples:
            turn = turns[rng.choice(len(turns), p=weight / weight.sum())]
            length = int(SAMPLE_RATE * (rng.uniform(0.8, 4) if turn else rng.uniform(0.3, 1.5)))
            for who in turn:
                gates[who, at : at + length] = 1
            at += length
        return uniform_filter1d(gates, SAMPLE_RATE // 50, axis=1)

    def speech(self, person: Person, samples: int) -> np.ndarray:
        """A voice at an active level of 1, with its pauses."""
        rng, out, filled = self.rng, np.zeros(samples, np.float32), 0
        clips = self.mixer.speech.groups[person.speaker]
        length = np.array([c.stop - c.start for c in clips], float)
        while samples - filled > SAMPLE_RATE // 10:
            clip = clips[rng.choice(len(clips), p=length / length.sum())]
            want = min(int(rng.uniform(3, 9) * SAMPLE_RATE), samples - filled)
            piece = self.mixer.stretch(clip, want, 1 / (person.speed * person.hoarse))
            out[filled : filled + len(piece)] = piece / (active_rms(piece) + 1e-6)
            filled += len(piece) + int(max(0, rng.exponential(0.3) - 0.1) * SAMPLE_RATE)
        if self.chance(WHISPERS):
            out = whispered(rng, out)
            out /= active_rms(out) + 1e-6
        return out * level_walk(rng, samples, 6) if self.chance(0.3) else out

    def placed(self, who: int, voice: np.ndarray) -> np.ndarray:
        """A voice where it stands."""
        rng = self.rng
        if who == FAR:
            voice = self.in_room(voice, rng.uniform(*FAR_DB), rng.uniform(0, 4), rng.uniform(0, 4))
            dB = rng.uniform(-20, -6) if self.chance(0.65) else rng.uniform(-6, 3)
        else:
            dB = rng.uniform(-6, 6) if who == SECOND else 0.0
            if not self.chance(DRY):
                voice = self.in_room(voice, rng.uniform(*NEAR_DB), 0.0, 0.0)
        return voice * np.float32(10 ** (dB / 20))

    def in_room(self, voice: np.ndarray, direct_db: float, treble: float, bass: float) -> np.ndarray:
        """A voice in a room, with so many dB of direct sound over the rest, and less treble and bass, dB an octave."""
        response = self.tail() if self.chance(MADE) else self.rooms[self.rng.integers(len(self.rooms))].copy()
        late = np.sum(response[DIRECT:] ** 2) + 1e-9
        response[DIRECT:] *= np.sqrt(np.sum(response[:DIRECT] ** 2) / late * 10 ** (-direct_db / 10))
        if treble or bass:
            spectrum = np.fft.rfft(response)
            octave = np.log2(np.maximum(np.fft.rfftfreq(len(response), 1 / SAMPLE_RATE), 20) / 1000)
            dB = -treble * np.maximum(octave - 1, 0) - bass * np.maximum(-octave - 2, 0)
            response = np.fft.irfft(spectrum * 10 ** (dB / 20), len(response))
        response /= np.sqrt(np.sum(response**2))
        return oaconvolve(voice, response.astype(np.float32))[: len(voice)]

    def tail(self) -> np.ndarray:
        """A room's response, made: noise that falls, and has less and less treble."""
        rng, seconds = self.rng, self.rng.uniform(0.2, 0.8)
        time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        noise = rng.standard_normal(len(time), np.float32) * (time > rng.uniform(0.002, 0.012))
        spectrum = np.fft.rfft(noise * 10 ** (-3 * time / seconds))
        octave = np.log2(np.maximum(np.fft.rfftfreq(len(time), 1 / SAMPLE_RATE), 20) / rng.uniform(1000, 4000))
        noise = np.fft.irfft(spectrum * 10 ** (-rng.uniform(0, 6) * np.maximum(octave, 0) / 20), len(time))
        noise[0] = np.sqrt(np.sum(noise**2))
        return noise.astype(np.float32)

    def device(self, parts: np.ndarray, noise: np.ndarray, people: dict[int, Person]) -> Scene:
        """Equaliser, band limit, level and noise of a microphone."""
        rng = self.rng
        signals = np.concatenate([parts, noise[None]])
        used = [*people, 3]
        if self.chance(0.4):
            signals[used] = sosfilt(random_equaliser(rng), signals[used])
        if self.chance(0.15):
            limit = float(rng.choice([3600, 4000, 7000, 8000, 11000, 15000]))
            for i in used:
                signals[i] = low_pass(signals[i], limit)
        mix = signals.sum(0)
        level = 10 ** (rng.uniform(-50, -15) / 20) / (active_rms(mix) + 1e-9)
        level = min(level, 0.95 / (np.abs(mix).max() + 1e-9))
        signals *= np.float32(level)
        hiss = rng.standard_normal(len(mix), np.float32) * np.float32(10 ** (rng.uniform(-105, -75) / 20))
        return Scene(signals.sum(0) + hiss, signals[:3], people)
