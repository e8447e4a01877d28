"""Writes a tuned network for the program, and what PyTorch makes of a made-up signal, which Go's test compares with."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

import golden as made_up
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
    """Writes input and output of the network of a weight file, with what lies between."""
    network = weightfile.read(weights)
    x = torch.from_numpy(made_up.signal())[None]
    spectrum = network.frontend.analysis(x)
    level, low = network.frontend.features(spectrum)
    estimate = network(level, low)
    output = network.frontend.synthesis(network.enhance(spectrum, estimate))
    tensors = {
        "input": x,
        "level": level,
        "low": low.permute(0, 2, 3, 1),
        "embedding": estimate.embedding,
        "gains": estimate.gains,
        "taps": estimate.taps,
        "lsnr": estimate.lsnr,
        "output": output,
    }
    save_file({name: value[0].contiguous() for name, value in tensors.items()}, out)
    print(f"{out}: {x.shape[1]} samples, output peak {output.abs().max():.3f}")
