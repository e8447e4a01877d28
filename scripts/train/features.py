"""The network's input maps: what one frame tells about each band.

Six maps of (frames, batch, BANDS):
0  log10 band energy minus its running mean (1 s): level-independent contrast
1  log10 band energy, scaled: the absolute level
2,3  coherence over time: normalised X[t] conj X[t-1], rotated so that a bin-centred
     tone gives 1. Steady tones and harmonics turn at a constant rate, noise does not.
4,5  coherence over frequency: normalised X[k] conj X[k-1]. Its angle is the place of the
     energy inside the frame (group delay): knocks and glottal pulses align across bins.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.cpp_extension import load

from bands import BANDS, BINS, BandSum, band_edges

MAPS = 6
ENERGY_FLOOR = 1e-7  # just above the noise of 16-bit rounding: 480 / 12 / 32768^2 = 3.7e-8
COHERENCE_FLOOR = 1e-6
ROUNDING = 1e-9  # of the frame's energy: below it, a float32 FFT gives rounding errors
MEAN_RATE = 0.01  # 1 / 100 frames = 1 s


def running_mean(x: Tensor) -> Tensor:
    """Running mean over time of x (frames, ...): exact for the first second, then exponential."""
    out = torch.empty_like(x)
    mean = torch.zeros_like(x[0])
    for t in range(x.shape[0]):
        mean = mean + max(1 / (t + 1), MEAN_RATE) * (x[t] - mean)
        out[t] = mean
    return out


def coherence(
    re: Tensor, im: Tensor, re0: Tensor, im0: Tensor, sign: Tensor, bands: BandSum, floor: Tensor
) -> list[Tensor]:
    """Band sums of X conj X0 times sign, over the sum of its magnitudes: real and imaginary part."""
    cross_re = (re * re0 + im * im0) * sign
    cross_im = (im * re0 - re * im0) * sign
    size = bands.reduce(torch.sqrt(cross_re * cross_re + cross_im * cross_im)) + floor
    return [bands.reduce(cross_re) / size, bands.reduce(cross_im) / size]


def extract(re: Tensor, im: Tensor, bands: BandSum) -> Tensor:
    """Maps (frames, batch, BANDS, MAPS) of spectra (frames, batch, BINS)."""
    energy = bands.reduce(re * re + im * im)
    rounding = ROUNDING * energy.sum(-1, keepdim=True)
    level = torch.log10(energy + ENERGY_FLOOR + rounding)
    floor = COHERENCE_FLOOR + rounding
    contrast = level - running_mean(level)
    previous = [torch.cat([torch.zeros_like(x[:1]), x[:-1]]) for x in (re, im)]
    below = [torch.cat([torch.zeros_like(x[..., :1]), x[..., :-1]], -1) for x in (re, im)]
    # A tone at the centre of bin k advances k * pi in one hop of half a window.
    turn = 1.0 - 2.0 * (torch.arange(BINS) % 2)
    maps = [contrast, (level + 1) / 3]
    maps += coherence(re, im, previous[0], previous[1], turn, bands, floor)
    maps += coherence(re, im, below[0], below[1], torch.ones(BINS), bands, floor)
    return torch.stack(maps, -1)


class FastMaps:
    """extract in C++, for training."""

    def __init__(self) -> None:
        library = load(
            "stillmic_features",
            [str(Path(__file__).with_name("features.cpp"))],
            extra_cflags=["-O3", "-march=native", "-ffast-math", "-fopenmp-simd"],
            is_python_module=False,
        )
        self.native = ctypes.CDLL(library).stillmic_features
        self.edges = torch.from_numpy(band_edges())

    def extract(self, re: Tensor, im: Tensor) -> Tensor:
        """As extract, of contiguous spectra."""
        maps = torch.empty(*re.shape[:2], BANDS, MAPS)
        addresses = [ctypes.c_void_p(x.data_ptr()) for x in (re, im, self.edges, maps)]
        self.native(ctypes.c_int64(re.shape[0]), ctypes.c_int64(re.shape[1]), *addresses)
        return maps
