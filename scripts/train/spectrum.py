"""Spectra and input features of the deep-filtering network, as DeepFilterNet3 defines them.

Axes: B batch, T frames of 10 ms at 48 kHz, 481 bins of 50 Hz. Frame t covers the hops t-1 and t.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SAMPLE_RATE, HOP, WINDOW = 48_000, 480, 960
BINS = WINDOW // 2 + 1
BANDS = 32  # ERB bands, of all bins
FILTERED = 96  # lowest bins, which the complex filter makes
LEAST_BINS = 2  # of a band
DECAY = 0.99  # of the running means, a frame: a time constant of 1 s
BLOCK = 200  # frames of a running mean computed as one matrix product
SCALE = 2 * HOP / WINDOW**2  # of the spectrum: a full-scale sine stays below 1
# Where the running means begin, from the lowest band or bin to the highest.
LEVEL_START = (-60.0, -90.0)  # dB, of the bands' levels
MAGNITUDE_START = (1e-3, 1e-4)  # of the magnitudes of the lowest bins


def band_widths() -> list[int]:
    """Bins of each band, low to high: equal steps on the ERB scale (Glasberg & Moore 1990), rounded to bins."""

    def erb(hz: float) -> float:
        return 9.265 * math.log1p(hz / (24.7 * 9.265))

    def hertz(erb: float) -> float:
        return 24.7 * 9.265 * math.expm1(erb / 9.265)

    step, last, borrowed, widths = erb(SAMPLE_RATE / 2) / BANDS, 0, 0, []
    for band in range(1, BANDS + 1):
        edge = round(hertz(band * step) / (SAMPLE_RATE / WINDOW))
        wide = edge - last - borrowed
        borrowed = max(0, LEAST_BINS - wide)  # what a narrow band takes from the next
        widths.append(max(wide, LEAST_BINS))
        last = edge
    widths[-1] += BINS - sum(widths)
    return widths


def vorbis_window() -> Tensor:
    """The power-complementary window sin(pi/2 sin^2(pi (n + 1/2) / 960))."""
    phase = math.pi * (torch.arange(WINDOW, dtype=torch.float64) + 0.5) / WINDOW
    return torch.sin(math.pi / 2 * torch.sin(phase) ** 2).float()


class Frontend(nn.Module):
    """Analysis, features and synthesis; holds tables and no weights, so that it follows the network's device."""

    def __init__(self) -> None:
        super().__init__()
        widths = torch.tensor(band_widths())
        band_of = torch.repeat_interleave(torch.arange(BANDS), widths)
        frame = torch.arange(BLOCK)
        kernel = (1 - DECAY) * torch.tril(DECAY ** (frame[:, None] - frame).clamp(min=0).float())
        tables = {
            "window": vorbis_window(),
            "band_of": band_of,  # of every bin
            "mean": F.one_hot(band_of, BANDS).float() / widths,  # bins to means of bands
            "kernel": kernel,
            "fade": DECAY ** (frame + 1).float(),
            "level_start": torch.linspace(*LEVEL_START, BANDS),
            "magnitude_start": torch.linspace(*MAGNITUDE_START, FILTERED),
        }
        for name, table in tables.items():
            self.register_buffer(name, table, persistent=False)

    def analysis(self, samples: Tensor) -> Tensor:
        """Samples B x whole hops to complex spectra B T 481; the hop before the first is silence."""
        frames = F.pad(samples, (HOP, 0)).unfold(1, WINDOW, HOP)
        return torch.fft.rfft(frames * self.window) * SCALE

    def synthesis(self, spectrum: Tensor) -> Tensor:
        """The inverse, one hop later: hop t of the result is hop t-1 of what was analysed."""
        frames = torch.fft.irfft(spectrum / SCALE, n=WINDOW) * self.window
        before = F.pad(frames[:, :-1, HOP:], (0, 0, 1, 0))
        return (frames[:, :, :HOP] + before).flatten(1)

    def running_mean(self, x: Tensor, start: Tensor) -> Tensor:
        """Exponential mean of x (B T K) along T, in blocks as matrix products."""
        state, out = start.expand(len(x), -1), []
        for first in range(0, x.shape[1], BLOCK):
            block = x[:, first : first + BLOCK]
            n = block.shape[1]
            out.append(self.kernel[:n, :n] @ block + self.fade[:n, None] * state[:, None])
            state = out[-1][:, -1]
        return torch.cat(out, 1)

    def features(self, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """Spectra B T 481 to band levels B T 32 and unit-scaled lowest bins B 2 T 96 (real, imaginary)."""
        power = spectrum.real**2 + spectrum.imag**2
        level = 10 * torch.log10(power @ self.mean + 1e-10)
        level = (level - self.running_mean(level, self.level_start)) / 40
        low = spectrum[..., :FILTERED]
        low = low / self.running_mean(low.abs(), self.magnitude_start).sqrt()
        return level, torch.stack([low.real, low.imag], 1)
