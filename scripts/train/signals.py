"""What mixes are made with: levels, rates, filters, whispers, and a telephone's law."""

from __future__ import annotations

import numpy as np
from scipy import fft

from bands import SAMPLE_RATE


def active_rms(x: np.ndarray) -> float:
    """RMS over the 10 ms frames within 30 dB of the loudest: pauses do not count."""
    frames = x[: len(x) // 480 * 480].reshape(-1, 480)
    power = np.einsum("ij,ij->i", frames, frames) / 480
    loud = power[power > power.max() * 1e-3]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def resample(x: np.ndarray, length: int) -> np.ndarray:
    """x stretched to about length by its spectrum (band-limited, no aliasing).

    Both lengths are cut to ones that the FFT likes: a prime length takes 20 times as long.
    """
    factor = length / len(x)
    x = x[: fft.prev_fast_len(len(x), real=True)]
    length = fft.prev_fast_len(max(2, int(len(x) * factor)), real=True)
    spectrum = fft.rfft(x)[: length // 2 + 1]
    return fft.irfft(spectrum, length) * np.float32(length / len(x))


def low_pass(x: np.ndarray, cutoff_hz: float) -> np.ndarray:
    """Steep low-pass: half a cosine of 5 % of the cutoff in the spectrum."""
    spectrum = fft.rfft(x)
    hz = np.arange(len(spectrum), dtype=np.float32) * (SAMPLE_RATE / len(x))
    ramp = np.clip((cutoff_hz - hz) / (0.05 * cutoff_hz) + 1, 0, 1)
    return fft.irfft(spectrum * (0.5 - 0.5 * np.cos(np.pi * ramp)), len(x))


def whispered(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Noise with the spectral envelope of the speech x: what is left without the vocal folds.

    The envelope is the power over 23 bins (540 Hz), which levels out the harmonics. Folds
    that do not swing take the lowest part away: -12 dB at 0 Hz, nothing from 1 kHz on.
    """
    size, hop, width = 2048, 1024, 23
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    padded = np.pad(x, (hop, 2 * hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    power = np.abs(fft.rfft(frames)) ** 2
    total = np.cumsum(np.pad(power, ((0, 0), (width // 2 + 1, width // 2)), "edge"), axis=1, dtype=np.float64)
    envelope = np.sqrt((total[:, width:] - total[:, :-width]).clip(min=0) / width)
    hz = np.arange(size // 2 + 1) * (SAMPLE_RATE / size)
    envelope *= 10 ** (np.minimum(hz / 1000 - 1, 0) * 12 / 20)
    noise = fft.rfft(rng.standard_normal(frames.shape, dtype=np.float32)) / np.sqrt(size)
    voice = fft.irfft(noise * envelope, size).astype(np.float32) * window
    out = np.zeros(hop * (len(frames) + 1), np.float32)
    for i, frame in enumerate(voice):
        out[i * hop : i * hop + size] += frame
    return out[hop : hop + len(x)]


def companded(x: np.ndarray) -> np.ndarray:
    """x through 8 bits of the mu-law (ITU-T G.711's curve), as a telephone passes it on."""
    mu = 255
    small = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
    small = np.round(small * 127) / 127
    return (np.sign(x) * np.expm1(np.abs(small) * np.log1p(mu)) / mu).astype(np.float32)


def level_walk(rng: np.random.Generator, samples: int, depth_db: float) -> np.ndarray:
    """A gain that wanders smoothly by up to depth_db either way."""
    knots = rng.uniform(-depth_db, depth_db, samples // (SAMPLE_RATE // 2) + 2)
    at = np.linspace(0, len(knots) - 1, samples)
    return (10 ** (np.interp(at, np.arange(len(knots)), knots) / 20)).astype(np.float32)


def switched(rng: np.random.Generator, samples: int) -> np.ndarray:
    """A gain for noise that comes and goes at once: 1 between two moments, 20 to 60 dB less outside."""
    rest = 10 ** (-rng.uniform(20, 60) / 20)
    start, stop = np.sort(rng.uniform(-0.3, 1.3, 2)) * samples
    ramp = rng.uniform(0.005, 0.2) * SAMPLE_RATE
    at = [start, start + ramp, max(stop, start + ramp), max(stop, start + ramp) + ramp]
    return np.interp(np.arange(samples), at, [rest, 1, 1, rest]).astype(np.float32)


def random_equaliser(rng: np.random.Generator) -> np.ndarray:
    """Two peaking filters of up to 6 dB (Audio EQ Cookbook, Bristow-Johnson)."""
    sections = []
    for _ in range(2):
        gain = 10 ** (rng.uniform(-6, 6) / 40)
        w = 2 * np.pi * np.exp(rng.uniform(np.log(80), np.log(12_000))) / SAMPLE_RATE
        alpha = np.sin(w) / (2 * rng.uniform(0.4, 1.5))
        b = np.array([1 + alpha * gain, -2 * np.cos(w), 1 - alpha * gain])
        a = np.array([1 + alpha / gain, -2 * np.cos(w), 1 - alpha / gain])
        sections.append(np.concatenate([b, a]) / a[0])
    return np.array(sections)
