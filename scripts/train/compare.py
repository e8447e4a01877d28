"""Compares shapes of the network at equal training time.

Every shape hears the same mixes in the same order, from the same seed, for the same
processor time of one thread, the rate falling to nothing by then: a cheaper one gets
further. Judged are the averaged weights on further mixes that none of them heard.
"""

from __future__ import annotations

import dataclasses
import math
import random
import time

import numpy as np
import torch
from torch import Tensor

import recordings
import room_responses
from bands import HOP, SAMPLE_RATE, istft, stft
from config import Config
from loss import MaskLoss
from mixing import Mixer
from native_network import FusedNetwork
from network import apply_mask, multiply_adds
from trainer import Trainer

HOURS = 4.0  # of mixes, 3 GB; who gets further hears them again
JUDGED = 48  # mixes

Batch = tuple[np.ndarray, Tensor]  # 16 bits (noisy and clean, batch, samples), cutoffs


class Timed(Trainer):
    """A trainer whose rate follows the share of its time that has passed."""

    progress = 0.0

    def learning_rate(self) -> float:
        """Linear warm-up by updates, times a half cosine over the time."""
        warm = min(1.0, (self.updates + 1) / self.config.warmup)
        return self.config.rate * warm * 0.5 * (1 + math.cos(math.pi * self.progress))


def draw(config: Config, hours: float) -> list[Batch]:
    """Mixes of so many hours, and at the end those to be judged by; 0.7 GB an hour."""
    samples = config.segment_frames * HOP
    load = [recordings.Recordings(config.cache, name) for name in ("speech", "noise", "strokes")]
    mixer = Mixer(*load, room_responses.load(config.data / "rir", config.cache, config.rooms, 1), samples, 4711)
    batches: list[Batch] = []
    while len(batches) < (hours * 3600 * SAMPLE_RATE / samples + JUDGED) / config.batch:
        for mixed in mixer.batches(config.batch):
            pair = np.stack([[s.noisy for s in mixed], [s.clean for s in mixed]])
            cutoffs = torch.tensor([s.cutoff_hz for s in mixed], dtype=torch.float32)
            batches.append(((np.clip(pair, -1, 1) * 32767).astype(np.int16), cutoffs))
    return batches


def tensors(pair: np.ndarray) -> list[Tensor]:
    """Noisy and clean sound as floats."""
    return list(torch.from_numpy(pair.astype(np.float32) / 32767))


def train(config: Config, minutes: float, batches: list[Batch]) -> Timed:
    """One network, for minutes of processor time."""
    random.seed(config.seed)
    trainer, heard = Timed(config), 0
    started = time.process_time()
    while trainer.progress < 1:
        pair, cutoffs = batches[heard % len(batches)]
        trainer.batch(*tensors(pair), cutoffs)
        heard += 1
        trainer.progress = min(1.0, (time.process_time() - started) / 60 / minutes)
    trainer.heard_hours = heard * pair[0].size / SAMPLE_RATE / 3600
    return trainer


def judge(trainer: Trainer, batches: list[Batch]) -> tuple[float, float]:
    """Spectral loss and PESQ's stand-in of the averaged weights, means over the mixes."""
    c, network, losses = trainer.config, trainer.network, []
    network.load_state_dict(trainer.average)
    run = FusedNetwork(network, c.segment_frames, c.batch)
    with torch.no_grad():
        for pair, cutoffs in batches:
            noisy, clean = tensors(pair)
            level = torch.maximum(clean.pow(2).mean(1).sqrt(), 0.1 * noisy.pow(2).mean(1).sqrt())
            scale = (0.1 / (level + 1e-7))[:, None]
            re, im = stft(noisy)
            maps = trainer.maps.extract(re, im)[: c.segment_frames]
            gain, turn, _, _ = run(maps, network.initial_state(c.batch))
            spectra = [x[: c.segment_frames] for x in (*stft(noisy * scale), *stft(clean * scale))]
            loss = MaskLoss.apply(gain, turn, spectra, cutoffs, c.cut_weight)
            estimate = istft(*apply_mask(*spectra[:2], gain, turn, trainer.bands.spread))
            target = (clean * scale)[:, : estimate.shape[1]]
            losses.append((float(loss), float(trainer.perception.disturbance(estimate, target))))
    spectral, disturbance = np.mean(losses, axis=0)
    return float(spectral), float(disturbance)


def run(base: Config, minutes: float, shapes: list[str], hours: float = HOURS) -> list[Timed]:
    """Trains and judges every shape, written as "wide=256,blocks=1"; what it leaves out is the configuration's."""
    batches = draw(base, hours)
    judged = JUDGED // base.batch
    trainers = []
    for text in shapes:
        changes = {key: int(value) for key, value in (part.split("=") for part in text.split(",") if part)}
        config = dataclasses.replace(base, shape=dataclasses.replace(base.shape, **changes))
        trainer = train(config, minutes, batches[:-judged])
        spectral, disturbance = judge(trainer, batches[-judged:])
        size = sum(p.numel() for p in trainer.network.parameters())
        print(
            f"{text or 'as configured':24} {multiply_adds(config.shape) / 1e6:5.2f} M multiply-adds"
            f"  {size / 1e3:4.0f} k parameters  {trainer.updates:6} updates  {trainer.heard_hours:5.2f} h"
            f"  loss {spectral:.4f}  stand-in of PESQ {disturbance:.4f}",
            flush=True,
        )
        trainers.append(trainer)
    return trainers
