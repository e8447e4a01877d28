"""The network of voice prints: three convolutions over time, then mean and deviation over a second or more."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voicebands import BANDS

WIDTH, WIDE, SIZE = 96, 128, 96
REACH = 7  # frames to either side that a frame's answer depends on


class TimeDelay(nn.Module):
    """Features to a print of SIZE numbers whose squares add up to 1; the product of two is their resemblance."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(BANDS, WIDTH, 5)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, dilation=2)
        self.third = nn.Conv1d(WIDTH, WIDTH, 3, dilation=3)
        self.frame = nn.Linear(WIDTH, WIDE)
        self.attention = nn.Linear(WIDE, 1)
        self.print = nn.Linear(2 * WIDE, SIZE)

    def frames(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features B T N to what each frame says, B T-14 WIDE, and how much that counts, B T-14."""
        x = torch.relu(self.first(x.transpose(1, 2)))
        x = torch.relu(self.second(x) + x[..., 2:-2])
        x = torch.relu(self.third(x) + x[..., 3:-3])
        x = torch.relu(self.frame(x.transpose(1, 2)))
        return x, torch.sigmoid(self.attention(x))[..., 0]

    def of(self, mean: Tensor, square: Tensor) -> Tensor:
        """A print of the weighted means of what frames say and of its squares."""
        deviation = ((square - mean**2).clamp(min=0) + 1e-4).sqrt()
        return F.normalize(self.print(torch.cat([mean, deviation], -1)), dim=-1)

    def pool(self, said: Tensor, weight: Tensor) -> Tensor:
        """A print of all frames."""
        weight = weight[..., None]
        total = weight.sum(1) + 1e-4
        return self.of((said * weight).sum(1) / total, (said**2 * weight).sum(1) / total)

    def forward(self, x: Tensor, voiced: Tensor) -> Tensor:
        said, weight = self.frames(x)
        return self.pool(said, weight * voiced[:, REACH:-REACH])
