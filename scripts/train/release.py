"""Writes a tuned network for the program, and what PyTorch makes of a made-up signal, which Go's test compares with."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

import golden_vectors as made_up
import weightfile
from deepfilter import DeepFilter


def checkpoint(source: Path, out: Path, share: float = 1.0) -> None:
    """Writes the averaged weights of a checkpoint in half precision.

    share: how far to go from the weights that the run started from (0) to the trained ones (1). Weights between the
    two keep more of what the start could do and the recordings here do not teach.
    """
    state = torch.load(source, weights_only=True, map_location="cpu")
    config = state["config"]
    network = DeepFilter(int(config["lookahead"]))
    network.load_state_dict(state["network"])
    with torch.no_grad():
        for value, first in zip(network.parameters(), state["first"], strict=True):
            value.copy_(torch.lerp(first, value, share))
    origin = state["origin"]
    hours = float(origin["trained_hours"]) + state["core_hours"]
    extra = {
        **origin,
        "name": config["name"],
        "trained_hours": f"{hours:.2f}",
        "changes": f"{state['updates']} updates by stillmic, {state['heard_hours']:.2f} hours heard, share {share:g}",
    }
    weightfile.write(out, network, extra, torch.float16)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {extra['changes']}")


@torch.no_grad()
def golden(weights: Path, out: Path) -> None:
    """Writes what the network of a weight file makes of the signal that golden_vectors.py computes: gains and samples.

    The signal itself is the tensor "input" of the light networks' golden.safetensors.
    """
    network = weightfile.read(weights)
    x = torch.from_numpy(made_up.signal())[None]
    spectrum = network.frontend.analysis(x)
    estimate = network(*network.frontend.features(spectrum))
    output = network.frontend.synthesis(network.enhance(spectrum, estimate))
    save_file({"gains": estimate.gains[0].contiguous(), "output": output[0].contiguous()}, out)
    print(f"{out}: {x.shape[1]} samples, output peak {output.abs().max():.3f}")
