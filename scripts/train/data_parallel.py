"""Several trainers of one network, a core each, that step by the mean of their gradients.

Every member hears other mixes and holds the same weights: they begin alike, draw alike what
an update takes (the seed is shared), and step by the same gradient at the same rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch import multiprocessing as mp

PATIENCE = 1800.0  # seconds until a member that does not come is given up


class Team:
    """What the members share. Member 0 writes the checkpoints, and its clock is everybody's."""

    def __init__(self, size: int, parameters: int) -> None:
        self.size = size
        self.gradients = torch.zeros(size, parameters).share_memory_()
        self.clock = torch.zeros(1, dtype=torch.float64).share_memory_()
        self.barrier = mp.get_context("spawn").Barrier(size) if size > 1 else None

    def wait(self) -> None:
        if self.barrier:
            self.barrier.wait(PATIENCE)

    def average(self, member: int, parameters: Iterable[Tensor]) -> None:
        """Puts the mean of all members' gradients in place of this one's."""
        if self.size == 1:
            return
        parameters = list(parameters)
        self.gradients[member] = torch.cat([p.grad.flatten() for p in parameters])
        self.wait()
        mean = self.gradients.mean(0)
        self.wait()  # nobody writes the next ones while these are read
        for p, grad in zip(parameters, mean.split([p.numel() for p in parameters]), strict=True):
            p.grad.copy_(grad.view_as(p))

    def hours(self, member: int, trained: float) -> float:
        """Member 0's hours of training, for all: whoever steps by another rate would drift apart."""
        if member == 0:
            self.clock[0] = trained
        self.wait()
        return float(self.clock[0])

    def run(self, work: Callable[..., None], *arguments: object) -> None:
        """Calls work(member, team, *arguments) in a process for each, here if there is only one.

        If one of them fails, the others are ended and its error is raised.
        """
        if self.size == 1:
            work(0, self, *arguments)
            return
        mp.spawn(work, (self, *arguments), self.size)
