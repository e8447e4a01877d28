"""How well prints tell voices apart: the equal error rate of speakers who were held back."""

from __future__ import annotations

import numpy as np
import torch

from timedelay import REACH, TimeDelay
from voicebands import Weather, features
from voicecache import Voices

ENROLLED, PAUSE, MOST = 500, 25, 1500  # frames of 20 ms: the enrolment, what follows it, and what is tested
LENGTHS = (50, 100, 200)
LEAST_VOICED = 0.4


def equal_error_rate(own: np.ndarray, others: np.ndarray) -> float:
    """The share of both that is on the wrong side of the border where those shares are the same."""
    borders = np.sort(np.concatenate([own, others]))
    missed = np.searchsorted(np.sort(own), borders) / len(own)
    taken = 1 - np.searchsorted(np.sort(others), borders) / len(others)
    best = np.argmin(np.abs(missed - taken))
    return float((missed[best] + taken[best]) / 2)


@torch.no_grad()
def error_rates(network: TimeDelay, voices: Voices, speakers: list[str], hard: float) -> dict[float, float]:
    """By seconds of the test. Enrolment and test went different ways."""
    weather = Weather(1, hard)
    named = {v.name: v for v in voices.voices}
    prints, tests = [], []
    for name in speakers:
        first = torch.from_numpy(voices.power(named[name], 0, ENROLLED))[None]
        prints.append(network(*features(weather(first)))[0])
        rest = torch.from_numpy(voices.power(named[name], ENROLLED + PAUSE, ENROLLED + PAUSE + MOST))[None]
        x, voiced = features(weather(rest))
        said, weight = network.frames(x)
        tests.append((said, weight * voiced[:, REACH:-REACH], voiced[:, REACH:-REACH]))
    all_prints, rates = torch.stack(prints), {}
    for length in LENGTHS:
        own, others = [], []
        for whose, (said, weight, voiced) in enumerate(tests):
            for start in range(0, said.shape[1] - length + 1, length):
                part = slice(start, start + length)
                if voiced[:, part].mean() < LEAST_VOICED:
                    continue
                alike = (all_prints @ network.pool(said[:, part], weight[:, part])[0]).numpy()
                own.append(alike[whose])
                others.extend(np.delete(alike, whose))
        rates[length / 50] = equal_error_rate(np.array(own), np.array(others))
    return rates
