"""The network as one C++ operator: the same function as network.Network, several times faster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.cpp_extension import load

from bands import LOW_BANDS
from network import Network, State

_native = load(
    "stillmic_network",
    [str(Path(__file__).with_name("network.cpp"))],
    extra_cflags=["-O3", "-march=native", "-ffast-math", "-fopenmp-simd", "-std=c++20"],
)


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, native: Any, states: State, maps: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        out, speech, *after = native.forward(maps.contiguous(), states, list(parameters))
        ctx.native, ctx.parameters = native, parameters
        return (out, speech, *after)

    @staticmethod
    def backward(ctx: Any, dout: Tensor, dspeech: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        # 64 floats of slack: the products read whole vectors.
        padded = torch.nn.functional.pad(dout.flatten(), (0, 64))
        grads = ctx.native.backward(padded, dspeech.contiguous(), list(ctx.parameters))
        return (None, None, None, *grads)


class FusedNetwork:
    """Runs a Network's parameters through the fused operator, for one chunk size."""

    def __init__(self, network: Network, frames: int, batch: int) -> None:
        s = network.shape
        sizes = [s.conv, s.channels, s.blocks, s.squeeze, s.wide, s.detail]
        self.native = _native.Network(sizes, frames, batch)
        named = dict(network.named_parameters())
        self.parameters = [named[name] for name in self.native.names()]
        if len(self.parameters) != len(named):
            raise ValueError(f"network.cpp misses {named.keys() - set(self.native.names())}")

    def __call__(self, maps: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """As Network.forward."""
        out, speech, *after = _Fused.apply(self.native, state, maps, *self.parameters)
        gain = torch.sigmoid(out[..., 0])
        turn = torch.tanh(out[:, :, :LOW_BANDS, 1])
        return gain, turn, speech, [s.detach() for s in after]
