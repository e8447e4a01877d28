"""Noises that are better made than recorded: hiss, hum and typing."""

from __future__ import annotations

import numpy as np
from scipy import fft

from bands import SAMPLE_RATE
from recordings import Recordings


def coloured_noise(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Steady noise, white to brown with random bumps, as of fans, rain and hiss."""
    spectrum = fft.rfft(rng.standard_normal(samples, np.float32))
    hz = np.maximum(np.arange(len(spectrum), dtype=np.float32) * (SAMPLE_RATE / samples), 20)
    slope = rng.choice([0.0, 0.5, 1.0, rng.uniform(-0.3, 1.3)])
    decibels = -20 * slope * np.log10(hz / 1000)
    for _ in range(rng.integers(0, 4)):
        centre, width = np.exp(rng.uniform(np.log(100), np.log(15_000))), rng.uniform(0.1, 0.8)
        decibels += rng.uniform(-12, 12) * np.exp(-((np.log(hz / centre) / width) ** 2))
    return fft.irfft(spectrum * (10 ** (decibels / 20)).astype(np.float32), samples)


def hum(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Mains hum or a motor: harmonics that drift a little, over a quiet floor."""
    base = rng.choice([50.0, 60.0, rng.uniform(70, 400)])
    drift = np.cumsum(rng.normal(size=samples // 4800 + 2)) * rng.choice([0, 0.001, 0.004])
    phase = np.cumsum(np.interp(np.arange(samples) / 4800, np.arange(len(drift)), 1 + drift))
    phase *= 2 * np.pi * base / SAMPLE_RATE
    out = np.zeros(samples)
    slope, turn = rng.uniform(0.6, 1.6), np.exp(1j * phase).astype(np.complex64)
    rotor = np.ones_like(turn)
    for harmonic in range(1, int(min(40, 20_000 / base))):
        rotor *= turn  # e^(i harmonic phase), without a sine per sample
        start = np.complex64(np.exp(2j * np.pi * rng.random()))
        out += harmonic**-slope * rng.random() * (rotor * start).real
    floor = coloured_noise(rng, samples)
    out += floor * (out.std() / floor.std() * 10 ** (-rng.uniform(5, 30) / 20))
    return out.astype(np.float32)


def typing(rng: np.random.Generator, samples: int, strokes: Recordings) -> np.ndarray:
    """Bursts of key strokes of one keyboard, gaps log-normal around 60 to 250 ms."""
    out = np.zeros(samples, np.float32)
    clips = strokes.groups["stroke"]
    first = int(rng.integers(len(clips)))
    keyboard = clips[first : first + 40]  # neighbours in the index are one recording
    gap, at = rng.uniform(0.06, 0.25), 0.0
    while at < samples:
        clip = keyboard[rng.integers(len(keyboard))]
        x = strokes.read(clip.start, clip.stop)[: samples - int(at)]
        out[int(at) : int(at) + len(x)] += x * 10 ** (-rng.uniform(0, 9) / 20)
        at += SAMPLE_RATE * float(np.exp(rng.normal(np.log(gap), 0.35)))
        if rng.random() < 0.04:
            at += SAMPLE_RATE * rng.uniform(0.4, 1.5)
    return out
