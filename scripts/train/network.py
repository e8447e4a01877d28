"""The suppressor network: shared across frequency, recurrent over time.

Layouts are (frames, batch, positions, channels) throughout. MODEL_CARD.md in model/ has
the shapes and the multiply-adds; model/ in Go is the same network one frame at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bands import BANDS, LOW_BANDS
from features import MAPS
from recurrence import GRU


@dataclass(frozen=True)
class Shape:
    """Sizes that identify a network; they travel in the weight file's metadata."""

    conv: int = 24  # channels of the first convolution, 64 positions
    channels: int = 32  # channels of the blocks, 32 positions
    blocks: int = 2
    squeeze: int = 8  # channels per position that the wide GRU sees
    wide: int = 128  # units of the wide GRU
    detail: int = 8  # channels of the decoder's last layer, 128 positions

    @property
    def positions(self) -> int:
        return BANDS // 4


State = list[Tensor]


class DownConv(nn.Module):
    """Convolution over positions, stride 2, odd kernel, zero padding, as one matrix product."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = nn.Linear(kernel * inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        pad = self.kernel // 2
        x = F.pad(x, (0, 0, pad, pad))
        last = x.shape[2] - self.kernel + 1
        # Slices and a cat: the backward pass of unfold is several times slower.
        taps = [x[:, :, k : last + k : 2] for k in range(self.kernel)]
        return self.linear(torch.cat(taps, -1))


class UpConv(nn.Module):
    """Transposed convolution over positions, stride 2, kernel 4.

    Output 2p sees positions p-1 and p, output 2p+1 sees p and p+1.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.even = nn.Linear(2 * inputs, outputs)
        self.odd = nn.Linear(2 * inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        before = F.pad(x[:, :, :-1], (0, 0, 1, 0))
        after = F.pad(x[:, :, 1:], (0, 0, 0, 1))
        even = self.even(torch.cat([before, x], -1))
        odd = self.odd(torch.cat([x, after], -1))
        return torch.stack([even, odd], 3).flatten(2, 3)


class Block(nn.Module):
    """A GRU over time shared by all positions, then mixing across positions and channels."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        c, p = shape.channels, shape.positions
        self.norm_time = nn.LayerNorm(c)
        self.gru = GRU(c, c)
        self.norm_mix = nn.LayerNorm(c)
        self.positions = nn.Linear(p, p)
        self.mix = nn.Linear(c, c)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        frames, _, _, channels = x.shape
        h = self.gru(self.norm_time(x).reshape(frames, -1, channels), state)
        x = x + h.view_as(x)
        y = self.norm_mix(x).transpose(2, 3)
        y = F.relu(self.positions(y)).transpose(2, 3)
        return x + self.mix(y), h[-1]


class Network(nn.Module):
    """Maps in, one gain and one phase turn per band and a speech probability out."""

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        self.shape = shape
        c, p = shape.channels, shape.positions
        self.encoder1 = DownConv(MAPS, shape.conv, 5)
        self.encoder2 = DownConv(shape.conv, c, 3)
        self.place = nn.Parameter(torch.zeros(p, c))
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.squeeze = nn.Linear(c, shape.squeeze)
        self.wide = GRU(p * shape.squeeze, shape.wide)
        self.expand = nn.Linear(shape.wide, p * shape.squeeze)
        self.excite = nn.Linear(shape.squeeze, c)
        self.speech = nn.Linear(shape.wide, 1)
        self.decoder2 = UpConv(c, shape.conv)
        self.decoder1 = UpConv(shape.conv, shape.detail)
        self.detail = nn.Linear(MAPS, shape.detail)
        self.gain = nn.Linear(3 * shape.detail, 2)
        with torch.no_grad():
            # Start near "leave it as it is": gain sigmoid(2) = 0.88, no turn.
            self.gain.weight.mul_(0.3)
            self.gain.bias.copy_(torch.tensor([2.0, 0.0]))

    def initial_state(self, batch: int) -> State:
        s = self.shape
        narrow = [torch.zeros(batch * s.positions, s.channels) for _ in range(s.blocks)]
        return [*narrow, torch.zeros(batch, s.wide)]

    def forward(self, maps: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor, State]:
        """Maps (frames, batch, BANDS, MAPS) to gain (…, BANDS), turn (…, LOW_BANDS), speech logit (frames, batch)."""
        frames, batch = maps.shape[:2]
        e1 = F.relu(self.encoder1(maps))
        x = F.relu(self.encoder2(e1)) + self.place
        after = list(state)
        for i, block in enumerate(self.blocks):
            x, after[i] = block(x, state[i])
            if i == 0:
                wide = self.wide(F.relu(self.squeeze(x)).flatten(2), state[-1])
                after[-1] = wide[-1]
                back = F.relu(self.expand(wide)).view(frames, batch, self.shape.positions, -1)
                x = x + self.excite(back)
        y = F.relu(self.decoder2(x) + e1)
        y = F.relu(self.decoder1(y) + self.detail(maps))
        y = F.pad(y, (0, 0, 1, 1))
        out = self.gain(torch.cat([y[:, :, :-2], y[:, :, 1:-1], y[:, :, 2:]], -1))
        gain = torch.sigmoid(out[..., 0])
        turn = torch.tanh(out[:, :, :LOW_BANDS, 1])
        return gain, turn, self.speech(wide).squeeze(-1), [s.detach() for s in after]


def multiply_adds(shape: Shape) -> int:
    """Multiply-adds of the network's products for one 10 ms frame."""
    c, p = shape.channels, shape.positions
    encoder = 64 * 5 * MAPS * shape.conv + p * 3 * shape.conv * c
    block = p * 6 * c * c + c * p * p + p * c * c
    flat = p * shape.squeeze
    wide = 3 * shape.wide * (flat + shape.wide) + shape.wide * flat + 2 * p * c * shape.squeeze
    decoder = 64 * 2 * c * shape.conv + 128 * 2 * shape.conv * shape.detail
    output = 128 * (MAPS * shape.detail + 3 * shape.detail * 2)
    return encoder + shape.blocks * block + wide + decoder + output + shape.wide


def apply_mask(
    re: Tensor, im: Tensor, gain: Tensor, turn: Tensor, spread: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """The masked spectrum: low bins scaled and turned, bins above scaled by their band's gain.

    The turn is the tangent of half the angle, so that cosine and sine are rational:
    cos = (1 - t^2) / (1 + t^2), sin = 2 t / (1 + t^2), within +-90 degrees for |t| <= 1.
    """
    low = gain[..., :LOW_BANDS] / (1 + turn * turn)
    cos, sin = low * (1 - turn * turn), low * 2 * turn
    a, b = re[..., :LOW_BANDS], im[..., :LOW_BANDS]
    high = spread(gain[..., LOW_BANDS:])
    out_re = torch.cat([a * cos - b * sin, re[..., LOW_BANDS:] * high], -1)
    out_im = torch.cat([a * sin + b * cos, im[..., LOW_BANDS:] * high], -1)
    return out_re, out_im
