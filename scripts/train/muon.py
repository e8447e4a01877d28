"""Muon: momentum whose matrices are made orthogonal, AdamW for everything else.

After Jordan et al. 2024 (Newton-Schulz of fifth order) with the scale of Liu et al. 2025,
which makes a step as large as AdamW's at the same rate. Matrices that stand one above the
other in one tensor (the three gates of a GRU) are stepped each by itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Odd polynomial that drives all singular values towards one (Jordan et al. 2024).
A, B, C = 3.4445, -4.7750, 2.0315
SCALE = 0.2  # root mean square of an AdamW step at rate one
LEAST = 16  # smaller sides gain nothing


def orthogonal(x: Tensor) -> Tensor:
    """Nearest semi-orthogonal matrices of x (..., rows, columns), roughly: five iterations."""
    wide = x.shape[-2] > x.shape[-1]
    if wide:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-12)
    for _ in range(5):
        g = x @ x.mT
        x = A * x + (B * g + C * g @ g) @ x
    return x.mT if wide else x


def _kind(name: str, p: Tensor) -> str:
    """How a parameter is stepped: as one matrix, as three above or beside each other, or by AdamW."""
    if p.dim() not in (2, 3) or name == "place":
        return "adam"
    if name.endswith(".recurrent"):
        return "columns"
    if name.endswith(("gru.input.weight", "wide.input.weight")):
        return "rows"
    return "one" if min(len(p), p[0].numel()) >= LEAST else "adam"


class Muon(torch.optim.Optimizer):
    """One step() for all parameters of a network; state_dict as of every optimiser."""

    def __init__(self, network: nn.Module, rate: float, momentum: float = 0.95) -> None:
        self.momentum = momentum
        kinds: dict[str, list[Tensor]] = {"one": [], "rows": [], "columns": [], "adam": []}
        for name, p in network.named_parameters():
            kinds[_kind(name, p)].append(p)
        groups = [{"params": params, "kind": kind} for kind, params in kinds.items()]
        super().__init__(groups, {"lr": rate, "weight_decay": 0.01, "betas": (0.9, 0.98)})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * group["weight_decay"])
                if group["kind"] == "adam":
                    self._adam_step(p, group)
                else:
                    self._orthogonal_step(p, group["kind"], group["lr"])

    def _orthogonal_step(self, p: Tensor, kind: str, rate: float) -> None:
        mean = self.state[p].setdefault("momentum", torch.zeros_like(p))
        mean.lerp_(p.grad, 1 - self.momentum)
        ahead = p.grad.lerp(mean, self.momentum).flatten(1)  # Nesterov; a convolution is one matrix
        axis = 1 if kind == "columns" else 0
        parts = torch.stack(ahead.chunk(1 if kind == "one" else 3, axis))
        scale = SCALE * max(parts.shape[1:]) ** 0.5
        p.sub_(torch.cat(list(orthogonal(parts)), axis).view_as(p), alpha=rate * scale)

    def _adam_step(self, p: Tensor, group: dict) -> None:
        state, (b1, b2) = self.state[p], group["betas"]
        if not state:
            state.update(step=0, first=torch.zeros_like(p), second=torch.zeros_like(p))
        state["step"] += 1
        state["first"].lerp_(p.grad, 1 - b1)
        state["second"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
        first = state["first"] / (1 - b1 ** state["step"])
        second = state["second"] / (1 - b2 ** state["step"])
        p.sub_(group["lr"] * first / (second.sqrt() + 1e-8))
