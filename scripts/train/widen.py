"""Trains the network that guesses a voice's upper band from its lower one: widen.py --cache FOLDER [--out FILE]

Recordings of 8 or 16 kHz end at 4 or 8 kHz. What the ear expects above depends mostly on
the spectral envelope below: after it, model/bandwidth_extension.go shapes an excitation. Trained on
the clean recordings of recordings.py, every tenth speaker kept for judging. A minute.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from bands import BINS, HOP, SAMPLE_RATE, stft
from export import LICENCE
from recordings import Recordings

BANDS = 30  # evenly spaced in ERB-rate
BOTTOM_HZ, TOP_HZ = 150.0, 16_000.0
HIDDEN = 64
FLOOR = 1e-6  # of a bin's power: white noise at -86 dBFS, 480 * 10^-8.6
KEEP = 0.8  # of the past per hop: half forgotten after 31 ms
RATES = (8000, 11025, 12000, 16000, 22050, 24000)
USED = 0.465  # of the rate: where the recording's band ends for certain
OVER = 3.0  # what is too loud weighs so much more: it is heard as a lisp
STRETCH, PIECES = 400, 5  # hops of a sample, 4 s, and samples per speaker


def edges() -> np.ndarray:
    """Borders of the bands in bins, BANDS + 1; inner ones rounded half up."""
    erb = 21.4 * np.log10(1 + 0.00437 * np.array([BOTTOM_HZ, TOP_HZ]))
    hz = (10 ** (np.linspace(erb[0], erb[1], BANDS + 1) / 21.4) - 1) / 0.00437
    return np.floor(hz / (SAMPLE_RATE / 2 / (BINS - 1)) + 0.5).astype(int)


def known(rate: float) -> int:
    """How many bands a recording of this rate has."""
    end = int(USED * rate / (SAMPLE_RATE / 2 / (BINS - 1)))
    return int((edges()[1:] <= end).sum())


def levels(samples: np.ndarray) -> Tensor:
    """Levels of the bands in dB (frames, BANDS): the mean power of a band's bins."""
    re, im = stft(torch.from_numpy(samples)[None])
    power = (re * re + im * im)[:, 0]
    e = edges()
    matrix = torch.zeros(BINS, BANDS)
    for b in range(BANDS):
        matrix[e[b] : e[b + 1], b] = 1 / (e[b + 1] - e[b])
    return 10 * torch.log10(power @ matrix + FLOOR)


class Envelope(nn.Module):
    """Levels of all bands in dB above the mean of the known ones, from the known ones now and before."""

    def __init__(self) -> None:
        super().__init__()
        self.inner1 = nn.Linear(2 * BANDS + 1, HIDDEN)
        self.inner2 = nn.Linear(HIDDEN, HIDDEN)
        self.outer = nn.Linear(HIDDEN, BANDS)

    def forward(self, x: Tensor) -> Tensor:
        """(…, 2 BANDS + 1) to (…, BANDS); everything in units of 20 dB."""
        x = torch.relu(self.inner1(x))
        return self.outer(torch.relu(self.inner2(x)))


def inputs(level: Tensor, bands: int) -> tuple[Tensor, Tensor]:
    """Features (frames, 2 BANDS + 1) of levels, and the mean (frames, 1) they are measured from."""
    mean = level[:, :bands].mean(1, keepdim=True)
    now = torch.zeros_like(level)
    now[:, :bands] = (level[:, :bands] - mean) / 20
    past, before = [], torch.zeros(level.shape[1])
    for frame in now:
        past.append(before)
        before = KEEP * before + (1 - KEEP) * frame
    share = torch.full((len(level), 1), bands / BANDS)
    return torch.cat([now, torch.stack(past), share], 1), mean


def samples(cache: Path) -> tuple[list, list]:
    """Stretches (levels, cutoff band) to learn from and to be judged by."""
    speech, rng = Recordings(cache, "speech"), np.random.default_rng(1)
    learn, judge = [], []
    for index, speaker in enumerate(sorted(speech.groups)):
        clips = [c for c in speech.groups[speaker] if c.cutoff_hz > 14_000]
        for clip in rng.choice(np.array(clips, object), PIECES if clips else 0):
            start = int(rng.integers(clip.start, max(clip.start + 1, clip.stop - STRETCH * HOP)))
            sound = speech.read(start, min(clip.stop, start + STRETCH * HOP))
            if len(sound) < 20 * HOP:
                continue
            wanted = 10 ** (rng.uniform(-46, -16) / 20)
            sound = sound * (wanted / (np.sqrt(np.mean(sound**2)) + 1e-6))
            top = int((edges()[1:] * 50 <= 0.95 * clip.cutoff_hz).sum())
            (judge if index % 10 == 0 else learn).append((levels(sound), top))
    return learn, judge


def tables(stretches: list) -> dict[int, tuple[Tensor, Tensor, Tensor]]:
    """By rate: features, wanted levels in 20 dB, and what of them counts."""
    out = {}
    for rate in RATES:
        bands, rows = known(rate), []
        for level, top in stretches:
            x, mean = inputs(level, bands)
            counts = torch.zeros_like(level)
            counts[:, bands:top] = 1
            loud = mean > mean.amax() - 45  # pauses say nothing
            rows.append((x, (level - mean) / 20, counts * loud))
        out[rate] = tuple(torch.cat(part) for part in zip(*rows, strict=True))
    return out


def train(learn: dict, updates: int = 12_000) -> Envelope:
    """Asymmetric mean square by Adam, all rates in turn."""
    torch.manual_seed(1)
    network = Envelope()
    optimiser = torch.optim.Adam(network.parameters())
    for step in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - step / updates)
        x, wanted, counts = learn[RATES[step % len(RATES)]]
        some = torch.randint(len(x), (512,))
        error = network(x[some]) - wanted[some]
        loss = ((error**2) * torch.where(error > 0, OVER, 1.0) * counts[some]).sum() / counts[some].sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return network


def report(network: Envelope, judge: dict) -> None:
    """Distance of the guessed levels from the true ones, by rate."""
    for rate, (x, wanted, counts) in judge.items():
        with torch.no_grad():
            error = 20 * (network(x) - wanted)
        total = counts.sum()
        rms = ((error**2 * counts).sum() / total).sqrt()
        bias = (error * counts).sum() / total
        flat = 20 * (wanted - (wanted * counts).sum(0) / counts.sum(0).clamp(min=1))
        spread = ((flat**2 * counts).sum() / total).sqrt()
        print(f"{rate} Hz: {rms:.1f} dB off ({bias:+.1f} on average); a fixed envelope {spread:.1f} dB")


def golden(network: Envelope, path: Path) -> None:
    """What the program is tested by: sound, and what becomes of it for a recording of 8 kHz."""
    sound = torch.randn(1, 40 * HOP) * torch.linspace(0, 0.2, 40).repeat_interleave(HOP)
    level = levels(sound[0].numpy())
    x, _ = inputs(level, known(RATES[0]))
    with torch.no_grad():
        save_file({"sound": sound[0], "input": x, "answer": network(x)}, path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="widen.py", description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder that scripts/train decoded into")
    parser.add_argument("--out", type=Path, default=Path("model/weights/widen.safetensors"))
    parser.add_argument("--golden", type=Path, default=Path("model/testdata/widen.safetensors"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    learn, judge = samples(args.cache)
    print(f"{len(learn)} stretches to learn from, {len(judge)} to judge by")
    network = train(tables(learn))
    report(network, tables(judge))
    meta = {"licence": LICENCE, "format": "stillmic-widen-1", "edges": " ".join(map(str, edges()))}
    part = args.out.with_suffix(".part")
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, part, meta)
    os.replace(part, args.out)
    golden(network, args.golden)


if __name__ == "__main__":
    main()
