"""What two models of a listener say of a voice that was cleaned: the stand-in of PESQ, and DNSMOS."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from dnsmos_loss import Opinion
from pesq_loss import Perception

LEAST_POWER = 1e-4  # of a voice that the stand-in of PESQ hears, where 0.01 is that of speech
LEAST_POWER_DNSMOS = 1e-3
DNSMOS_SHARE = 0.34  # of the updates, and at most so many items of a batch: it takes long
DNSMOS_ITEMS = 2
BACKGROUND = 0.5  # what its background score weighs beside the overall one
DNSMOS_GAIN = 0.5  # from an RMS of 0.1 to the -26 dBFS that it expects


class Perceptual:
    """The sum of both, weighed; a weight of 0 leaves one out."""

    def __init__(self, pesq_weight: float, dnsmos_weight: float, device: torch.device) -> None:
        self.pesq_weight, self.dnsmos_weight = pesq_weight, dnsmos_weight
        self.pesq = moved(Perception(), device) if pesq_weight else None
        self.dnsmos = moved(Opinion(), device) if dnsmos_weight else None

    def loss(self, cleaned: Tensor, clean: Tensor, trust: Tensor, whispered: Tensor, room: Tensor) -> Tensor:
        """Of cleaned and clean (each B samples), speech at an RMS of 0.1, and the facts of each item (B).

        The stand-in of PESQ compares with the label where that is used; DNSMOS needs none, and knows no whispers.
        """
        power = clean.square().mean(1)
        total = cleaned.new_zeros(())
        if self.pesq is not None:
            use = (power > LEAST_POWER) & ((trust > 0) | (room > 0) | (whispered > 0))
            if use.any():
                share = use.float().mean()
                total = total + self.pesq_weight * share * self.pesq.disturbance(cleaned[use], clean[use])
        if self.dnsmos is not None and random.random() < DNSMOS_SHARE:
            fit = torch.nonzero((power > LEAST_POWER_DNSMOS) & (whispered == 0))[:, 0].tolist()
            use = random.sample(fit, min(DNSMOS_ITEMS, len(fit)))
            if use:
                scores = self.dnsmos.score(DNSMOS_GAIN * cleaned[use])
                good = (scores[:, 2] + BACKGROUND * scores[:, 1]).mean()
                total = total - self.dnsmos_weight / DNSMOS_SHARE * len(use) / len(clean) * good
        return total


def moved(model: Perception | Opinion, device: torch.device) -> Perception | Opinion:
    """model with its tensors on a device."""

    def move(value: object) -> object:
        if isinstance(value, Tensor):
            return value.to(device)
        if isinstance(value, (list, tuple)):
            return type(value)(move(v) for v in value)
        return value

    for name, value in vars(model).items():
        setattr(model, name, move(value))
    return model
