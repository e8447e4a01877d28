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
# In float16: most of the weights, read once a frame, and so a matter of memory. The rest is
# read for every position and stays in the first cache.
HALF = {"wide.input.weight", "wide.recurrent", "expand.weight"}


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


def write(
    path: Path, shape: Shape, tensors: dict[str, torch.Tensor], extra: dict[str, str], half: set[str] = HALF
) -> None:
    """Writes a weight file beside its place and renames it into it; the tensors of half are in float16."""
    tensors = {
        name: value.to(torch.float16 if name in half else torch.float32).contiguous() for name, value in tensors.items()
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
    """Writes the averaged weights of a checkpoint, all in float32 where that is wanted."""
    state = torch.load(source, weights_only=True, map_location="cpu")
    extra = {key: str(value) for key, value in state.get("meta", {}).items()}
    write(out, Shape(**state["shape"]), state["network"], extra, set() if float32 else HALF)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {state['shape']}")
