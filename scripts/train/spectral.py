"""The loss of the deep-filtering network: compressed spectra at several resolutions, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from spectrum import SAMPLE_RATE

WINDOWS = (256, 512, 1024, 2048)  # hop half of each
EXPONENT = 0.3
FLOOR = 1e-6  # of the energy of a bin, a window sample: 40 dB below speech, which is scaled to -20 dBFS
SOFT = 1e-2  # distance of an item below which its root gives way to a line
TILT_HZ = 8000  # a bin at this frequency weighs half of one at 0 Hz


def bin_weights(cutoff_hz: Tensor, bins: int) -> Tensor:
    """Weights (B, bins) that sum to one per item; nothing above an item's cutoff, where nothing can be compared."""
    hz = torch.linspace(0, SAMPLE_RATE / 2, bins, device=cutoff_hz.device)
    weight = 1 / (1 + hz / TILT_HZ) * (hz <= 0.97 * cutoff_hz[:, None])
    return weight / weight.sum(1, keepdim=True)


def compressed(samples: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """Magnitudes (B, bins, frames) to the power of EXPONENT, and the complex spectrum scaled to them (last axis)."""
    shape = torch.hann_window(window, device=samples.device)
    spectrum = torch.stft(samples, window, window // 2, window, shape, center=False, return_complex=True)
    pair = torch.view_as_real(spectrum)
    energy = pair.square().sum(-1) + FLOOR * window
    magnitude = energy ** (EXPONENT / 2)
    return magnitude, pair * (magnitude / energy.sqrt())[..., None]


def distance(
    estimate: Tensor, targets: list[tuple[Tensor, Tensor]], cutoff_hz: Tensor, window: int, cut: float
) -> Tensor:
    """Distance of estimate (B, samples) to some targets, each (B, samples) with a weight for each item (B).

    Squared difference of the compressed magnitudes and of the compressed spectra, and cut times the part of the
    first where the estimate lies below the target: what is cut from a voice harms more than what noise is left. An
    item counts by the root of its distance: the few with hardly any voice in them would drown the others.
    """
    magnitude, pair = compressed(estimate, window)
    bins = bin_weights(cutoff_hz, window // 2 + 1)[:, :, None] / magnitude.shape[2]
    total = estimate.new_zeros(())
    for target, weight in targets:
        with torch.no_grad():
            wanted, wanted_pair = compressed(target, window)
        difference = wanted - magnitude
        each = difference.square() * (1 + cut * (difference > 0)) + (wanted_pair - pair).square().sum(-1)
        total = total + (((each * bins).sum((1, 2)) + SOFT).sqrt() * weight).mean()
    return total
