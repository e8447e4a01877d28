"""Training of the focus networks: what they leave is to be like the wanted voices' part, band by band.

Powers are compared in their fourth root, so that soft sounds count; what is cut of a wanted voice weighs several
times what is left of others.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from focusdata import Batch, Batches, Data
from focusnet import FocusNet
from muon import Muon

RATE, LAST_RATE, WARM = 3e-3, 3e-5, 50
CUT = {"near": 3.0, "me": 8.0}  # how much what is cut weighs beside what is left
VOICE = 0.1  # weight of whether a wanted voice is there
START = 20  # hops in which the network hears its way in
TELL, SAVE, AGAIN = 50, 100, 300  # updates between lines, checkpoints, and looks for new scenes


def loss_of(batch: Batch, gains: Tensor, voice: Tensor, cut: float) -> Tensor:
    """Of log odds of the gains and of a wanted voice."""
    apart = torch.sigmoid(gains).sqrt() - batch.goal.sqrt()
    weight = torch.where(apart < 0, cut, 1.0) * (batch.power + 1e-7).sqrt()
    there = F.binary_cross_entropy_with_logits(voice[:, START:], batch.wanted[:, START:])
    return (weight * apart**2)[:, START:].sum(2).mean() + VOICE * there


def train(kind: str, folder: Path, minutes: float) -> None:
    """Trains for so many minutes, with those of earlier runs; folder has the scenes and gets KIND.pt."""
    torch.manual_seed(0)
    saved, network = folder / f"{kind}.pt", FocusNet(kind)
    optimiser = Muon(network, RATE)
    updates, before, sum_of = 0, 0.0, 0.0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        updates, before = state["updates"], state["minutes"]
    batches = Batches(kind, Data(folder, choose=False), updates)
    began = time.monotonic()
    while (spent := before + (time.monotonic() - began) / 60) < minutes:
        for group in optimiser.param_groups:
            group["lr"] = (RATE * (1 - spent / minutes) + LAST_RATE) * min(1.0, (updates + 1) / WARM)
        batch = batches.next()
        loss = loss_of(batch, *network(batch.x, batch.prints), CUT[kind])
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
            batches.data = Data(folder, choose=False)
    save(saved, network, optimiser, updates, spent)


def save(path: Path, network: FocusNet, optimiser: Muon, updates: int, minutes: float) -> None:
    """A checkpoint, in place of the one before."""
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    part = path.with_suffix(".part")
    torch.save({**state, "updates": updates, "minutes": minutes}, part)
    os.replace(part, path)
