"""Writes what PyTorch makes of a made-up signal: scripts/train --export does, beside the weights.

The Go program has to give the same, frame by frame (model/golden_test.go). The signal is
computed, not recorded, and holds what is hard: a loud onset out of digital silence, full
scale, noise bursts, very quiet sound and digital silence again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

import features
from bands import BANDS, HOP, LOW_BANDS, SAMPLE_RATE, BandSum, band_edges, istft, stft
from export import read
from network import apply_mask

FRAMES = 240  # 2.4 s


def harmonics(seconds: np.ndarray, pitch: float, formants: list[float]) -> np.ndarray:
    """A vowel: harmonics of a wavering pitch under resonances 150 Hz wide."""
    phase = 2 * np.pi * pitch * (seconds + 0.004 * np.sin(2 * np.pi * 5 * seconds))
    out = np.zeros_like(seconds)
    for k in range(1, int(8000 / pitch)):
        size = sum(1 / (1 + ((k * pitch - f) / 150) ** 2) for f in formants)
        out += size * np.sin(k * phase)
    return out / np.abs(out).max()


def signal() -> np.ndarray:
    """FRAMES hops of sound, float32, full scale 1."""
    rng = np.random.default_rng(7)
    x = np.zeros(FRAMES * HOP)
    seconds = np.arange(len(x)) / SAMPLE_RATE

    def span(first: int, last: int) -> slice:
        return slice(first * HOP, last * HOP)

    # 20 frames of digital silence, then a vowel at full scale without any fade.
    x[span(20, 60)] = harmonics(seconds[span(20, 60)], 120, [700, 1200, 2600])
    # Speech-like sound in noise, the noise 10 dB below, then the noise alone.
    noise = 0.05 * rng.standard_normal(120 * HOP)
    x[span(60, 180)] = noise
    x[span(70, 110)] += 0.3 * harmonics(seconds[span(70, 110)], 210, [400, 2000, 2900])
    x[span(120, 150)] += 0.2 * harmonics(seconds[span(120, 150)], 95, [300, 900, 2400])
    # Bursts: 5 ms of noise every 80 ms; a full-scale square wave, clipped as converters do.
    for start in range(112 * HOP, 120 * HOP, 3840):
        x[start : start + 240] += 0.6 * rng.standard_normal(240)
    x[span(160, 168)] = np.sign(np.sin(2 * np.pi * 440 * seconds[span(160, 168)]))
    # A whisper at -90 dBFS, digital silence, one full-scale sample, silence.
    x[span(180, 200)] = 3e-5 * rng.standard_normal(20 * HOP)
    x[220 * HOP + 100] = 1
    return np.clip(x, -1, 1).astype(np.float32)


class Levels:
    """Running means of the bands' energies over the hops that count, right from the first one on."""

    def __init__(self) -> None:
        self.sum, self.weight = torch.zeros(BANDS), 0.0

    def add(self, energy: Tensor, weight: float) -> None:
        weight = 0.01 * max(0.0, weight)
        self.sum = self.sum + weight * (energy - self.sum)
        self.weight += weight * (1 - self.weight)

    def mean(self) -> Tensor:
        return self.sum / self.weight


def hold_top(gain: Tensor) -> Tensor:
    """model/network.go: above 16 kHz no gain (…, BANDS) exceeds the highest from 8 to 16 kHz."""
    hz = torch.as_tensor(band_edges()[:-1] * 50)
    middle, top = (hz >= 8000) & (hz < 16000), hz >= 16000
    most = gain[..., middle].amax(-1, keepdim=True)
    return torch.where(top, torch.minimum(gain, most), gain)


def shares(energies: Tensor, speech: Tensor, bands: BandSum) -> Tensor:
    """model/gain_floor.go: which part of the input stays, per frame and bin; energies are (frames, BANDS)."""
    voice, pause, heard, out = Levels(), Levels(), 0.0, []
    below_8k = int((band_edges()[:-1] * 50 < 8000).sum())
    for energy, p in zip(energies, speech.tolist(), strict=True):
        voice.add(energy, 2 * p - 1)
        pause.add(energy, 1 - 2 * p)
        heard = max(min(1.0, 2 * p), 0.99 * heard)
        quiet = 10 ** (-16 / 20)
        share = torch.full((BANDS,), quiet)
        if min(voice.weight, pause.weight) >= 0.001:
            snr = 10 * torch.log10(voice.mean()[:below_8k].sum() / pause.mean()[:below_8k].sum())
            whole = 36 - 20 * ((snr - 4) / (16 - 4)).clamp(0, 1)
            ratio = (voice.mean() / pause.mean() / 20).clamp(max=1)
            share = torch.minimum(10 ** (-whole / 20), quiet * ratio**1.5)
        out.append(heard * torch.cat([share[:LOW_BANDS], bands.spread(share[None, LOW_BANDS:])[0]]))
    return torch.stack(out)


@torch.no_grad()
def write(weights: Path, out: Path) -> None:
    """Writes input and output of the network of a weight file, with what lies between."""
    network, bands = read(weights), BandSum()
    x = torch.from_numpy(signal())
    re, im = stft(x[None])
    maps = features.extract(re, im, bands)
    gain, turn, speech, _ = network(maps, network.initial_state(1))
    gain = hold_top(gain)
    voice = torch.sigmoid(speech[:, 0])
    masked = apply_mask(re, im, gain, turn, bands.spread)
    power = re**2 + im**2
    energies = bands.reduce(power) + 1e-7 + 1e-9 * power.sum(-1, keepdim=True)
    left = shares(energies[:, 0], voice, bands)[:, None]
    cleaned = istft(*(left * x + (1 - left) * y for y, x in zip(masked, (re, im), strict=True)))[0]
    # A stream hands out, with frame t, the hop that entered with frame t-1; with frame 0, silence.
    output = torch.cat([torch.zeros(HOP), cleaned])
    tensors = {
        "input": x,
        "output": output,
        "gain": gain[:, 0],
        "turn": turn[:, 0],
        "speech": voice,
    }
    save_file({k: v.contiguous() for k, v in tensors.items()}, out)
    print(f"{out}: {len(x)} samples, output peak {output.abs().max():.3f}")
