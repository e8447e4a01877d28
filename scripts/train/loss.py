"""Losses on compressed spectra that punish cutting speech more than leaving noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.cpp_extension import load

from bands import BINS, SAMPLE_RATE, band_edges

# Windows of the further resolutions, hop half of it: the network's own is MaskLoss.
WINDOWS = (480, 2048)
FLOOR = 1e-7

_native = load(
    "stillmic_maskloss",
    [str(Path(__file__).with_name("maskloss.cpp"))],
    extra_cflags=["-O3", "-march=native", "-ffast-math", "-fopenmp-simd"],
)


def bin_weights(cutoff_hz: Tensor, bins: int) -> Tensor:
    """Weights (batch, bins) that sum to one per item: 1 / (1 + f / 4 kHz) up to the cutoff.

    Between linear and auditory resolution; above an item's cutoff nothing can be compared.
    """
    hz = torch.linspace(0, SAMPLE_RATE / 2, bins)
    weight = 1 / (1 + hz / 4000) * (hz <= 0.97 * cutoff_hz[:, None])
    return weight / weight.sum(1, keepdim=True)


class MaskLoss(torch.autograd.Function):
    """spectral_loss at the network's own resolution, of the masked spectrum itself.

    One pass in C++ with its gradient: several times faster than going to samples and back.
    """

    @staticmethod
    def forward(ctx: Any, gain: Tensor, turn: Tensor, spectra: list[Tensor], cutoff_hz: Tensor, cut: float) -> Tensor:
        frames, batch = gain.shape[:2]
        weight = bin_weights(cutoff_hz, BINS) / (frames * batch)
        inputs = [x.contiguous() for x in (*spectra, gain, turn, weight)]
        loss, dgain, dturn = _native.mask_loss(*inputs, band_edges().tolist(), cut)
        ctx.save_for_backward(dgain, dturn)
        return loss

    @staticmethod
    def backward(ctx: Any, dloss: Tensor) -> tuple[Tensor | None, ...]:
        dgain, dturn = ctx.saved_tensors
        return dgain * dloss, dturn * dloss, None, None, None


def compressed(re: Tensor, im: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """|X|^0.3-like compression: magnitude |X|^0.25, and the pair scaled to it.

    |X|^0.25 = (|X|^2)^(1/8) by three square roots: pow costs ten times as much.
    """
    energy = re * re + im * im + FLOOR
    root = torch.sqrt(energy)
    magnitude = torch.sqrt(torch.sqrt(root))
    scale = magnitude / root
    return magnitude, re * scale, im * scale


def spectral_loss(estimate: Tensor, target: Tensor, cutoff_hz: Tensor, window: int, cut_weight: float) -> Tensor:
    """Compressed spectral distance of estimate to target, each (batch, samples).

    Magnitude distance, half of the complex distance and cut_weight times the part where
    the estimate lies below the target, weighed by bin_weights.
    """
    shape = torch.hann_window(window)
    pair = torch.stft(torch.cat([estimate, target]), window, window // 2, window, shape,
                      center=False, return_complex=True)  # fmt: skip
    pair = torch.view_as_real(pair)
    half = len(estimate)
    a, a_re, a_im = compressed(pair[:half, ..., 0], pair[:half, ..., 1])
    with torch.no_grad():
        b, b_re, b_im = compressed(pair[half:, ..., 0], pair[half:, ..., 1])
    weight = bin_weights(cutoff_hz, window // 2 + 1)[:, :, None] / pair.shape[2]
    difference = b - a
    below = F.relu(difference)
    total = difference**2 + cut_weight * below**2 + 0.5 * ((a_re - b_re) ** 2 + (a_im - b_im) ** 2)
    return (total * weight).sum() / half
