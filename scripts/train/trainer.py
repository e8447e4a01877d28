"""The training loop: truncated back-propagation through time over long segments.

Each mix is several chunks long and the recurrent state is carried from chunk to chunk,
so that every update is short (fits the caches, many updates an hour) while the network
still learns to run for long.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

import plot_history
import recordings
import room_responses
from bands import HOP, SAMPLE_RATE, BandSum, istft, stft
from config import Config
from data_parallel import Team
from dnsmos_loss import OVERALL, Opinion
from features import FastMaps
from loss import WINDOWS, MaskLoss, spectral_loss
from mixing import Mixer
from muon import Muon
from native_network import FusedNetwork
from network import Network, apply_mask, multiply_adds
from pesq_loss import Perception

AHEAD = 4  # batches mixed ahead of the training step
OPINIONS = 1  # mixes of a batch that are judged: the judge costs ten times what the network does
REPORT_SECONDS = 30  # between progress lines and checkpoints


class Mixes(IterableDataset):
    """Endless batches of mixes, made in a process of its own."""

    def __init__(self, config: Config, seed: int) -> None:
        self.config, self.seed = config, seed

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        torch.set_num_threads(1)
        os.nice(5)  # the batches ahead are enough: what shares the core goes first
        c = self.config
        load = [recordings.Recordings(c.cache, name) for name in ("speech", "noise", "strokes")]
        responses = room_responses.load(c.data / "rir", c.cache, c.rooms, 1)
        mixer = Mixer(*load, responses, c.segment_frames * HOP, self.seed)
        while True:
            for batch in mixer.batches(c.batch):
                yield (
                    torch.from_numpy(np.stack([s.noisy for s in batch])),
                    torch.from_numpy(np.stack([s.clean for s in batch])),
                    torch.tensor([s.cutoff_hz for s in batch], dtype=torch.float32),
                )


class Trainer:
    """Network, optimiser, averaged weights and the history of the losses; one member of a team."""

    def __init__(self, config: Config, team: Team | None = None, member: int = 0) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.team, self.member = team or Team(1, 0), member
        self.network = Network(config.shape)
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.optimiser = optimiser(config, self.network)
        self.updates, self.heard_hours, self.trained_hours = 0, 0.0, 0.0
        self.history: list[dict[str, float]] = []
        self.bands = BandSum()
        self.perception = Perception()
        self.opinion = Opinion() if config.opinion_share else None
        self.maps = FastMaps()
        self.fused = FusedNetwork(self.network, config.chunk_frames, config.batch)

    # -- checkpoints --------------------------------------------------------------------

    def save(self) -> None:
        state = {
            "shape": vars(self.config.shape),
            "network": self.average,
            "raw": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "optimiser_name": self.config.optimiser,
            "updates": self.updates,
            "heard_hours": self.heard_hours,
            "trained_hours": self.trained_hours,
            "history": self.history,
            "meta": {
                "trained_hours": f"{self.trained_hours:.2f}",
                "heard_hours": f"{self.heard_hours:.1f}",
                "updates": str(self.updates),
                "commit": _commit(),
            },
        }
        temporary = self.config.checkpoint.with_suffix(".part")
        torch.save(state, temporary)
        os.replace(temporary, self.config.checkpoint)

    def resume(self) -> bool:
        if not self.config.checkpoint.exists():
            return False
        state = torch.load(self.config.checkpoint, weights_only=True)
        self.network.load_state_dict(state["raw"])
        self.average = state["network"]
        if state.get("optimiser_name", "adamw") == self.config.optimiser:
            self.optimiser.load_state_dict(state["optimiser"])
        for key in ("updates", "heard_hours", "trained_hours", "history"):
            setattr(self, key, state[key])
        return True

    # -- one update -----------------------------------------------------------------------

    def learning_rate(self) -> float:
        """Linear warm-up from config.first_update on, then down to nothing.

        A half cosine to config.updates; or, where config.last_hours is given, a line to those
        hours of training, for a run that has to end in time whatever shares its processor.
        """
        c = self.config
        done, last = self.updates - c.first_update, c.updates - c.first_update
        if done < c.warmup:
            return c.rate * (done + 1) / c.warmup
        if c.last_hours:
            return c.rate * max(0.0, (c.last_hours - self.trained_hours) / (c.last_hours - c.first_hours))
        return c.rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - c.warmup) / max(1, last - c.warmup))))

    def update(
        self, maps: Tensor, spectra: list[Tensor], target: Tensor, cutoff: Tensor, state: list[Tensor]
    ) -> tuple[float, list[Tensor]]:
        """One step on one chunk: spectra are the mix's and the target's (re, im, re, im).

        Returns the spectral part of the loss, which stays comparable whatever else is added.
        """
        gain, turn, speech, state = self.fused(maps, state)
        c = self.config
        other, heard = random.random() < c.resolutions_share, random.random() < c.perception_share
        judged = random.random() < c.opinion_share
        if other or heard or judged:
            estimate = istft(*apply_mask(*spectra[:2], gain, turn, self.bands.spread))
        if other:
            loss = spectral_loss(estimate, target, cutoff, random.choice(WINDOWS), c.cut_weight)
        else:
            loss = MaskLoss.apply(gain, turn, spectra, cutoff, c.cut_weight)
        spectral = float(loss.detach())
        if heard:
            weight = c.perception_weight / c.perception_share
            loss = loss + weight * self.perception.disturbance(estimate, target)
        if judged:
            some = random.sample(range(len(estimate)), OPINIONS)
            scores = self.opinion.score(0.5 * estimate[some])
            speaks = target[some].pow(2).mean(1) > 1e-5  # an opinion on noise alone means nothing
            weight = c.opinion_weight / c.opinion_share
            loss = loss - weight * (scores[:, OVERALL] * speaks).mean()
        power = target.view(len(target), -1, HOP).pow(2).mean(2).t()
        voiced = (power > 3e-3 * power.amax(0)) & (power > 1e-8)
        loss = loss + 0.02 * F.binary_cross_entropy_with_logits(speech[1:], voiced.float())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.team.average(self.member, self.network.parameters())
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.optimiser.step()
        self.updates += 1
        self.follow()
        return spectral, state

    def follow(self) -> None:
        """Exponential moving average of the weights, quick at first."""
        keep = min(0.999, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)

    def batch(self, noisy: Tensor, clean: Tensor, cutoff: Tensor) -> float:
        """All chunks of one batch; the mean loss."""
        c = self.config
        # Scaled together so that the loss weighs a quiet voice like a loud one.
        level = torch.maximum(clean.pow(2).mean(1).sqrt(), 0.1 * noisy.pow(2).mean(1).sqrt())
        scale = 0.1 / (level + 1e-7)
        with torch.no_grad():
            re, im = stft(noisy)
            maps = self.maps.extract(re, im)
            re, im = re * scale[:, None], im * scale[:, None]
            clean = clean * scale[:, None]
            spectra = [re, im, *stft(clean)]
        state, losses = self.network.initial_state(len(noisy)), []
        for first in range(0, c.segment_frames, c.chunk_frames):
            frames = slice(first, first + c.chunk_frames)
            # istft gives the hops between frames: one fewer, one hop back.
            target = clean[:, first * HOP : (first + c.chunk_frames - 1) * HOP]
            loss, state = self.update(maps[frames], [x[frames] for x in spectra], target, cutoff, state)
            losses.append(loss)
        return sum(losses) / len(losses)

    # -- the loop -------------------------------------------------------------------------

    def run(self) -> None:
        c = self.config
        random.seed(c.seed + self.updates)
        loader = DataLoader(
            Mixes(c, c.seed + 7919 * (self.updates + 1) + 104729 * self.member),
            batch_size=None,
            num_workers=1,
            prefetch_factor=AHEAD,
        )
        started = reported = time.monotonic()
        before, losses = self.trained_hours, []
        begin = (self.updates, self.heard_hours)
        arrived, waited = time.monotonic(), 0.0
        for noisy, clean, cutoff in loader:
            waited += time.monotonic() - arrived
            losses.append(self.batch(noisy, clean, cutoff))
            self.heard_hours += self.team.size * noisy.numel() / SAMPLE_RATE / 3600
            now = time.monotonic()
            self.trained_hours = self.team.hours(self.member, before + (now - started) / 3600)
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"loss is {losses[-1]} at update {self.updates}")
            done = self.trained_hours >= c.last_hours if c.last_hours else self.updates >= c.updates
            if self.member == 0 and (now - reported > REPORT_SECONDS or not self.history or done):
                self.report(float(np.mean(losses)), begin, (now - started) / 3600, waited / (now - started))
                self.save()
                reported, losses = now, []
            if done:
                break
            arrived = time.monotonic()

    def report(self, loss: float, begin: tuple[int, float], hours: float, waiting: float) -> None:
        """One line of progress; begin is where this run began, hours ago.

        waiting is the share of the time in which there was no mix to train on.
        """
        speed = (self.heard_hours - begin[1]) / hours
        left = (self.config.updates - self.updates) / max(1, self.updates - begin[0]) * hours
        if self.config.last_hours:
            left = self.config.last_hours - self.trained_hours
        self.history.append({"updates": self.updates, "loss": loss, "speed": speed})
        print(
            f"update {self.updates}/{self.config.updates}  loss {loss:.4f}"
            f"  rate {self.learning_rate():.1e}  {self.heard_hours:.1f} h heard"
            f"  {speed:.0f} h/h  {100 * waiting:.0f} % waiting  {left:.2f} h left",
            flush=True,
        )


def work(member: int, team: Team, config: Config) -> None:
    """Trains as one member of a team, until the configuration's end or an interruption."""
    torch.set_num_threads(1)
    trainer = Trainer(config, team, member)
    resumed = trainer.resume()
    if member == 0:
        begin = f"resumed at update {trainer.updates}" if resumed else "from nothing"
        print(describe(config), begin, flush=True)
    try:
        trainer.run()
    except KeyboardInterrupt:
        if member == 0:
            trainer.save()
    if member == 0:
        plot_history.draw(trainer.history, config.checkpoint.with_suffix(".png"))


def optimiser(config: Config, network: Network) -> torch.optim.Optimizer:
    """The one that the configuration names."""
    if config.optimiser == "muon":
        return Muon(network, config.rate)
    return torch.optim.AdamW(network.parameters(), config.rate, betas=(0.9, 0.98), weight_decay=0.01)


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        check=False,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or "unknown"


def describe(config: Config) -> str:
    return json.dumps({"shape": vars(config.shape), "multiply_adds": multiply_adds(config.shape)})
