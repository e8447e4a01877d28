"""What the network of voice prints hears: the power of 40 bands every 20 ms, as model/voiceprint/features.go makes it.

Axes: B batch, T frames, N bands. What recordings, rooms, telephones and the suppressor do to a voice is done to the
powers: thousands of times quicker than to the sound, and near enough for an average over a second.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

RATE, WINDOW, HOP = 16_000, 320, 160  # the program has the same window and bins at 48 kHz
BIN_HZ = 50
# Single bins to 1 kHz, by which the pitch is told, then 22 bands of one width on a logarithmic scale.
EDGES = (*range(2, 20), *np.round(20 * (152 / 20) ** (np.arange(23) / 22)).astype(int).tolist())
BANDS = len(EDGES) - 1
FLOOR = 1e-7
LEVEL_DECAY = 10**-0.01  # 5 dB a second
GATE = 10**-2.5  # of the level: 25 dB
WIDTH = torch.tensor(np.diff(EDGES), dtype=torch.float32)
CENTRE_HZ = torch.tensor((np.array(EDGES[1:]) + np.array(EDGES[:-1])) / 2 * BIN_HZ, dtype=torch.float32)


def powers(samples: np.ndarray) -> np.ndarray:
    """Samples at 16 kHz to log10 of the bands' mean powers (T N), scaled as at 48 kHz; half precision."""
    phase = (torch.arange(WINDOW) + 0.5) / WINDOW
    window = torch.sin(torch.pi / 2 * torch.sin(torch.pi * phase) ** 2)
    matrix = torch.zeros(WINDOW // 2 + 1, BANDS)
    for band in range(BANDS):
        matrix[EDGES[band] : EDGES[band + 1], band] = 1 / (EDGES[band + 1] - EDGES[band])
    frames = torch.from_numpy(samples[: len(samples) // WINDOW * WINDOW]).unfold(0, WINDOW, HOP) * window
    power = torch.fft.rfft(frames).abs().square() * 9  # three times the samples at 48 kHz
    power = power[: len(power) // 2 * 2].unflatten(0, (-1, 2)).mean(1)
    return torch.log10(power @ matrix + FLOOR).half().numpy()


def features(power: Tensor) -> tuple[Tensor, Tensor]:
    """Powers B T N to the network's input, and to 1 for the frames (B T) that are loud enough to be a voice."""
    total = (power * WIDTH).sum(2)
    level, levels = total[:, :4].mean(1), []
    for frame in total.unbind(1):
        level = torch.maximum(frame, level * LEVEL_DECAY)
        levels.append(level)
    level = torch.stack(levels, 1)
    relative = power * WIDTH / (level[..., None] + 1e-9)
    return 0.8 * (torch.log10(relative + 1e-5) + 2.5), (total > level * GATE).float()


class Weather:
    """What happens to a voice on its way, by chance. hard: how much, from 0 to 1."""

    def __init__(self, seed: int, hard: float = 1.0) -> None:
        self.chance = torch.Generator().manual_seed(seed)
        self.hard = hard
        self.octaves = torch.log2(CENTRE_HZ / 700) / 3

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.chance)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.chance)

    def often(self, count: int, share: float) -> Tensor:
        """1 for a share of the batch, B 1."""
        return (self.uniform(count, 1) < share * self.hard).float()

    def room(self, power: Tensor) -> Tensor:
        """A tail of 0.15 to 0.65 s, 2 to 16 dB below, for 45 %."""
        count = len(power)
        keep = 10 ** (-6 * 0.02 / (0.15 + 0.5 * self.uniform(count, 1)))
        amount = 10 ** ((14 * self.uniform(count, 1) - 16) / 10) * self.often(count, 0.45)
        tail, out = torch.zeros_like(power[:, 0]), []
        for frame in power.unbind(1):
            out.append(frame + amount * tail)
            tail = tail * keep + 2 * (1 - keep) * frame
        return torch.stack(out, 1)

    def microphone(self, power: Tensor) -> Tensor:
        """Tilt, curve and ripples for all; telephones and other limits of the band for 15 % each."""
        count, x = len(power), self.octaves
        dB = 4 * self.normal(count, 1) * x + 4 * self.normal(count, 1) * (x**2 - 0.3)
        for ripples, size in ((1.5, 2.0), (3.0, 1.5)):
            dB = dB + size * self.normal(count, 1) * torch.cos(2 * torch.pi * (ripples * x + self.uniform(count, 1)))
        dB = dB * self.hard
        low, high = (330 - CENTRE_HZ).clamp(min=0), (CENTRE_HZ - 3300).clamp(min=0)
        dB = dB - self.often(count, 0.15) * (0.12 * low + 0.02 * high).clamp(max=45)
        end = 3500 + 3500 * self.uniform(count, 1)
        dB = dB - self.often(count, 0.15) * (0.03 * (CENTRE_HZ - end).clamp(min=0)).clamp(max=45)
        return power * 10 ** (dB / 10)[:, None]

    def suppressor(self, power: Tensor) -> Tensor:
        """Noise that was left, 8 to 43 dB below, for 60 %, and holes of up to 10 dB for 40 %."""
        count, frames, bands = power.shape
        loudest = (power * WIDTH).sum(2).amax(1, keepdim=True)
        dB = 5 * self.normal(count, 1) * self.octaves - 8 - 35 * self.uniform(count, 1)
        noise = (10 ** (dB / 10) * loudest / WIDTH.sum())[:, None] * (0.5 + self.uniform(count, frames, 1))
        power = power + noise * self.often(count, 0.6)[..., None]
        holes = (self.uniform(count, frames, bands) < 0.1) * self.often(count, 0.4)[..., None]
        return power * 10 ** (-holes * self.uniform(count, frames, bands))

    def __call__(self, power: Tensor) -> Tensor:
        return self.suppressor(self.microphone(self.room(power)))
