"""Tries the training of the focus networks, and what it writes, on made-up scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import focuscache
import focuslearn
import focusrelease
from focusbands import BANDS, HOP, level, powers, sound, spectrum, spread
from focusdata import LENGTH, Batch, Batches, Data
from focusnet import FocusNet
from scenes import FAR
from timedelay import SIZE

SCENES, HOPS = 6, 2 * LENGTH


def run(folder: Path) -> None:
    """Runs every check; raises AssertionError at the first that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    check_bands()
    made_up(folder)
    for kind in ("near", "me"):
        check_training(kind, folder)


def check_bands() -> None:
    """A sound comes back from its spectra, and gains of 1 change nothing."""
    x = np.random.default_rng(0).standard_normal(20 * HOP).astype(np.float32)
    error = np.abs(sound(spectrum(x) * spread(np.ones((20, BANDS))))[: -2 * HOP] - x[: -2 * HOP]).max()
    assert error < 1e-4, f"spectra of bands reconstruct to {error}"
    assert (np.diff(np.log10(level(powers(x)))) > -0.0051).all(), "the level falls too quickly"


def made_up(folder: Path) -> None:
    """Scenes of noises by turns, one louder in the treble than the other."""
    rng = np.random.default_rng(0)
    turn = rng.integers(0, 2, (SCENES, 3, HOPS // 40)).repeat(40, 2)
    parts = -5 + 6 * turn[..., None] + rng.normal(0, 0.3, (SCENES, 3, HOPS, BANDS))
    parts[:, FAR] -= np.linspace(0, 2, BANDS)
    heard = np.log10((10**parts).sum(1, keepdims=True) + 1e-4)
    prints = rng.normal(0, SIZE**-0.5, (SCENES, FAR, 1, SIZE))
    np.savez(
        folder / "0000.npz",
        bands=np.concatenate([heard, heard, parts], 1).astype(np.float16),
        speech=turn.max(1).astype(np.float16),
        values=np.broadcast_to(prints[:, :1], (SCENES, HOPS // 10, 2, SIZE)).astype(np.float16),
        known=np.ones((SCENES, HOPS // 10, 2), bool),
        prints=prints.astype(np.float16),
        names=rng.permuted(np.arange(3 * SCENES)).reshape(SCENES, 3).astype("U80"),
    )


def check_training(kind: str, folder: Path) -> None:
    """The loss falls, a second run goes on where the first one stopped, and the files are the same network."""
    batches = Batches(kind, Data(folder, choose=False), 7)
    same, losses = batches.next(), []
    check_follow(kind, same)
    for until in (0.0, 0.1, 0.2):
        focuslearn.train(kind, folder, until)
        state = torch.load(folder / f"{kind}.pt", weights_only=True)
        network = FocusNet(kind)
        network.load_state_dict(state["network"])
        losses.append(focuslearn.loss_of(same, *network(same.x, same.prints), kind).item())
    assert losses[2] < losses[1] < losses[0], f"{kind}: the loss goes {losses}"
    focusrelease.write(kind, folder, folder)
    for name, weight in load_file(folder / focusrelease.FOLDER / f"{kind}.safetensors").items():
        error = (weight.float() - state["network"][name]).abs().max()
        assert error < 1e-2, f"{kind}: {name} is exported with an error of {error}"
    check_start(kind, folder, state["network"])
    golden = load_file(folder / focusrelease.FOLDER / "testdata" / f"{kind}.safetensors")
    assert golden["gains"].shape == (focusrelease.HOPS, BANDS)
    assert len(focuscache.load(folder, choose=False).bands) == SCENES


def check_start(kind: str, folder: Path, network: dict[str, torch.Tensor]) -> None:
    """A training may begin at exported weights."""
    (folder / f"{kind}.pt").rename(folder / f"{kind}-before.pt")
    focuslearn.train(kind, folder, 0.0, folder / focusrelease.FOLDER / f"{kind}.safetensors")
    begun = torch.load(folder / f"{kind}.pt", weights_only=True)["network"]
    error = max((begun[name] - weight).abs().max() for name, weight in network.items())
    assert error < 1e-2, f"{kind}: a training that is to begin at its weights is {error} from them"


def check_follow(kind: str, batch: Batch) -> None:
    """A network that goes on from its state says what it would have said without a break."""
    network, half = FocusNet(kind), LENGTH // 2
    whole, _ = network(batch.x, batch.prints)
    first, _, state = network.follow(batch.x[:, :half], batch.prints)
    second, _, _ = network.follow(batch.x[:, half:], batch.prints, state)
    error = (torch.cat([first, second], 1) - whole).abs().max()
    assert error < 1e-4, f"{kind}: gains differ by {error} after a break"
