"""The focus network: two recurrent layers of 96 units, which say by how much each band is lowered.

Axes: B streams, T hops.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from focusbands import BANDS
from recurrent import GRU
from timedelay import SIZE

WIDTH = 96
HEARD = 2 * BANDS + 1  # rows of what the suppressor left and of the microphone, how likely it is speech
LIKENESS = 3  # how alike the last second and the last 0.4 s are to the print, and whether that is known


class FocusNet(nn.Module):
    """Kind near lowers what is far away, kind me everyone but whom a print is of."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.me = kind == "me"
        self.input = nn.Linear(HEARD + LIKENESS * self.me, WIDTH)
        self.first, self.second = GRU(WIDTH, WIDTH), GRU(WIDTH, WIDTH)
        if self.me:
            self.scale, self.shift = (nn.Linear(SIZE, WIDTH, bias=False) for _ in range(2))
        self.gains, self.voice = nn.Linear(WIDTH, BANDS), nn.Linear(WIDTH, 1)
        with torch.no_grad():
            self.gains.bias.fill_(2.0)  # nearly all stays, at first

    def forward(self, x: Tensor, prints: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x B T HEARD(+LIKENESS), prints B SIZE: log odds of the gains B T BANDS, and of a wanted voice B T."""
        return self.follow(x, prints)[:2]

    def follow(
        self, x: Tensor, prints: Tensor | None = None, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The same from a state 2 B WIDTH, zeros without one, and the state at the end."""
        before = (None, None) if state is None else state
        h = first = self.first(torch.relu(self.input(x)), before[0])
        if self.me:
            h = h * (1 + self.scale(prints)[:, None]) + self.shift(prints)[:, None]
        second = self.second(h, before[1])
        u = h + second
        return self.gains(u), self.voice(u)[..., 0], torch.stack([first[:, -1], second[:, -1]]).detach()
