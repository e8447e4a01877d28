"""A minute's proof that training works, on sound made here: no recording, no network.

Checks the fused operators against the readable network and losses, grows a network, trains
alone and in a team, for some updates until the loss falls, resumes from the checkpoint, and
compares two shapes.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors import safe_open
from torch import Tensor

import compare
import export
import golden_vectors
import plot_history
import tunesmoke
from bands import BINS, HOP, SAMPLE_RATE, BandSum, istft, stft
from config import Config
from data_parallel import Team
from dnsmos_loss import OVERALL, Opinion
from features import FastMaps, extract
from grow import grow
from loss import MaskLoss, bin_weights, compressed
from native_network import FusedNetwork
from network import Network, Shape, apply_mask
from recordings import ClipWriter, Recordings
from synthetic_noise import coloured_noise, hum
from trainer import Mixes, Trainer

FRAMES, BATCH = 40, 2


def run(folder: Path) -> None:
    """Runs every check; raises AssertionError at the first that fails."""
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    check_reconstruction()
    check_maps()
    check_network()
    check_loss()
    check_growth()
    config = made_up(folder)
    check_team(config)
    check_training(config)
    check_files(config)
    check_opinion()
    tunesmoke.run(config)
    subprocess.run([sys.executable, str(Path(__file__).parent / "focus"), "--smoke"], check=True)
    print("training works")


def relative(a: Tensor, b: Tensor) -> float:
    return float((a - b).detach().norm() / (b.detach().norm() + 1e-12))


def check_reconstruction() -> None:
    x = torch.randn(2, 20 * HOP)
    error = (istft(*stft(x)) - x[:, :-HOP]).abs().max()
    assert error < 1e-5, f"STFT reconstructs to {error}"


def check_maps() -> None:
    """features.cpp computes what features.py does, digital silence and tones included."""
    x = 0.1 * torch.randn(3, 130 * HOP)
    x[1] = torch.sin(torch.arange(x.shape[1]) * 0.3)
    x[2, 20 * HOP : 40 * HOP] = 0
    x[2, 60 * HOP : 90 * HOP] *= 10 ** torch.linspace(0, -12, 30 * HOP)
    re, im = stft(x)
    error = (FastMaps().extract(re, im) - extract(re, im, BandSum())).abs().max()
    assert error < 2e-3, f"maps differ by {error}"


def check_network() -> None:
    """network.cpp computes what network.py does, forward and backward."""
    network = Network(Shape())
    fused = FusedNetwork(network, FRAMES, BATCH)
    maps = torch.randn(FRAMES, BATCH, 128, 6)
    state = [torch.randn_like(s) * 0.3 for s in network.initial_state(BATCH)]
    results = []
    for call in (network, fused):
        network.zero_grad()
        gain, turn, speech, _ = call(maps, state)
        (gain.square().sum() + turn.square().sum() + speech.sum()).backward()
        grads = torch.cat([p.grad.flatten() for p in network.parameters()])
        results.append((gain.detach(), turn.detach(), speech.detach(), grads))
    for name, a, b, bound in zip(
        ("gain", "turn", "speech", "gradient"), *reversed(results), (1e-5, 1e-5, 1e-5, 1e-2), strict=True
    ):
        # A rectifier may switch the other way on a rounding error, hence the gradient's bound.
        assert relative(a, b) < bound, f"{name} differs by {relative(a, b)}"


def check_loss() -> None:
    """maskloss.cpp computes the loss that its comment names, and its gradient."""
    bands, cut = BandSum(), 1.0
    spectra = [torch.randn(FRAMES, BATCH, BINS) * 0.3 for _ in range(4)]
    cutoff = torch.tensor([SAMPLE_RATE / 2, 9000.0])
    gain = torch.rand(FRAMES, BATCH, 128, requires_grad=True)
    turn = (torch.rand(FRAMES, BATCH, 96) * 2 - 1).requires_grad_()
    MaskLoss.apply(gain, turn, spectra, cutoff, cut).backward()
    fast = gain.grad.clone(), turn.grad.clone()
    gain.grad = turn.grad = None
    m, re, im = compressed(*apply_mask(*spectra[:2], gain, turn, bands.spread))
    m0, re0, im0 = compressed(*spectra[2:])
    distance = (m0 - m) ** 2 + cut * torch.relu(m0 - m) ** 2
    distance = distance + 0.5 * ((re - re0) ** 2 + (im - im0) ** 2)
    (distance * bin_weights(cutoff, BINS)).sum().div(FRAMES * BATCH).backward()
    for name, a, b in zip(("gain", "turn"), fast, (gain.grad, turn.grad), strict=True):
        assert relative(a, b) < 1e-4, f"gradient by {name} differs by {relative(a, b)}"


def check_growth() -> None:
    """A grown network computes what the smaller one did, and every parameter of it can learn."""
    small = Network(Shape())
    large = grow(small.state_dict(), Shape(), 3)
    maps, state = torch.randn(10, 2, 128, 6), small.initial_state(2)
    gain = large(maps, [*state[:2], torch.zeros_like(state[0]), state[-1]])[0]
    assert relative(gain, small(maps, state)[0]) < 1e-6, "a grown network computes something else"
    gain.sum().backward()
    new = large.blocks[2]
    assert new.mix.weight.grad.norm() > 0 and new.gru.input.weight.grad.norm() > 0, "a new block learns nothing"


def check_team(config: Config) -> None:
    """Two members end with the same weights, and not with those of one alone."""
    parameters = sum(p.numel() for p in Network(config.shape).parameters())
    for size in (1, 2):
        Team(size, parameters).run(train_briefly, config)
    weights = [torch.load(config.cache / f"{name}.pt") for name in ("1-0", "2-0", "2-1")]
    alone, first, second = (torch.cat([v.flatten() for v in w.values()]) for w in weights)
    assert torch.equal(first, second), f"two members drift apart by {relative(first, second)}"
    assert not torch.equal(alone, first), "the second member's gradients are not heard"


def train_briefly(member: int, team: Team, config: Config) -> None:
    """A few batches as one of a team; leaves the weights beside the recordings."""
    trainer = Trainer(config, team, member)
    random.seed(0)
    for batch in itertools.islice(Mixes(config, member), 3):
        trainer.batch(*batch)
    torch.save(trainer.network.state_dict(), config.cache / f"{team.size}-{member}.pt")


def check_training(config: Config) -> None:
    """The loss falls, and a second run goes on where the first one stopped."""
    torch.manual_seed(0)
    random.seed(0)
    same = next(iter(Mixes(config, 77)))  # the loss differs by mix more than by learning
    before = Trainer(config).batch(*same)
    first = Trainer(config)
    first.run()
    config.updates += 40
    second = Trainer(config)
    assert second.resume() and second.updates == first.updates
    second.run()
    after = second.batch(*same)
    assert after < 0.95 * before, f"the loss went from {before} to {after}"
    check_comparison(config)


def check_comparison(config: Config) -> None:
    """Two shapes are trained for as long, and the smaller one gets further."""
    large, small = compare.run(config, 0.03, ["blocks=3", "conv=16,channels=16"], hours=0.02)
    assert 0 < large.updates < small.updates, f"{large.updates} updates of 3 blocks, {small.updates} of 16 channels"


def check_files(config: Config) -> None:
    """A checkpoint becomes weights that are the same network, their golden test, and a picture of its history."""
    state = torch.load(config.checkpoint, weights_only=True)
    weights, picture = config.cache / "weights.safetensors", config.cache / "curve.png"
    for float32, bound in ((True, 1e-7), (False, 0.03)):
        export.checkpoint(config.checkpoint, weights, float32)
        for name, tensor in export.read(weights).state_dict().items():
            error = relative(tensor, state["network"][name])
            assert error < bound, f"{name} is exported with an error of {error}"
    golden_vectors.write(weights, config.cache / "golden.safetensors")
    with safe_open(config.cache / "golden.safetensors", "pt") as file:
        assert file.get_tensor("output").shape == (golden_vectors.FRAMES * HOP,)
        assert file.get_tensor("output").abs().max() > 0.01, "nothing is left of the golden test's signal"
    plot_history.draw([{"updates": n, "loss": 1 / n, "speed": 80.0} for n in range(1, 5)], picture)
    assert picture.stat().st_size > 5000, "the curve is empty"


def check_opinion() -> None:
    """The predicted opinion of the background falls with noise, and has a gradient."""
    vowels = torch.from_numpy(golden_vectors.signal())[None]
    noisy = (vowels + 0.1 * torch.randn_like(vowels)).requires_grad_()
    listener = Opinion()
    scores = listener.score(noisy)
    scores[:, OVERALL].sum().backward()
    assert noisy.grad.isfinite().all() and noisy.grad.norm() > 0, "the opinion has no gradient"
    background = scores[0, 1], listener.score(vowels)[0, 1]
    assert background[0] < background[1] - 0.3, f"the background scores {background} with noise and without"


def made_up(folder: Path) -> Config:
    """A cache of buzzing voices and coloured noise in the shape of the recordings."""
    rng = np.random.default_rng(0)
    cache = folder / "cache"
    cache.mkdir(parents=True)
    (folder / "rir").mkdir()
    click = np.zeros(4800, np.float32)
    click[0] = 1
    soundfile.write(folder / "rir" / "click.flac", click, SAMPLE_RATE)
    for name, group, make in (
        ("speech", "voice", hum),
        ("noise", "stationary", coloured_noise),
        ("strokes", "stroke", coloured_noise),
    ):
        writer = ClipWriter(cache, name)
        for _ in range(4):
            x = make(rng, 5 * SAMPLE_RATE)
            syllables = np.interp(np.arange(len(x)), np.arange(0, len(x) + 1, 9600), rng.random(26))
            x *= syllables if name == "speech" else 1
            writer.add(group, (x / np.abs(x).max() * 16384).astype(np.int16), SAMPLE_RATE / 2, (4.0, 4.5))
        writer.close()
    assert json.loads((cache / "speech.json").read_text())
    assert Recordings(cache, "speech").seconds("voice") == 20
    return Config(
        data=folder, extra=[], cache=cache, checkpoint=folder / "last.pt", seed=1, rooms=4, members=1, batch=4,
        segment_frames=200, chunk_frames=50, optimiser="muon", rate=2e-3, first_update=0, warmup=20, updates=60,
        first_hours=0.0, last_hours=0.0, cut_weight=1.0,
        resolutions_share=0.2, perception_weight=0.1, perception_share=0.5, opinion_weight=0.0,
        opinion_share=0.0, shape=Shape(),
    )  # fmt: skip
