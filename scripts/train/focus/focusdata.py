"""Batches for the focus networks: stretches of scenes, by kinds of what happens in them, and what is wanted of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import focuscache
import likeness
from focusbands import CENTRES, LEVEL_FLOOR, level, rows
from scenes import FAR
from timedelay import SIZE

LENGTH, BATCH = 360, 20
TRIES = 12  # stretches that are looked at for one of a kind
ACTIVE = 10**-2.5  # of a voice's loudest hop
QUIET = 1e-6  # of the level: voices below that are not worth a gain
# How often: both speak, the wanted one alone, the unwanted one alone, and whatever comes.
KINDS = {"me": (0.45, 0.17, 0.20, 0.18), "near": (0.20, 0.30, 0.40, 0.10)}
ABSENT = 0.5  # of the stretches where the unwanted one is alone: the print is of somebody who is not there
BLUR = 0.05  # deviation of each of a print's values, so that it is no name of a speaker
COLD = 0.1  # stretches that begin where the scene does
ANEW = 0.3  # how often another scene begins instead of the stretch that follows in the same


@dataclass
class Batch:
    """x B T N, prints B SIZE, goal B T N (gain of each band), power B T N (over the level), wanted and others B T.

    anew B: 1 where another scene begins, 0 where what the batch before had at that place goes on.
    """

    x: Tensor
    prints: Tensor
    goal: Tensor
    power: Tensor
    wanted: Tensor
    others: Tensor
    anew: Tensor


@dataclass
class Stream:
    """Where a place of the batches is: a scene, whose print (None for near) and parts, and the microphone."""

    scene: int
    start: int
    own: np.ndarray | None
    wanted: list[int]
    curve: np.ndarray


class Data:
    """The scenes of a cache that there are, and what is derived of them."""

    def __init__(self, folder: Path, choose: bool) -> None:
        self.cache = focuscache.load(folder, choose)
        self.level = np.stack([level(10 ** b[0].astype(np.float32)) for b in self.cache.bands])
        total = (10 ** self.cache.bands[:, 2:].astype(np.float32)).sum(3)
        self.active = total > np.maximum(total.max(2, keepdims=True) * ACTIVE, 1e-4)  # S 3 T
        self.hops = self.active.shape[2]

    def likeness(self, scene: int, at: slice, own: np.ndarray) -> np.ndarray:
        """The three inputs of a print, T 3."""
        alike = self.cache.values[scene].astype(np.float32) @ own * self.cache.known[scene]
        inputs = np.concatenate([alike, self.cache.known[scene, :, :1]], 1)
        block = (np.arange(at.start, at.stop) - likeness.LATE) // (2 * likeness.FRAMES)
        return np.where(block[:, None] >= 0, inputs[np.clip(block, 0, len(inputs) - 1)], 0)

    def powers(self, scene: int, at: slice, curve: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Powers of a stretch, 5 T N, and its level, T, through a microphone of another curve (log10 of power, N)."""
        bands = self.cache.bands[scene, :, at].astype(np.float32)
        power, clean = 10 ** (bands + np.float32(curve)), 10 ** bands[0]
        return power, level(power[0], self.level[scene, at.start] * power[0].sum() / clean.sum())

    def heard(self, scene: int, at: slice, own: np.ndarray | None, heard: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """The network's input, T N, of what powers has returned."""
        power, beside = heard
        x = [rows(*power[:2], beside), self.cache.speech[scene, at, None].astype(np.float32)]
        return np.concatenate(x if own is None else [*x, self.likeness(scene, at, own)], 1)

    def present(self, scene: int) -> list[int]:
        """Whose prints there are."""
        return [who for who in range(FAR) if self.cache.prints[scene, who].any()]


def goal(power: np.ndarray, wanted: list[int]) -> np.ndarray:
    """The gain of each band, T N."""
    voices = power[2:]
    least = QUIET * power[0].sum(1).max()
    return np.sqrt((voices[wanted].sum(0) + least) / (voices.sum(0) + least))


def curve(rng: np.random.Generator) -> np.ndarray:
    """What another microphone does to the bands, log10 of power."""
    octaves = np.log2((CENTRES + 0.5) * 50 / 700) / 3
    dB = rng.normal(0, 3) * octaves + rng.normal(0, 3) * (octaves**2 - 0.3)
    for ripples, size in ((1.5, 2.0), (3.0, 1.5)):
        dB += rng.normal(0, size) * np.cos(2 * np.pi * (ripples * octaves + rng.random()))
    return dB / 10


class Batches:
    """Draws batches of a kind of network, each place of which follows a scene for some stretches."""

    def __init__(self, kind: str, data: Data, seed: int) -> None:
        self.kind, self.data, self.rng = kind, data, np.random.default_rng(seed)
        self.streams: list[Stream | None] = [None] * BATCH

    def next(self) -> Batch:
        drawn = zip(*(self.one(place) for place in range(BATCH)), strict=True)
        return Batch(*(torch.from_numpy(np.stack(each)) for each in drawn))

    def one(self, place: int) -> tuple[np.ndarray, ...]:
        """What a Batch has, of the next stretch at a place."""
        data, stream = self.data, self.streams[place]
        anew = stream is None or stream.start + 2 * LENGTH > data.hops or self.rng.random() < ANEW
        if anew:
            stream = self.streams[place] = self.begun()
        else:
            stream.start += LENGTH
        at = slice(stream.start, stream.start + LENGTH)
        power, beside = data.powers(stream.scene, at, stream.curve)
        x = data.heard(stream.scene, at, stream.own, (power, beside))
        print_of = np.zeros(SIZE, np.float32) if stream.own is None else stream.own
        relative = power[0] / (beside.max() + LEVEL_FLOOR)
        drawn = (x, print_of, goal(power, stream.wanted), relative, *self.active(stream, at), np.array(anew))
        return tuple(each.astype(np.float32) for each in drawn)

    def active(self, stream: Stream, at: slice) -> tuple[np.ndarray, np.ndarray]:
        """Whether a wanted voice speaks, and another, T."""
        active = self.data.active[stream.scene, :, at]
        return active[stream.wanted].any(0), np.delete(active, stream.wanted, 0).any(0)

    def begun(self) -> Stream:
        """Another scene, from a stretch of one of the kinds on."""
        rng, data = self.rng, self.data
        share = int(rng.choice(4, p=KINDS[self.kind]))
        for _ in range(TRIES):
            scene = int(rng.integers(len(data.cache.bands)))
            start = 0 if rng.random() < COLD else int(rng.integers(data.hops - LENGTH))
            own, wanted = self.wish(scene, share == 2 and rng.random() < ABSENT)
            stream = Stream(scene, start, own, wanted, curve(rng))
            if self.fits(share, *self.active(stream, slice(start, start + LENGTH))):
                break
        if own is not None:
            stream.own = (own + rng.normal(0, BLUR, SIZE)).astype(np.float32)
        return stream

    def fits(self, share: int, mine: np.ndarray, theirs: np.ndarray) -> bool:
        """Whether a stretch is of the kind that is wanted."""
        both, only, other = (mine & theirs).mean(), (mine & ~theirs).mean(), (theirs & ~mine).mean()
        return (both > 0.25, only > 0.3 and not theirs.any(), other > 0.3 and not both, True)[share]

    def wish(self, scene: int, absent: bool) -> tuple[np.ndarray | None, list[int]]:
        """Whose print is given and whose parts are wanted."""
        rng, cache = self.rng, self.data.cache
        if self.kind == "near":
            return None, list(range(FAR))
        wanted = int(rng.choice(self.data.present(scene)))
        own, whose = cache.prints[scene, wanted], [wanted]
        while absent:
            other = int(rng.integers(len(cache.bands)))
            who = int(rng.choice(self.data.present(other)))
            own, whose = cache.prints[other, who], []
            absent = cache.names[other, who] in cache.names[scene]
        return own[rng.integers(len(own))].astype(np.float32), whose
