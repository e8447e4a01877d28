"""The deep-filtering network: DeepFilterNet3 (H. Schroeter et al. 2023) in plain PyTorch, the same on CPU and cuda.

Bins below 4.8 kHz are a complex filter over five frames of the noisy spectrum, those above the noisy spectrum times
gains of ERB bands. Batch norms are folded into the convolutions. Axes: B batch, C channels, T frames, F bands or bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurrent import GRU
from spectrum import BANDS, FILTERED, HOP, Frontend

CHANNELS = 64
EMBEDDING = CHANNELS * BANDS // 4  # 512: two of the encoder's steps halve the bands
HIDDEN = 256
TAPS = 5  # frames of the filter
MOST_LOOKAHEAD = 2


@dataclass
class Estimate:
    """What the network says of B x T frames."""

    embedding: Tensor  # B T 512
    gains: Tensor  # B T 32, 0 to 1
    taps: Tensor  # B T 96 5 2: oldest frame first, real and imaginary
    lsnr: Tensor  # B T, 0 to 1: local SNR from -15 to 35 dB


class Grouped(nn.Module):
    """A linear layer in groups without bias; weight: groups x inputs x outputs of a group."""

    def __init__(self, groups: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(groups, inputs // groups, outputs // groups))
        nn.init.uniform_(self.weight, -((groups / inputs) ** 0.5), (groups / inputs) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        groups, inputs, _ = self.weight.shape
        parts = x.reshape(-1, groups, inputs).transpose(0, 1)
        return torch.bmm(parts, self.weight).transpose(0, 1).reshape(*x.shape[:2], -1)


class PerChannel(nn.Module):
    """A factor and an offset for each channel: a 1x1 convolution of every channel alone, in that one's shape."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(CHANNELS, 1, 1, 1))
        self.bias = nn.Parameter(torch.zeros(CHANNELS))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.bias.view(-1, 1, 1), x, self.weight.view(-1, 1, 1))


class Separable(nn.Module):
    """A convolution of each channel along time and bands, then one of the channels; transposed: to twice the bands."""

    def __init__(self, inputs: int, frames: int, bands: int, stride: int = 1, transposed: bool = False) -> None:
        super().__init__()
        self.transposed = transposed
        groups, size, pad = min(inputs, CHANNELS), (frames, bands), (0, bands // 2)
        if transposed:
            self.depthwise = nn.ConvTranspose2d(
                CHANNELS, CHANNELS, size, (1, 2), pad, output_padding=(0, 1), groups=groups, bias=False
            )
        else:
            self.depthwise = nn.Conv2d(inputs, CHANNELS, size, (1, stride), pad, groups=groups, bias=False)
        self.pointwise = nn.Conv2d(CHANNELS, CHANNELS, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


def flat(x: Tensor) -> Tensor:
    """B C T F to B T (F C)."""
    return x.permute(0, 2, 3, 1).flatten(2)


class Encoder(nn.Module):
    """Band levels and lowest bins to one embedding a frame, and the maps that the decoders return to."""

    def __init__(self, lookahead: int) -> None:
        super().__init__()
        self.lookahead = lookahead
        self.erb0 = nn.Conv2d(1, CHANNELS, 3, padding=(0, 1))
        self.erb1 = Separable(CHANNELS, 1, 3, stride=2)
        self.erb2 = Separable(CHANNELS, 1, 3, stride=2)
        self.erb3 = Separable(CHANNELS, 1, 3)
        self.df0 = Separable(2, 3, 3)
        self.df1 = Separable(CHANNELS, 1, 3, stride=2)
        self.df_embed = Grouped(32, CHANNELS * FILTERED // 2, EMBEDDING)
        self.embed_in = Grouped(16, EMBEDDING, HIDDEN)
        self.gru = GRU(HIDDEN, HIDDEN)
        self.embed_out = Grouped(16, HIDDEN, EMBEDDING)
        self.lsnr = nn.Linear(EMBEDDING, 1)

    def ahead(self, x: Tensor) -> Tensor:
        """x (B C T F) from the lookahead on, after two frames of zeros, which the first three taps reach back to."""
        return F.pad(x[:, :, self.lookahead :], (0, 0, 2, self.lookahead))

    def forward(self, level: Tensor, low: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """The four maps of the bands, the first one of the bins, and the embedding."""
        maps = [torch.relu(self.erb0(self.ahead(level[:, None])))]
        for layer in (self.erb1, self.erb2, self.erb3):
            maps.append(torch.relu(layer(maps[-1])))
        bins = torch.relu(self.df0(self.ahead(low)))
        seen = torch.relu(self.df_embed(flat(torch.relu(self.df1(bins)))))
        hidden = self.gru(torch.relu(self.embed_in(flat(maps[-1]) + seen)))
        return maps, bins, torch.relu(self.embed_out(hidden))


class ERBDecoder(nn.Module):
    """The embedding back to gains of the bands, with the encoder's maps added on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_in = Grouped(16, EMBEDDING, HIDDEN)
        self.gru0, self.gru1 = GRU(HIDDEN, HIDDEN), GRU(HIDDEN, HIDDEN)
        self.embed_out = Grouped(16, HIDDEN, EMBEDDING)
        self.path3, self.path2, self.path1, self.path0 = (PerChannel() for _ in range(4))
        self.conv3 = Separable(CHANNELS, 1, 3)
        self.conv2 = Separable(CHANNELS, 1, 3, transposed=True)
        self.conv1 = Separable(CHANNELS, 1, 3, transposed=True)
        self.conv0 = nn.Conv2d(CHANNELS, 1, (1, 3), padding=(0, 1))

    def forward(self, maps: list[Tensor], embedding: Tensor) -> Tensor:
        x = self.gru1(self.gru0(torch.relu(self.embed_in(embedding))))
        x = torch.relu(self.embed_out(x))
        x = x.reshape(*x.shape[:2], -1, CHANNELS).permute(0, 3, 1, 2)
        steps = (self.path3, self.conv3), (self.path2, self.conv2), (self.path1, self.conv1)
        for (path, convolution), skip in zip(steps, reversed(maps[1:]), strict=True):
            x = torch.relu(convolution(torch.relu(path(skip)) + x))
        return torch.sigmoid(self.conv0(torch.relu(self.path0(maps[0])) + x))[:, 0]


class FilterDecoder(nn.Module):
    """The embedding to the taps of the complex filter."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_in = Grouped(8, EMBEDDING, HIDDEN)
        self.gru0, self.gru1 = GRU(HIDDEN, HIDDEN), GRU(HIDDEN, HIDDEN)
        self.skip = Grouped(16, EMBEDDING, HIDDEN)
        self.output = Grouped(16, HIDDEN, FILTERED * TAPS * 2)
        self.path = nn.ModuleDict(
            {
                "depthwise": nn.Conv2d(CHANNELS, 2 * TAPS, (TAPS, 1), groups=2, bias=False),
                "pointwise": nn.Conv2d(2 * TAPS, 2 * TAPS, 1),
            }
        )

    def forward(self, bins: Tensor, embedding: Tensor) -> Tensor:
        x = self.gru1(self.gru0(torch.relu(self.embed_in(embedding)))) + self.skip(embedding)
        x = torch.tanh(self.output(x)).reshape(*x.shape[:2], FILTERED, 2 * TAPS)
        path = self.path["depthwise"](F.pad(bins, (0, 0, TAPS - 1, 0)))
        x = x + torch.relu(self.path["pointwise"](path)).permute(0, 2, 3, 1)
        return x.unflatten(-1, (TAPS, 2))


class DeepFilter(nn.Module):
    """The whole network. lookahead: frames beyond t that it knows for frame t, of features and filter alike."""

    def __init__(self, lookahead: int) -> None:
        super().__init__()
        if not 0 <= lookahead <= MOST_LOOKAHEAD:
            raise ValueError(f"lookahead of {lookahead} frames: use 0 to {MOST_LOOKAHEAD}")
        self.lookahead = lookahead
        self.frontend = Frontend()
        self.encoder = Encoder(lookahead)
        self.erb_decoder = ERBDecoder()
        self.df_decoder = FilterDecoder()

    def forward(self, level: Tensor, low: Tensor) -> Estimate:
        """Features (Frontend.features) to gains and filter."""
        maps, bins, embedding = self.encoder(level, low)
        # The head hears the embedding but does not shape it.
        lsnr = torch.sigmoid(self.encoder.lsnr(embedding.detach()))[..., 0]
        return Estimate(embedding, self.erb_decoder(maps, embedding), self.df_decoder(bins, embedding), lsnr)

    def enhance(self, spectrum: Tensor, estimate: Estimate) -> Tensor:
        """The noisy spectrum B T 481 through the filter (lowest bins) and the gains (the others)."""
        frames, past = spectrum.shape[1], TAPS - 1 - self.lookahead
        low = torch.view_as_real(spectrum[..., :FILTERED])
        low = F.pad(low, (0, 0, 0, 0, past, self.lookahead))
        re, im = 0.0, 0.0
        for tap in range(TAPS):
            x_re, x_im = low[:, tap : tap + frames].unbind(-1)
            w_re, w_im = estimate.taps[:, :, :, tap].unbind(-1)
            re, im = re + x_re * w_re - x_im * w_im, im + x_re * w_im + x_im * w_re
        gains = estimate.gains[..., self.frontend.band_of[FILTERED:]]
        return torch.cat([torch.complex(re, im), spectrum[..., FILTERED:] * gains], -1)

    def clean(self, samples: Tensor) -> Tensor:
        """Noisy samples B N to cleaned ones, aligned with the input."""
        return self.clean_with(samples)[1]

    def clean_with(self, samples: Tensor) -> tuple[Estimate, Tensor]:
        """The estimate and the cleaned samples of noisy samples B N, aligned with the input."""
        n = samples.shape[1]
        spectrum = self.frontend.analysis(F.pad(samples, (0, 2 * HOP - n % HOP)))
        estimate = self(*self.frontend.features(spectrum))
        return estimate, self.frontend.synthesis(self.enhance(spectrum, estimate))[:, HOP : HOP + n]
