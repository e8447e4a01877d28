"""The recurrent layers of the deep-filtering network.

PyTorch's own GRU takes the gradient of its weights frame by frame, which on a CPU is half of a training step.
Here it is one product at the end; on cuda PyTorch's own is used, which is cuDNN's.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Unrolled(torch.autograd.Function):
    """A GRU over T B 3H inputs of its gates, from a state B H, with its gradient, but none of that state."""

    @staticmethod
    def forward(ctx: Any, gates_in: Tensor, weight: Tensor, bias: Tensor, start: Tensor) -> Tensor:
        frames, batch, size = gates_in.shape
        hidden = size // 3
        gates = gates_in.clone()  # becomes reset, update, new
        recurrent_new = gates_in.new_empty(frames, batch, hidden)
        states = gates_in.new_empty(frames + 1, batch, hidden)
        states[0] = start
        transposed = weight.t()
        for t in range(frames):
            heard = torch.addmm(bias, states[t], transposed)
            gates[t, :, : 2 * hidden].add_(heard[:, : 2 * hidden]).sigmoid_()
            reset, update, new = gates[t].chunk(3, 1)
            recurrent_new[t] = heard[:, 2 * hidden :]
            new.addcmul_(reset, recurrent_new[t]).tanh_()
            torch.lerp(new, states[t], update, out=states[t + 1])
        ctx.save_for_backward(gates, recurrent_new, states, weight)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        gates, recurrent_new, states, weight = ctx.saved_tensors
        frames, batch, hidden = recurrent_new.shape
        reset, update, new = gates.chunk(3, 2)
        # What does not depend on the gradient of later frames, for all frames at once.
        by_new = (1 - update) * (1 - new * new)
        by_update = (states[:-1] - new) * update * (1 - update)
        by_reset = recurrent_new * reset * (1 - reset)
        d_in = torch.empty_like(gates)
        d_heard = torch.empty_like(gates)
        carried = gradient.new_zeros(batch, hidden)
        for t in reversed(range(frames)):
            carried = carried + gradient[t]
            d_reset, d_update, d_new = d_in[t].chunk(3, 1)
            torch.mul(carried, by_new[t], out=d_new)
            torch.mul(carried, by_update[t], out=d_update)
            torch.mul(d_new, by_reset[t], out=d_reset)
            d_heard[t, :, : 2 * hidden] = d_in[t, :, : 2 * hidden]
            torch.mul(d_new, reset[t], out=d_heard[t, :, 2 * hidden :])
            carried = torch.addmm(carried * update[t], d_heard[t], weight)
        flat = d_heard.flatten(0, 1)
        return d_in, flat.t() @ states[:-1].flatten(0, 1), flat.sum(0), None


class GRU(nn.Module):
    """One recurrent layer; gates in PyTorch's order: reset, update, new."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih = nn.Parameter(torch.zeros(3 * hidden))
        self.bias_hh = nn.Parameter(torch.zeros(3 * hidden))
        for weight in (self.weight_ih, self.weight_hh):
            nn.init.uniform_(weight, -(hidden**-0.5), hidden**-0.5)

    def forward(self, x: Tensor, start: Tensor | None = None) -> Tensor:
        """B T inputs to B T hidden, from a state B hidden, which gets no gradient; zeros without one."""
        start = x.new_zeros(len(x), self.hidden) if start is None else start.detach()
        if x.device.type == "cpu" and torch.is_grad_enabled():
            gates = torch.nn.functional.linear(x.transpose(0, 1), self.weight_ih, self.bias_ih)
            return Unrolled.apply(gates, self.weight_hh, self.bias_hh, start).transpose(0, 1)
        return self.library(x, start)

    def library(self, x: Tensor, start: Tensor) -> Tensor:
        """The same by PyTorch's own layer."""
        weights = [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh]
        return torch.gru(x, start[None].contiguous(), weights, True, 1, 0.0, self.training, False, True)[0]
