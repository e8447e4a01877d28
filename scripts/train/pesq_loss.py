"""A differentiable stand-in of PESQ: how much louder or fainter each critical band is heard.

After ITU-T P.862: band powers, Zwicker loudness, disturbance with a dead zone for what is
masked, and once more what was added, weighed by how far it stands out. Left out are time
alignment (estimate and target are aligned), the compensation of level and filtering
(they shall be equal), and bad intervals. Bands and the hearing threshold are formulas in
place of the standard's tables.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bands import SAMPLE_RATE

WINDOW = 1536  # 32 ms, hop half of it
TOP_HZ = 8000
BAND_BARK = 0.4
SPL = 10**7.9 / 0.01  # power 0.01, to which speech is scaled, is heard at 79 dB
DEAD_ZONE = 0.25
LOUDNESS = 0.1866  # sone at the standard's calibration
POWER = 0.23


def bark(hz: Tensor) -> Tensor:
    """Critical-band rate, 6 asinh(f / 600) (Wang, Sekey & Gersho 1992)."""
    return 6 * torch.asinh(hz / 600)


def threshold_db(hz: Tensor) -> Tensor:
    """Threshold of hearing in dB SPL (Terhardt 1979)."""
    khz = (hz / 1000).clamp(min=0.05)
    return 3.64 * khz**-0.8 - 6.5 * torch.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4


class Perception:
    """Disturbance of an estimate, about 4.5 minus its raw PESQ score."""

    def __init__(self) -> None:
        hz = torch.arange(1, TOP_HZ * WINDOW // SAMPLE_RATE) * (SAMPLE_RATE / WINDOW)
        band = (bark(hz) / BAND_BARK).long()
        used = band.unique()
        self.matrix = (band[:, None] == used).float()
        self.threshold = 10 ** (threshold_db(600 * torch.sinh((used + 0.5) * BAND_BARK / 6)) / 10)
        self.window = torch.hann_window(WINDOW)
        # A Parseval pair: bins of the spectrum to mean squares of the signal.
        self.scale = SPL * 2 / (WINDOW * float(self.window.square().sum()))

    def powers(self, x: Tensor) -> Tensor:
        """Band powers (batch, frames, bands) of x (batch, samples), 1 at 0 dB SPL."""
        frames = x.unfold(1, WINDOW, WINDOW // 2) * self.window
        pair = torch.view_as_real(torch.fft.rfft(frames)[..., 1 : len(self.matrix) + 1])
        return pair.square().sum(-1) @ self.matrix * self.scale

    def loudness(self, power: Tensor) -> Tensor:
        """Zwicker's loudness in sone; nothing below the threshold."""
        heard = (0.5 + 0.5 * power / self.threshold).clamp(min=1)
        return LOUDNESS * (self.threshold / 0.5) ** POWER * (heard**POWER - 1)

    def disturbance(self, estimate: Tensor, target: Tensor) -> Tensor:
        """Mean over the batch of estimate and target, each (batch, samples), speech at 0.1 RMS."""
        power = self.powers(estimate)
        with torch.no_grad():
            wanted = self.powers(target)
            loud = self.loudness(wanted)
            frame = ((wanted.sum(-1) * (1e7 / 10**7.9) + 1e5) / 1e7) ** 0.04
            added = ((power + 50) / (wanted + 50)) ** 1.2
            added = torch.where(added < 3, 0.0, added.clamp(max=12))
        heard = self.loudness(power)
        difference = (heard - loud).abs() - DEAD_ZONE * torch.minimum(heard, loud)
        d = torch.relu(difference) * BAND_BARK
        width = BAND_BARK * d.shape[-1]
        symmetric = width * ((d * d).sum(-1) / width + 1e-6).sqrt() / frame
        asymmetric = (d * added).sum(-1) / frame
        total = 0.1 * over_time(symmetric) + 0.0309 * over_time(asymmetric)
        return total.mean()


def over_time(frames: Tensor) -> Tensor:
    """Root mean square over frames (batch, frames), each at most 45."""
    return (frames.clamp(max=45).square().mean(1) + 1e-6).sqrt()
