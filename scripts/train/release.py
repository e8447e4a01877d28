"""Writes a tuned network for the program, and what PyTorch makes of a made-up signal, which Go's test compares with."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

import golden_vectors as made_up
import weightfile
from deepfilter import DeepFilter


def checkpoint(sources: list[Path], out: Path, share: float = 1.0) -> None:
    """Writes the averaged weights of a checkpoint, or the mean of several that began alike, in half precision.

    share: how far to go from the weights that the runs started from (0) to the trained ones (1). Weights between the
    two keep more of what the start could do and the recordings here do not teach. A mean of runs that differ by their
    mixes has fewer errors than each (Wortsman et al. 2022, "Model soups").
    """
    states = [torch.load(source, weights_only=True, map_location="cpu") for source in sources]
    start = states[0]["first"]
    if any(not torch.equal(a, b) for state in states for a, b in zip(state["first"], start, strict=True)):
        raise ValueError("the checkpoints did not start from the same weights")
    config, origin = states[0]["config"], states[0]["origin"]
    network = DeepFilter(int(config["lookahead"]))
    trained = [_parameters(network, state["network"]) for state in states]
    with torch.no_grad():
        for value, first, *ends in zip(network.parameters(), start, *trained, strict=True):
            value.copy_(torch.lerp(first, torch.stack(ends).mean(0), share))
    updates, heard, hours = (sum(state[key] for state in states) for key in ("updates", "heard_hours", "core_hours"))
    runs = f" in {len(states)} runs" if len(states) > 1 else ""
    extra = {
        **origin,
        "name": config["name"],
        "trained_hours": f"{float(origin['trained_hours']) + hours:.2f}",
        "changes": f"{updates} updates by stillmic{runs}, {heard:.2f} hours heard, share {share:g}",
    }
    weightfile.write(out, network, extra, torch.float16)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {extra['changes']}")


def _parameters(network: DeepFilter, state: dict[str, Tensor]) -> list[Tensor]:
    """Copies of the parameters as they are in a state; the network keeps that state."""
    network.load_state_dict(state)
    return [value.detach().clone() for value in network.parameters()]


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
