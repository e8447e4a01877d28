"""The weights that the program reads, and what its test compares it with."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from export import LICENCE
from timedelay import REACH, TimeDelay
from voicebands import RATE, features, powers
from weightfile import commit

FORMAT = "stillmic-voiceprint-1"
FOLDER = Path("model", "voiceprint")
SECONDS, HARMONICS = 2, 29  # of the test, which the program makes by the same formula


def write(network: TimeDelay, held: list[str], root: Path) -> None:
    """Writes both, the weights in half precision, with the names of the speakers who were held back."""
    out = root / FOLDER / "voiceprint.safetensors"
    meta = {"format": FORMAT, "licence": LICENCE, "commit": commit(), "held": "\n".join(held)}
    part = out.with_suffix(".part")
    save_file({k: v.half().contiguous() for k, v in network.state_dict().items()}, part, meta)
    os.replace(part, out)
    golden(out, root / FOLDER / "testdata" / "golden.safetensors")


@torch.no_grad()
def golden(weights: Path, out: Path) -> None:
    """Of a sound that changes as a voice does: its features, what each frame says, and the print of all."""
    network = TimeDelay().eval()
    network.load_state_dict({k: v.float() for k, v in load_file(weights).items()})
    time = torch.arange(SECONDS * RATE, dtype=torch.float64) / RATE
    cycles = 120 * time + 10 * (1 - torch.cos(3 * time))
    tones = sum(torch.sin(2 * torch.pi * k * cycles) / k for k in range(1, HARMONICS + 1))
    sound = (0.1 * tones * (1 + torch.sin(9 * time))).float()
    x, voiced = features(10 ** torch.from_numpy(powers(sound.numpy())).float()[None])
    said, weight = network.frames(x)
    out.parent.mkdir(parents=True, exist_ok=True)
    whole = network.pool(said, weight * voiced[:, REACH:-REACH])
    tensors = {"features": x[0], "voiced": voiced[0], "said": said[0], "weight": weight[0], "print": whole[0]}
    save_file({k: v.contiguous() for k, v in tensors.items()}, out)
