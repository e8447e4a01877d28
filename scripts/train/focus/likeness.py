"""Where voices lie among all, by the network of voice prints.

Of a stream lately, as model/voiceprint's Resemblance has it, and of an enrolment, as its Enrolment has it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from timedelay import REACH, SIZE, TimeDelay
from voicebands import BANDS, WIDTH, features

WEIGHTS = Path(__file__).resolve().parents[3] / "model" / "voiceprint" / "voiceprint.safetensors"
FRAMES = 5  # of 20 ms, of a block
WINDOWS = (10, 4)  # blocks with a voice
LEAST = 12  # frames with a voice, from which on a window is known
PIECE = 50  # frames of a second of an enrolment
LATE = 2 * (REACH + 1) + 2 * FRAMES - 3  # hops from the first of a block to the one that knows of it
SPEECH = 0.5


def identity() -> str:
    """Of the network that prints belong to, as the program names it."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:12]


def held() -> list[str]:
    """The speakers whom that network was not trained on: they are for choosing and judging."""
    with safe_open(WEIGHTS, "pt") as file:
        return file.metadata()["held"].split("\n")


def load() -> TimeDelay:
    network = TimeDelay().eval()
    network.load_state_dict({k: v.float() for k, v in load_file(WEIGHTS).items()})
    return network


def _sums(network: TimeDelay, x: Tensor, voiced: Tensor) -> Tensor:
    """What each frame adds to a window: weight, voiced, value and square, T 2+2W."""
    around = torch.zeros(1, REACH, BANDS)
    said, weight = network.frames(torch.cat([around, x, around], 1))
    said, weight = said[0], (weight[0] * voiced)[:, None]
    return torch.cat([weight, voiced[:, None], weight * said, weight * said**2], 1)


def _of(network: TimeDelay, sums: Tensor) -> Tensor:
    """The prints of windows' sums."""
    value, square = (sums[:, 2:] / (sums[:, :1] + 1e-4)).chunk(2, 1)
    return network.of(value, square)


@torch.no_grad()
def lately(network: TimeDelay, clean: np.ndarray, speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of both windows after each block, T/10 2 SIZE, 0 where not known, and whether they are, T/10 2.

    clean: powers of 44 bands, T N; speech: how likely each hop holds some.
    """
    blocks = len(clean) // (2 * FRAMES)
    power = torch.from_numpy(clean[: blocks * 2 * FRAMES, :BANDS]).float().unflatten(0, (-1, 2)).mean(1) / WIDTH
    x, loud = features(power[None])
    sure = torch.from_numpy(speech[: blocks * 2 * FRAMES]).float().unflatten(0, (-1, 2)).amax(1) > SPEECH
    sums = _sums(network, x, loud[0] * sure).double().unflatten(0, (blocks, FRAMES)).sum(1)
    spoken = sums[:, 1] > 0
    total = torch.cat([torch.zeros(1, sums.shape[1]), sums[spoken].cumsum(0)])
    last = spoken.cumsum(0)  # how many blocks with a voice there were
    values, known = np.zeros((blocks, 2, SIZE), np.float32), np.zeros((blocks, 2), bool)
    for i, window in enumerate(WINDOWS):
        within = (total[last] - total[(last - window).clamp(min=0)]).float()
        known[:, i] = (within[:, 1] >= LEAST).numpy()
        values[:, i] = (_of(network, within) * (within[:, 1:2] >= LEAST)).numpy()
    return values, known


@torch.no_grad()
def enrolled(network: TimeDelay, power: Tensor) -> np.ndarray:
    """The print of powers of 40 bands every 20 ms, T N: half of the whole, half of the mean of its seconds."""
    x, voiced = features(power[None])
    sums = _sums(network, x, voiced[0])
    sums = sums[sums[:, 1] > 0]
    pieces = sums[: max(len(sums) // PIECE, 1) * PIECE]
    pieces = pieces.unflatten(0, (-1, PIECE)).sum(1) if len(sums) >= PIECE else sums.sum(0, keepdim=True)
    whole = _of(network, sums.sum(0, keepdim=True))[0] + _of(network, pieces).mean(0)
    return F.normalize(whole, dim=0).numpy()
