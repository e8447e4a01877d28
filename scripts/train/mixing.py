"""Training mixes made on the fly: speech in a room, several noises, a device's faults.

One call makes one segment: the microphone's signal, the wanted signal (the speech with
its first 50 ms of reflections, through the same device) and the highest frequency at
which the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, oaconvolve, sosfilt

from bands import SAMPLE_RATE
from recordings import Clip, Recordings
from room_responses import EARLY
from signals import active_rms, companded, level_walk, low_pass, random_equaliser, resample, switched, whispered
from synthetic_noise import coloured_noise, hum, typing

# How often each kind of recorded noise is drawn.
KINDS = {
    "babble": 3, "stationary": 4, "keyboard": 2, "traffic": 3, "animal": 2, "household": 2,
    "weather": 2, "impact": 2, "handling": 1.5, "alert": 1, "baby": 1, "human": 1,
    "construction": 1.5, "music": 1, "other": 2,
}  # fmt: skip

# DNSMOS from which a recording's own noise may stay in a target.
TRUSTED_OVERALL, TRUSTED_BACKGROUND = 3.0, 3.9

TIMES = 2  # mixes of each voice and each noise


@dataclass
class Segment:
    """One mix, all at 48 kHz; cutoff_hz is where the loss must stop listening."""

    noisy: np.ndarray
    clean: np.ndarray
    cutoff_hz: float
    heard: np.ndarray  # the voice alone as the microphone hears it: clean, and its late reflections
    trusted: bool  # whether the recording of the voice is clean enough to be a target
    whispered: bool
    room: bool  # whether there are late reflections in it


@dataclass
class Voice:
    """The voice of one segment before noise and device; the fields are Segment's."""

    clean: np.ndarray
    heard: np.ndarray
    cutoff_hz: float
    trusted: bool
    whispered: bool = False
    room: bool = False


class Mixer:
    """Draws segments of a fixed length from recordings and rooms."""

    def __init__(
        self,
        speech: Recordings,
        noise: Recordings,
        strokes: Recordings,
        rooms: list[np.ndarray],
        samples: int,
        seed: int,
        whispers: float = 0.04,
    ) -> None:
        self.whispers = whispers  # share of the voices
        self.speech, self.noise, self.strokes, self.rooms = speech, noise, strokes, rooms
        self.samples = samples
        self.rng = np.random.default_rng(seed)
        self.speakers = list(speech.groups)
        # The root of a speaker's minutes: long speakers teach more, but not in proportion.
        weight = np.sqrt([speech.seconds(s) for s in self.speakers])
        self.speaker_weight = weight / weight.sum()
        self.kinds = [k for k in KINDS if k in noise.groups]
        kind_weight = np.array([KINDS[k] for k in self.kinds], float)
        self.kind_weight = kind_weight / kind_weight.sum()

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def draw(self) -> Segment:
        """One segment."""
        return next(self.batches(1))[0]

    def batches(self, size: int) -> Iterator[list[Segment]]:
        """TIMES batches of the same voices and the same noises, each time paired anew.

        Levels, faults of the device and what is speech or noise alone are drawn each time.
        Voices and noises take most of the time, and no pair comes twice.
        """
        voices = [self.voice() for _ in range(size)]
        noises = [self.noises() for _ in range(size)]
        for time in range(min(TIMES, size)):
            yield [self.pair(voice, noises[(i + time) % size]) for i, voice in enumerate(voices)]

    def pair(self, voice: Voice, noise: np.ndarray) -> Segment:
        """The segment of a voice and a noise, or, now and then, of one alone."""
        kind = self.rng.random()
        wanted, heard, cutoff = voice.clean, voice.heard, voice.cutoff_hz
        mix = heard
        if kind < 0.04:
            wanted = np.zeros_like(wanted)
            mix = heard = wanted
        if kind <= 0.90:
            if cutoff < 20_000 and self.chance(0.7):
                noise = low_pass(noise, cutoff)
                cutoff = SAMPLE_RATE / 2
            mix = heard + noise * self.noise_gain(heard, noise)
        return self.device(mix, replace(voice, clean=wanted, heard=heard, cutoff_hz=cutoff))

    def noise_gain(self, heard: np.ndarray, noise: np.ndarray) -> float:
        snr = float(np.clip(self.rng.normal(5, 8), -10, 30))
        return active_rms(heard) / (active_rms(noise) + 1e-9) * 10 ** (-snr / 20) or 1.0

    # -- speech -----------------------------------------------------------------------

    def voice(self) -> Voice:
        """The speech of one speaker, as wanted and as heard."""
        dry, cutoff, trusted = self.continuous(str(self.rng.choice(self.speakers, p=self.speaker_weight)))
        if whispers := self.chance(self.whispers):
            dry = whispered(self.rng, dry)
        if not self.chance(0.45):
            return Voice(dry, dry, cutoff, trusted, whispers)
        rir = self.rooms[self.rng.integers(len(self.rooms))]
        early = rir[:EARLY].copy()
        fade = EARLY // 5
        early[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[-len(early[-fade:]) :]
        heard = oaconvolve(dry, rir)[: self.samples].astype(np.float32)
        wanted = oaconvolve(dry, early)[: self.samples].astype(np.float32)
        return Voice(wanted, heard, cutoff, trusted, whispers, room=True)

    def continuous(self, speaker: str) -> tuple[np.ndarray, float, bool]:
        """Speech of one speaker for a whole segment, with pauses, pitch and level varied; its cutoff and trust."""
        rng, out, filled = self.rng, np.zeros(self.samples, np.float32), 0
        clips = self.speech.groups[speaker]
        weight = np.array([c.stop - c.start for c in clips], float)
        speed = float(rng.uniform(0.88, 1.14)) if self.chance(0.5) else 1.0
        cutoff, trusted = SAMPLE_RATE / 2, True
        if self.chance(0.3):
            filled = int(rng.uniform(0, 1.5) * SAMPLE_RATE)
        while filled < self.samples:
            clip = clips[rng.choice(len(clips), p=weight / weight.sum())]
            want = min(int(rng.uniform(1.5, 6) * SAMPLE_RATE), self.samples - filled)
            piece = self.stretch(clip, want, speed)
            out[filled : filled + len(piece)] = piece
            cutoff = min(cutoff, clip.cutoff_hz / speed)
            trusted &= clip.overall >= TRUSTED_OVERALL and clip.background >= TRUSTED_BACKGROUND
            filled += len(piece) + int(max(0, rng.exponential(0.3) - 0.1) * SAMPLE_RATE)
        if self.chance(0.15):  # somebody who turns away or comes closer
            out *= level_walk(rng, self.samples, 6)
        return out, cutoff, trusted

    def stretch(self, clip: Clip, want: int, speed: float) -> np.ndarray:
        """A random stretch of clip played 1/speed as fast: pitch and formants move with it."""
        length = max(2, min(int(want / speed), clip.stop - clip.start))
        start = int(self.rng.integers(clip.start, max(clip.stop - length, clip.start) + 1))
        x = self.speech.read(start, start + length)
        edge = min(240, len(x) // 2)  # 5 ms, so that a cut inside a word does not click
        x[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
        x[len(x) - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
        # Two samples are the least that is read, and one may be wanted.
        return (x if speed == 1.0 else resample(x, int(length * speed)))[:want]

    # -- noise ------------------------------------------------------------------------

    def noises(self) -> np.ndarray:
        """One to three noises at random levels, added."""
        rng = self.rng
        total = np.zeros(self.samples, np.float32)
        for _ in range(1 + int(rng.random() < 0.35) + int(rng.random() < 0.12)):
            one = self.one_noise()
            if self.chance(0.25):
                rir = self.rooms[rng.integers(len(self.rooms))]
                one = oaconvolve(one, rir)[: self.samples].astype(np.float32)
            level = active_rms(one)
            if level > 0:
                total += one * (10 ** (-rng.uniform(0, 12) / 20) / level)
        return total * switched(rng, self.samples) if self.chance(0.15) else total

    def one_noise(self) -> np.ndarray:
        draw = self.rng.random()
        if draw < 0.16:
            return coloured_noise(self.rng, self.samples)
        if draw < 0.20:
            return hum(self.rng, self.samples)
        if draw < 0.28:
            return typing(self.rng, self.samples, self.strokes)
        if draw < 0.36:
            return self.babble()
        return self.recorded(self.kinds[self.rng.choice(len(self.kinds), p=self.kind_weight)])

    def recorded(self, kind: str) -> np.ndarray:
        """Clips of one kind one after another until the segment is full."""
        rng, out, filled = self.rng, np.zeros(self.samples, np.float32), 0
        clips = self.noise.groups[kind]
        clip = clips[rng.integers(len(clips))]
        while filled < self.samples:
            length = min(clip.stop - clip.start, self.samples - filled)
            start = int(rng.integers(clip.start, clip.stop - length + 1))
            x = self.noise.read(start, start + length)
            out[filled : filled + length] = x / (np.abs(x).max() + 1e-4)
            filled += length
            if clip.stop - clip.start < SAMPLE_RATE:  # single knocks and barks: some rest
                filled += int(rng.exponential(0.4) * SAMPLE_RATE)
                clip = clips[rng.integers(len(clips))]
        return out

    def babble(self) -> np.ndarray:
        """Three to eight other speakers, far away in a room."""
        total = np.zeros(self.samples, np.float32)
        for _ in range(self.rng.integers(3, 9)):
            voice, *_ = self.continuous(self.speakers[self.rng.integers(len(self.speakers))])
            total += voice * 10 ** (-self.rng.uniform(0, 8) / 20)
        late = self.rooms[self.rng.integers(len(self.rooms))].copy()
        late[: SAMPLE_RATE // 200] *= self.rng.uniform(0, 0.5)
        return oaconvolve(total, late)[: self.samples].astype(np.float32)

    # -- device -----------------------------------------------------------------------

    def device(self, mix: np.ndarray, voice: Voice) -> Segment:
        """Equaliser, band limit, level, gain changes and clipping of a microphone."""
        rng = self.rng
        signals = np.stack([mix, voice.clean, voice.heard])
        if self.chance(0.4):
            signals = sosfilt(random_equaliser(rng), signals).astype(np.float32)
        telephone = False
        if self.chance(0.12):  # wireless headsets and telephone-like codecs
            limit = float(rng.choice([3600, 4000, 7000, 8000, 11000, 15000]))
            signals = np.stack([low_pass(x, limit) for x in signals])
            telephone = limit <= 4000
        if telephone:
            sos = butter(2, rng.uniform(150, 350), "high", fs=SAMPLE_RATE, output="sos")
            signals = sosfilt(sos, signals).astype(np.float32)
        if self.chance(0.08):
            signals = signals * level_walk(rng, self.samples, 8)
        level = 10 ** (rng.uniform(-55, -6) / 20) / (active_rms(signals[0]) + 1e-9)
        peak = np.abs(signals[0]).max() * level
        if self.chance(0.05) and peak > 0:  # too loud for the converter
            level *= 10 ** (rng.uniform(0, 8) / 20) / peak
        elif peak > 0.99:
            level *= 0.99 / peak
        mix, wanted, heard = signals * np.float32(level)
        if self.chance(0.8):  # the converter's own noise
            mix = mix + rng.normal(scale=10 ** (rng.uniform(-100, -72) / 20), size=len(mix)).astype(np.float32)
        mix = np.clip(mix, -1, 1)
        if telephone and self.chance(0.5):
            mix = companded(mix)
        return Segment(mix, wanted, voice.cutoff_hz, heard, voice.trusted, voice.whispered, voice.room)
