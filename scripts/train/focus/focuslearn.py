"""Training of the focus networks: what they leave is to be like the wanted voices' part, band by band.

Powers are compared in their fourth root, so that soft sounds count; what is cut of a wanted voice weighs several
times what is left of others, less while both speak. While they do, powers themselves are compared, too.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from focusdata import Batch, Batches, Data
from focusnet import HEARD, FocusNet
from muon import Muon

RATE, LAST_RATE, WARM = 3e-3, 3e-5, 50
CUT = {"near": 3.0, "me": 8.0}  # how much what is cut weighs beside what is left, of a wanted voice alone
CUT_OF_BOTH = 2.0  # the same while another speaks
BOTH = 0.5  # weight of the powers
SOFT = 1e-3  # powers beside the level that hardly count
VOICE = {"near": 0.5, "me": 0.1}  # weight of whether a wanted voice is there
BOTH_TOLD = 0.3  # how much that counts of near while another speaks, too
SURELY = 0.5  # what the suppressor says of a hop that counts as speech
START = 20  # hops of a scene in which the network hears its way in
TELL, SAVE, AGAIN = 50, 100, 300  # updates between lines, checkpoints, and looks for new scenes


def told(batch: Batch, kind: str) -> Tensor:
    """How much each hop says of whether a wanted voice is there, B T: for near only those in which somebody speaks."""
    if kind == "me":
        return torch.ones_like(batch.wanted)
    speech = (batch.x[..., HEARD - 1] > SURELY) & ((batch.wanted > 0) | (batch.others > 0))
    return speech * (1 - (1 - BOTH_TOLD) * batch.wanted * batch.others)


def loss_of(batch: Batch, gains: Tensor, voice: Tensor, kind: str) -> Tensor:
    """Of log odds of the gains and of a wanted voice."""
    g, others, cut = torch.sigmoid(gains), batch.others[..., None], CUT[kind]
    apart = g.sqrt() - batch.goal.sqrt()
    weight = torch.where(apart < 0, cut + others * (CUT_OF_BOTH - cut), 1.0) * (batch.power + 1e-7).sqrt()
    share = batch.power / (batch.power.sum(2, keepdim=True) + SOFT)
    powers = BOTH * batch.others * (share * (g - batch.goal) ** 2).sum(2)
    judged = torch.ones_like(voice)
    judged[:, :START] -= batch.anew[:, None]
    there = F.binary_cross_entropy_with_logits(voice, batch.wanted, reduction="none")
    counts = judged * told(batch, kind)
    of_hop = (weight * apart**2).sum(2) + powers
    return mean(of_hop, judged) + VOICE[kind] * mean(there, counts)


def mean(values: Tensor, weights: Tensor) -> Tensor:
    """The weighted mean; 0 where nothing has a weight."""
    return (values * weights).sum() / weights.sum().clamp_min(1)


def train(kind: str, folder: Path, minutes: float, weights: Path | None = None) -> None:
    """Trains for so many minutes of the processor, with those of earlier runs; folder has the scenes and gets KIND.pt.

    Where there is no KIND.pt, it starts at those weights, if any.
    """
    torch.manual_seed(0)
    saved, network = folder / f"{kind}.pt", FocusNet(kind)
    optimiser = Muon(network, RATE)
    updates, before, sum_of = 0, 0.0, 0.0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        updates, before = state["updates"], state["minutes"]
    elif weights:
        network.load_state_dict({name: v.float() for name, v in load_file(weights).items()})
    batches = Batches(kind, Data(folder, choose=False), updates)
    state, began = None, time.process_time()
    while (spent := before + (time.process_time() - began) / 60) < minutes:
        for group in optimiser.param_groups:
            group["lr"] = (RATE * (1 - spent / minutes) + LAST_RATE) * min(1.0, (updates + 1) / WARM)
        batch = batches.next()
        state = None if state is None else state * (1 - batch.anew[:, None])
        gains, voice, state = network.follow(batch.x, batch.prints, state)
        loss = loss_of(batch, gains, voice, kind)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        updates, sum_of = updates + 1, sum_of + loss.item()
        if updates % TELL == 0:
            print(f"{kind}: {updates} updates, {spent:.1f} of {minutes:g} min: {sum_of / TELL:.4f}", flush=True)
            sum_of = 0.0
        if updates % SAVE == 0:
            save(saved, network, optimiser, updates, spent)
        if updates % AGAIN == 0 and len(batches.data.cache.paths) < len(list(folder.glob("????.npz"))) * 0.9:
            batches, state = Batches(kind, Data(folder, choose=False), updates), None
    save(saved, network, optimiser, updates, spent)


def save(path: Path, network: FocusNet, optimiser: Muon, updates: int, minutes: float) -> None:
    """A checkpoint, in place of the one before."""
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    part = path.with_suffix(".part")
    torch.save({**state, "updates": updates, "minutes": minutes}, part)
    os.replace(part, path)
