"""GRU layer over (frames, sequences, channels), readable; network.cpp has the fast one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class GRU(nn.Module):
    """Gated recurrent unit (Cho et al. 2014), gate order r, z, n as in torch.nn.GRU."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.input = nn.Linear(inputs, 3 * channels)
        bound = 1 / math.sqrt(channels)
        self.recurrent = nn.Parameter(torch.empty(channels, 3 * channels).uniform_(-bound, bound))
        self.bias_n = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """x (frames, sequences, inputs) and state h (sequences, channels) to (frames, sequences, channels)."""
        out = []
        for frame in self.input(x):
            r, z, n = frame.split(self.channels, -1)
            gates = (h @ self.recurrent).split(self.channels, -1)
            r, z = torch.sigmoid(r + gates[0]), torch.sigmoid(z + gates[1])
            n = torch.tanh(n + r * (gates[2] + self.bias_n))
            h = n + z * (h - n)
            out.append(h)
        return torch.stack(out)
