"""Short-time spectra and the network's frequency bands, equal to Go's dsp package.

All spectra are real pairs (re, im) of unnormalised 960-point FFTs at 48 kHz, one per
10 ms hop. Real pairs, because complex autograd costs twice the time on a CPU.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

SAMPLE_RATE = 48_000
HOP = 480
WINDOW = 960
BINS = WINDOW // 2 + 1
LOW_BANDS = 96  # single bins of 50 Hz: 0 to 4750 Hz
HIGH_BANDS = 32  # ERB-spaced: 4.8 to 24 kHz
BANDS = LOW_BANDS + HIGH_BANDS


def sine_window(size: int = WINDOW) -> Tensor:
    """Square-root Hann window sin(pi (n + 1/2) / size): its square overlap-adds to one."""
    return torch.sin(math.pi * (torch.arange(size) + 0.5) / size)


def band_edges() -> np.ndarray:
    """The first bin of every band and, last, one past the final bin (length BANDS + 1).

    ERB-rate scale of Glasberg and Moore (1990): E(f) = 21.4 log10(1 + 0.00437 f).
    """
    erb = 21.4 * np.log10(1 + 0.00437 * np.array([4800.0, 24000.0]))
    hz = (10 ** (np.linspace(erb[0], erb[1], HIGH_BANDS + 1) / 21.4) - 1) / 0.00437
    high = np.floor(hz / 50 + 0.5).astype(int)
    high[0], high[-1] = LOW_BANDS, BINS
    return np.concatenate([np.arange(LOW_BANDS), high])


def stft(x: Tensor) -> tuple[Tensor, Tensor]:
    """Spectra of x (batch, samples), each (frames, batch, BINS).

    Frame t covers the hops t-1 and t, so it is what a stream knows once hop t has
    arrived; the hop before the first is silence.
    """
    padded = torch.nn.functional.pad(x, (HOP, 0))
    frames = padded.unfold(1, WINDOW, HOP).transpose(0, 1) * sine_window()
    spec = torch.view_as_real(torch.fft.rfft(frames))
    return spec[..., 0].contiguous(), spec[..., 1].contiguous()


def istft(re: Tensor, im: Tensor) -> Tensor:
    """Overlap-add of spectra (frames, batch, BINS) to (batch, (frames - 1) * HOP).

    The result starts one hop before frame 1's newest hop: it is the part that two
    frames cover.
    """
    frames = torch.fft.irfft(torch.complex(re, im), WINDOW) * sine_window()
    out = frames[1:, :, :HOP] + frames[:-1, :, HOP:]
    return out.transpose(0, 1).reshape(re.shape[1], -1)


class BandSum:
    """Sums of bins over bands as one gather and one small product."""

    def __init__(self) -> None:
        edges = band_edges()
        matrix = torch.zeros(BINS - LOW_BANDS, HIGH_BANDS)
        for band in range(HIGH_BANDS):
            lo, hi = edges[LOW_BANDS + band], edges[LOW_BANDS + band + 1]
            matrix[lo - LOW_BANDS : hi - LOW_BANDS, band] = 1
        self.matrix = matrix

    def reduce(self, bins: Tensor) -> Tensor:
        """(…, BINS) to (…, BANDS)."""
        return torch.cat([bins[..., :LOW_BANDS], bins[..., LOW_BANDS:] @ self.matrix], -1)

    def spread(self, high: Tensor) -> Tensor:
        """Per-band values (…, HIGH_BANDS) to the bins above LOW_BANDS."""
        return high @ self.matrix.T
