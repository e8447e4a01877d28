"""The teacher: a frozen deep-filtering network that hears an easier mix than its pupil.

What it makes of a mix with the noise turned down and without late reflections is closer to the voice than what it
makes of the mix itself, and still in its own manner: without the hiss and the band limits that recordings have.
Optionally NSNet2 (Braun & Tashev 2020) has a share below 8 kHz, where it keeps more of a voice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from deepfilter import DeepFilter
from spectrum import SAMPLE_RATE

NSNET2_HZ = 8000  # its share ends here
NSNET2_SNR_DB = 5.0  # and is given from here on: in more noise it is the weaker one


@dataclass
class Lesson:
    """What a pupil gets for one batch of B mixes."""

    target: Tensor  # B samples
    lsnr: Tensor | None  # B T, the teacher's local SNR where it heard what the pupil hears


class Teacher:
    """Cleans easier versions of mixes."""

    def __init__(self, network: DeepFilter, nsnet2_share: float) -> None:
        self.network = network.eval().requires_grad_(False)
        self.share = nsnet2_share
        if nsnet2_share:
            from evaluation.suppressors.nsnet2 import NSNet2

            self.nsnet2 = NSNet2()

    @torch.no_grad()
    def teach(self, noisy: Tensor, clean: Tensor, heard: Tensor, easier_db: float) -> Lesson:
        """Of the mix noisy, its voice without (clean) and with (heard) late reflections, noise easier_db lower.

        At 0 dB the teacher hears the mix itself, reflections included.
        """
        mix = noisy
        if easier_db > 0:
            mix = (clean + (noisy - heard) * 10 ** (-easier_db / 20)).clamp(-1, 1)
        estimate, target = self.network.clean_with(mix)
        if self.share:
            target = self.shared(mix, target, snr_db(noisy, heard))
        return Lesson(target, estimate.lsnr if easier_db == 0 else None)

    def shared(self, mix: Tensor, target: Tensor, snr: Tensor) -> Tensor:
        """target with NSNet2's share below 8 kHz, for items with little noise."""
        chosen = torch.nonzero(snr >= NSNET2_SNR_DB)[:, 0].tolist()
        if not chosen:
            return target
        other = self.nsnet2.clean([mix[i].cpu().numpy() for i in chosen])
        out = target.clone()
        out[chosen] += self.share * low_pass(torch.from_numpy(np.stack(other)).to(target) - target[chosen])
        return out


def snr_db(noisy: Tensor, heard: Tensor) -> Tensor:
    """Of each item, over its whole length."""
    noise = (noisy - heard).square().mean(1)
    return 10 * torch.log10(heard.square().mean(1).clamp(min=1e-12) / noise.clamp(min=1e-12))


def low_pass(x: Tensor) -> Tensor:
    """x below 8 kHz, with half a cosine of 1 kHz in the spectrum."""
    spectrum = torch.fft.rfft(x)
    hz = torch.linspace(0, SAMPLE_RATE / 2, spectrum.shape[1], device=x.device)
    ramp = ((NSNET2_HZ + 500 - hz) / 1000).clamp(0, 1)
    return torch.fft.irfft(spectrum * (0.5 - 0.5 * torch.cos(torch.pi * ramp)), n=x.shape[1])
