"""Trains the deep-filtering network on: by clean recordings and by a teacher at once, from good weights."""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

import recordings
import room_responses
import start
import weightfile
from deepfilter import DeepFilter
from mixing import Mixer, Segment
from perceptual import Perceptual
from spectral import WINDOWS, distance
from spectrum import HOP, SAMPLE_RATE
from teacher import Teacher
from tuneconfig import RELEASED, TuneConfig

REPORT_SECONDS = 60  # between progress lines and checkpoints
QUIETEST = 0.3  # a voice is scaled as if it had at least this share of its mix
LEVEL = 0.1  # RMS to which the loss scales a mix, so that a quiet voice weighs like a loud one
LEAST, MOST_LIFT = 0.02, 100.0  # RMS of the loudest frame of a mix, and how far a softer one is raised


class Mixes(IterableDataset):
    """Endless batches: noisy, clean, heard (each B samples), cutoff in Hz, trust, whispered and room (each B)."""

    def __init__(self, config: TuneConfig, seed: int) -> None:
        self.config, self.seed = config, seed

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        c = self.config
        worker = torch.utils.data.get_worker_info()
        load = [recordings.Recordings(c.cache, name) for name in ("speech", "noise", "strokes")]
        responses = room_responses.load(c.data / "rir", c.cache, c.rooms, 1)
        samples = round(c.seconds * SAMPLE_RATE) // HOP * HOP
        mixer = Mixer(*load, responses, samples, self.seed + 104729 * (worker.id if worker else 0), c.whispers)
        while True:
            for batch in mixer.batches(c.batch):
                yield stacked(batch)


def stacked(batch: list[Segment]) -> tuple[Tensor, ...]:
    sounds = [np.stack([getattr(s, key) for s in batch]).astype(np.float32) for key in ("noisy", "clean", "heard")]
    keys = ("cutoff_hz", "trusted", "whispered", "room")
    facts = [[float(getattr(s, key)) for s in batch] for key in keys]
    return *(torch.from_numpy(s) for s in sounds), *(torch.tensor(f, dtype=torch.float32) for f in facts)


def lift(noisy: Tensor) -> Tensor:
    """Factors (B 1) that make soft mixes as loud as the program has the network hear them."""
    frames = noisy[:, : noisy.shape[1] // HOP * HOP].reshape(len(noisy), -1, HOP)
    loudest = frames.square().mean(2).amax(1, keepdim=True).sqrt()
    return (LEAST / (loudest + 1e-9)).clamp(1.0, MOST_LIFT)


def network_of(source: str, lookahead: int | None) -> DeepFilter:
    """The network of a weight file, or of the released weights; with another lookahead than its own if wanted."""
    if source != RELEASED:
        return weightfile.read(Path(source), lookahead)
    released = start.released()
    network = DeepFilter(start.LOOKAHEAD if lookahead is None else lookahead)
    network.load_state_dict(released.state_dict())
    return network.eval()


class Tuner:
    """Network, optimiser, averaged weights and the history of the losses."""

    def __init__(self, config: TuneConfig) -> None:
        torch.manual_seed(config.seed)
        self.config, self.device = config, torch.device(config.device)
        self.network = network_of(config.start, config.lookahead).to(self.device).train()
        self.origin = origin_of(config.start)
        self.first = [p.detach().clone() for p in self.network.parameters()]
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.teacher = Teacher(network_of(config.teacher, None).to(self.device), config.nsnet2_share)
        self.perceptual = Perceptual(config.pesq_weight, config.dnsmos_weight, self.device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), config.rate, (0.9, 0.99), weight_decay=0)
        self.updates, self.heard_hours, self.minutes, self.core_hours = 0, 0.0, 0.0, 0.0
        self.history: list[dict[str, float]] = []

    def save(self) -> None:
        """Writes the checkpoint beside its place and renames it into it."""
        state = {
            "config": {k: str(v) for k, v in vars(self.config).items()},
            "network": self.average,
            "raw": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "origin": self.origin,
            "first": self.first,
        }
        for key in ("updates", "heard_hours", "minutes", "core_hours", "history"):
            state[key] = getattr(self, key)
        part = self.config.checkpoint.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.config.checkpoint)

    def resume(self) -> bool:
        """Goes on from the checkpoint, if there is one."""
        if not self.config.checkpoint.exists():
            return False
        state = torch.load(self.config.checkpoint, weights_only=True, map_location=self.device)
        self.network.load_state_dict(state["raw"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.first, self.origin = state["network"], state["first"], state["origin"]
        for key in ("updates", "heard_hours", "minutes", "core_hours", "history"):
            setattr(self, key, state[key])
        return True

    def rate(self) -> float:
        """Up for warmup updates, then from rate to last_rate by the minutes trained, half a cosine of logarithms.

        On a CPU these are minutes of its time: a run that waits for others must not end before it has learned.
        """
        c = self.config
        done = min(1.0, self.minutes / c.minutes)
        share = 0.5 - 0.5 * math.cos(math.pi * done)
        return c.rate * (c.last_rate / c.rate) ** share * min(1.0, (self.updates + 1) / max(1, c.warmup))

    def weights(self, trust: Tensor, whispered: Tensor, room: Tensor) -> tuple[Tensor, Tensor]:
        """Of label and teacher for each item. A teacher knows no whispers: the label teaches those alone."""
        c = self.config
        label = trust * torch.where(room > 0, c.room_label_weight, c.label_weight)
        teacher = torch.where(room > 0, c.room_teacher_weight, c.teacher_weight)
        return torch.where(whispered > 0, 1.0, label), torch.where(whispered > 0, 0.0, teacher)

    def loss(self, noisy: Tensor, clean: Tensor, heard: Tensor, cutoff: Tensor, *facts: Tensor) -> Tensor:
        """Of one batch: the distance to the clean voice where it is trusted, and to what the teacher makes of it.

        facts are trust, whispered and room.
        """
        c = self.config
        noisy, clean, heard = (lift(noisy) * x for x in (noisy, clean, heard))
        label_weight, teacher_weight = self.weights(*facts)
        easier = 0.0 if random.random() < c.as_heard_share else random.uniform(0, c.easier_db)
        lesson = self.teacher.teach(noisy, clean, heard, easier)
        estimate, cleaned = self.network.clean_with(noisy)
        level = torch.maximum(clean.square().mean(1).sqrt(), QUIETEST * noisy.square().mean(1).sqrt())
        scale = (LEVEL / (level + 1e-7))[:, None]
        whole = torch.full_like(cutoff, SAMPLE_RATE / 2)  # a teacher's sound has no limit of its own
        total = cleaned.new_zeros(())
        windows = random.sample(WINDOWS, c.resolutions)
        for window in windows:
            label = [(clean * scale, label_weight)]
            lessons = [(lesson.target * scale, teacher_weight)]
            total = total + distance(cleaned * scale, label, cutoff, window, c.cut_weight)
            total = total + distance(cleaned * scale, lessons, whole, window, c.cut_weight)
        total = total / len(windows) + self.perceptual.loss(cleaned * scale, clean * scale, *facts)
        if lesson.lsnr is not None:
            total = total + c.lsnr_weight * (estimate.lsnr - lesson.lsnr).square().mean()
        return total

    def update(self, batch: list[Tensor]) -> float:
        """One step; the loss."""
        loss = self.loss(*(b.to(self.device) for b in batch))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        rate = self.rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.updates += 1
        keep = min(self.config.average, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            for value, first in zip(self.network.parameters(), self.first, strict=True):
                value.lerp_(first, rate * self.config.pull)
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return float(loss.detach())

    def run(self, most: int | None = None) -> None:
        """Trains until the configuration's minutes are over, or there were most updates in all."""
        c = self.config
        random.seed(c.seed + self.updates)
        mixes = DataLoader(Mixes(c, c.seed + 7919 * (self.updates + 1)), batch_size=None, num_workers=c.workers)
        began, cores, before = time.monotonic(), time.process_time(), (self.minutes, self.core_hours)
        reported, losses = began, []
        for batch in mixes:
            losses.append(self.update(batch))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"loss is {losses[-1]} at update {self.updates}")
            self.heard_hours += batch[0].numel() / SAMPLE_RATE / 3600
            now = time.monotonic()
            self.core_hours = before[1] + (time.process_time() - cores) / 3600
            spent = time.process_time() - cores if self.device.type == "cpu" else now - began
            self.minutes = before[0] + spent / 60
            over = self.minutes >= c.minutes or self.updates == most
            if over or now - reported > REPORT_SECONDS:
                self.report(float(np.mean(losses)))
                self.save()
                reported, losses = now, []
            if over:
                break

    def report(self, loss: float) -> None:
        """One line of progress."""
        self.history.append({"updates": self.updates, "loss": loss, "speed": self.heard_hours / self.minutes * 60})
        print(
            f"update {self.updates}  loss {loss:.4f}  rate {self.rate():.1e}  {self.heard_hours:.2f} h heard"
            f"  {self.core_hours:.2f} core-hours  {self.minutes:.1f} of {self.config.minutes:.0f} minutes",
            flush=True,
        )


def origin_of(source: str) -> dict[str, str]:
    """What the start says of itself: its origin, licence and the hours that went into it here."""
    if source == RELEASED:
        return {"origin": start.ORIGIN, "licence": start.LICENCE, "trained_hours": "0"}
    told = weightfile.metadata(Path(source))
    return {key: told[key] for key in ("origin", "licence", "trained_hours")}


def tune(config: TuneConfig) -> None:
    """Trains, from the checkpoint if there is one, until the minutes are over or somebody interrupts."""
    tuner = Tuner(config)
    resumed = tuner.resume()
    told = {k: str(v) for k, v in vars(config).items()}
    print(json.dumps(told), f"resumed at update {tuner.updates}" if resumed else f"from {config.start}", flush=True)
    try:
        tuner.run()
    except KeyboardInterrupt:
        tuner.save()
