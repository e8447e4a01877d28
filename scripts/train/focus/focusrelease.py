"""The weights that the program reads, and what its tests compare it with."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import focuscache
import likeness
from export import LICENCE
from focusbands import RATE, level, powers, rows
from focusnet import FocusNet
from scenes import SECONDS
from timedelay import SIZE
from weightfile import commit

FORMAT = "stillmic-focus-1"
FOLDER = Path("model", "focus")
HOPS, HARMONICS = 100, 29  # of the tests; the program makes their sound by the same formula


def write(kind: str, folder: Path, root: Path) -> None:
    """Writes both, the weights in half precision."""
    state = torch.load(folder / f"{kind}.pt", weights_only=True)
    hours = len(focuscache.load(folder, choose=False).paths) * focuscache.CHUNK * SECONDS / 3600
    meta = {
        "format": FORMAT, "kind": kind, "licence": LICENCE,
        "trained": f"commit {commit()}, {state['updates']} updates, {hours:.1f} h of scenes",
    }  # fmt: skip
    if kind == "me":
        meta["voiceprint"] = likeness.identity()
    out = root / FOLDER / f"{kind}.safetensors"
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    save_file({k: v.half().contiguous() for k, v in state["network"].items()}, part, meta)
    part.chmod(0o644)
    os.replace(part, out)
    golden(kind, out, root / FOLDER / "testdata" / f"{kind}.safetensors")


@torch.no_grad()
def golden(kind: str, weights: Path, out: Path) -> None:
    """What the network says of noise from a state of zeros; of near, also the rows of a sound."""
    network = FocusNet(kind).eval()
    network.load_state_dict({name: v.float() for name, v in load_file(weights).items()})
    chance = torch.Generator().manual_seed(1)
    x = torch.randn(HOPS, network.input.in_features, generator=chance)
    own = torch.nn.functional.normalize(torch.randn(SIZE, generator=chance), dim=0)
    gains, voice = network(x[None], own[None])
    tensors = {"input": x, "gains": torch.sigmoid(gains[0]), "voice": torch.sigmoid(voice[0])}
    if kind == "me":
        tensors["print"] = own
    else:
        tensors["features"] = torch.from_numpy(test_rows())
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, out)
    out.chmod(0o644)


def test_rows() -> np.ndarray:
    """Of a second of tones that change as a voice does, beside a microphone with another tone."""
    time = np.arange(RATE) / RATE
    cycles = 120 * time + 10 * (1 - np.cos(3 * time))
    tones = sum(np.sin(2 * np.pi * k * cycles) / k for k in range(1, HARMONICS + 1))
    clean = 0.1 * tones * (1 + np.sin(9 * time))
    raw = 0.8 * clean + 0.02 * np.sin(2 * np.pi * 3000 * time)
    heard, mic = (powers(x.astype(np.float32)) for x in (clean, raw))
    return rows(heard, mic, level(heard))
