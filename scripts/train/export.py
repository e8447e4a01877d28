"""Writes a checkpoint's averaged weights as a file for Go: scripts/train --export does.

Tensor names are those of network.py; everything that the program has to know about them
is in the metadata. model/weights/README.md describes the file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from bands import HOP, SAMPLE_RATE
from network import Network, Shape

FORMAT = "stillmic-1"
LICENCE = "Apache-2.0"
# Most of the weights, read once a frame, and so a matter of memory: in 8 bits. The rest is
# read for every position and stays in the first cache. Each with the axis of its inputs.
EIGHT_BITS = {"wide.input.weight": 1, "wide.recurrent": 0, "expand.weight": 1}


def metadata(shape: Shape, extra: dict[str, str]) -> dict[str, str]:
    """The metadata of a weight file; values of a training run are added to it."""
    return {
        "licence": LICENCE,
        **extra,
        "format": FORMAT,
        "sample_rate": str(SAMPLE_RATE),
        "hop": str(HOP),
        "shape": json.dumps(vars(shape)),
    }


def eight_bits(weight: torch.Tensor, axis: int) -> torch.Tensor:
    """Rounded to at most 127 steps, by output; the steps are powers of 2, so that float16 holds the result exactly."""
    peak = weight.abs().amax(axis, keepdim=True).clamp(min=2.0**-20)
    step = torch.exp2(torch.ceil(torch.log2(peak / 127)))
    return (torch.round(weight / step) * step).to(torch.float16)


def write(
    path: Path, shape: Shape, tensors: dict[str, torch.Tensor], extra: dict[str, str], rounded: bool = True
) -> None:
    """Writes a weight file beside its place and renames it into it, the wide layers rounded to 8 bits if wanted."""
    tensors = {
        name: (eight_bits(value, EIGHT_BITS[name]) if rounded and name in EIGHT_BITS else value.float()).contiguous()
        for name, value in tensors.items()
    }
    # Refuses tensors that do not fit the shape, before anything is written.
    Network(shape).load_state_dict({name: value.float() for name, value in tensors.items()})
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata(shape, extra))
    os.replace(part, path)


def read(path: Path) -> Network:
    """The network of a weight file, in evaluation mode."""
    with safe_open(path, "pt") as file:
        shape = Shape(**json.loads(file.metadata()["shape"]))
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
    network = Network(shape)
    network.load_state_dict(tensors)
    return network.eval()


def checkpoint(source: Path, out: Path, float32: bool) -> None:
    """Writes the averaged weights of a checkpoint, all as they are where float32 is wanted."""
    state = torch.load(source, weights_only=True, map_location="cpu")
    extra = {key: str(value) for key, value in state.get("meta", {}).items()}
    write(out, Shape(**state["shape"]), state["network"], extra, rounded=not float32)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {state['shape']}")
