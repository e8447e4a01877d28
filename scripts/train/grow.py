"""Adds blocks to a trained network: grow.py CHECKPOINT OUT --blocks N

The new blocks come after the old ones and do nothing at first (their GRU's candidates and
their mixing are zero), so that the network computes what it did and training goes on from
there. The optimiser begins anew.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch
from torch import Tensor

from network import Block, Network, Shape


def silence(block: Block) -> None:
    """Makes a block the identity; its gates stay as they were drawn, so that it can learn."""
    c = block.gru.channels
    with torch.no_grad():
        block.gru.input.weight[2 * c :] = 0
        block.gru.input.bias[2 * c :] = 0
        block.gru.recurrent[:, 2 * c :] = 0
        block.mix.weight.zero_()
        block.mix.bias.zero_()


def grow(weights: dict[str, Tensor], shape: Shape, blocks: int) -> Network:
    """A network of more blocks that computes what the weights of shape do."""
    network = Network(dataclasses.replace(shape, blocks=blocks))
    for block in list(network.blocks)[shape.blocks :]:
        silence(block)
    network.load_state_dict({**network.state_dict(), **weights})
    return network


def main() -> None:
    parser = argparse.ArgumentParser(prog="grow.py", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--blocks", type=int, required=True)
    args = parser.parse_args()
    torch.manual_seed(0)
    state = torch.load(args.checkpoint, weights_only=True)
    # From the averaged weights: the others are a step of noise away.
    network = grow(state["network"], Shape(**state["shape"]), args.blocks)
    weights = network.state_dict()
    state |= {"shape": vars(network.shape), "network": weights, "raw": weights}
    torch.save(state | {"optimiser": {}, "optimiser_name": ""}, args.out)


if __name__ == "__main__":
    main()
