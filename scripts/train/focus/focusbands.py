"""What the focus networks hear: the power of 44 bands every 10 ms, as model/focus makes it.

Axes: T hops, N bands. A hop's spectrum is of it and the one before, silence before the first.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

RATE, HOP, WINDOW = 48_000, 480, 960
EDGES = np.array(
    [*range(2, 20), *np.round(20 * (152 / 20) ** (np.arange(23) / 22)).astype(int).tolist(), 190, 240, 300, 400]
)
BANDS, BINS = len(EDGES) - 1, WINDOW // 2 + 1
FLOOR, LEVEL_FLOOR, RELATIVE_FLOOR = 1e-7, 1e-9, 1e-5
DECAY = 0.005  # of the level, log10 a hop: 5 dB a second
OFFSET, SCALE, MOST_RAW = 2.5, 0.8, 4.0

SLOPE = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 2).astype(np.float32)
CENTRES = (EDGES[:-1] + EDGES[1:] - 1) / 2


def spectrum(samples: np.ndarray) -> np.ndarray:
    """Samples to spectra, T 481."""
    padded = np.concatenate([np.zeros(HOP, np.float32), samples[: len(samples) // HOP * HOP]])
    return fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * SLOPE)


def sound(spectra: np.ndarray) -> np.ndarray:
    """Spectra to samples, without the hop of delay that the program has."""
    frames = fft.irfft(spectra, WINDOW) * SLOPE
    out = np.zeros((len(frames) + 1) * HOP, np.float32)
    out[:-HOP] += frames[:, :HOP].ravel()
    out[HOP:] += frames[:, HOP:].ravel()
    return out[HOP:]


def powers(samples: np.ndarray) -> np.ndarray:
    """Samples to the powers of bands, T N."""
    spectra = spectrum(samples)
    power = spectra.real**2 + spectra.imag**2
    return np.add.reduceat(power, EDGES, axis=1)[:, :BANDS] + FLOOR * np.diff(EDGES).astype(np.float32)


def level(clean: np.ndarray, before: float = 0.0) -> np.ndarray:
    """Of the loudest hop lately, T, of the powers T N of what the suppressor left; before: what it was at first."""
    fall = DECAY * np.arange(len(clean))
    risen = np.log10(clean.sum(1, dtype=np.float64)) + fall
    risen[0] = max(risen[0], np.log10(before + 1e-30))
    return 10 ** (np.maximum.accumulate(risen) - fall)


def rows(clean: np.ndarray, raw: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """The networks' rows of both powers beside a level, T 2N."""
    beside = beside[:, None].astype(np.float32) + LEVEL_FLOOR
    heard, mic = (SCALE * (np.log10(p / beside + RELATIVE_FLOOR) + OFFSET) for p in (clean, raw))
    return np.concatenate([heard, np.minimum(mic, MOST_RAW)], 1).astype(np.float32)


def spread(gains: np.ndarray) -> np.ndarray:
    """Gains of bands, T N, to those of bins, T 481: in straight lines between the bands' centres."""
    bins = np.arange(BINS)
    at = np.clip(np.searchsorted(CENTRES, bins, "right") - 1, 0, BANDS - 2)
    share = np.clip((bins - CENTRES[at]) / (CENTRES[at + 1] - CENTRES[at]), 0, 1)
    return gains[:, at] * (1 - share) + gains[:, at + 1] * share
