"""Runs suppressors over a data set and scores what comes out."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from .audio import Samples, advance, delay, write
from .cache import Cache, fetch, store
from .dataset import CLEAN_KIND, Clip
from .score import METRICS, score
from .suppressors.base import Suppressor

Scores = dict[str, float]


@dataclass(frozen=True)
class Result:
    """One suppressor's scores."""

    name: str
    title: str
    delay: int  # samples taken off before scoring
    clips: list[tuple[Clip, Scores]]

    def mean(self, metric: str, kind: str | None = None) -> float:
        """Mean over the mixes of a kind, or over all mixes with noise; clips without a value are left out."""
        wanted = [scores[metric] for clip, scores in self.clips if clip.kind == (kind or clip.kind)]
        if kind is None:
            wanted = [scores[metric] for clip, scores in self.clips if clip.kind != CLEAN_KIND]
        values = [value for value in wanted if not math.isnan(value)]
        return float(np.mean(values)) if values else math.nan

    def clean_in(self) -> float:
        """PESQ of clean speech in, over every reference."""
        return float(np.nanmean([scores["clean_pesq"] for _, scores in self.clips]))


@dataclass(frozen=True)
class Processed:
    """A suppressor's outputs for the noisy and the clean side of every clip, still delayed."""

    noisy: list[Samples]
    clean: list[Samples]
    delay: int


def evaluate(suppressor: Suppressor, clips: list[Clip], cache: Cache, jobs: int, keep: Path | None = None) -> Result:
    """Clean every clip, take the delay off, and score; write the outputs to keep/NAME/ where asked."""
    processed = process(suppressor, clips, cache)
    if keep is not None:
        for clip, output in zip(clips, processed.noisy, strict=True):
            write(keep / suppressor.name / f"{clip.name}.wav", advance(output, processed.delay, len(clip.noisy())))
    task = partial(_score_clip, cache, suppressor.identity, processed.delay)
    work = (clips, processed.noisy, processed.clean)
    if jobs == 1:
        scores = list(map(task, *work))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            scores = list(pool.map(task, *work))
    return Result(suppressor.name, suppressor.title, processed.delay, list(zip(clips, scores, strict=True)))


def process(suppressor: Suppressor, clips: list[Clip], cache: Cache) -> Processed:
    """Clean both sides of every clip, from the cache where it has them."""
    noisy = _outputs(suppressor, clips, [clip.noisy() for clip in clips], cache, "noisy")
    clean = _outputs(suppressor, clips, [clip.clean() for clip in clips], cache, "clean")
    lags = [delay(output, clip.noisy()) for output, clip in zip(noisy, clips, strict=True)]
    return Processed(noisy, clean, int(np.median(lags)))


def _outputs(
    suppressor: Suppressor, clips: list[Clip], inputs: list[Samples], cache: Cache, side: str
) -> list[Samples]:
    if suppressor.identity is None:
        return suppressor.clean(inputs)
    places = [cache.output(suppressor.identity, clip.digest, side) for clip in clips]
    missing = [index for index, place in enumerate(places) if not place.is_file()]
    made = suppressor.clean([inputs[index] for index in missing])
    for index, samples in zip(missing, made, strict=True):
        store(places[index], samples)
    return [fetch(place) for place in places]


def _score_clip(
    cache: Cache, identity: str | None, lag: int, clip: Clip, output: Samples, clean_output: Samples
) -> Scores:
    def make() -> Scores:
        clean, noisy = clip.clean(), clip.noisy()
        length = len(clean)
        return score(clean, noisy, advance(output, lag, length), advance(clean_output, lag, length))

    scores = make() if identity is None else cache.scores(identity, clip.digest, lag, make)
    missing = set(METRICS) - set(scores)
    if missing:
        raise RuntimeError(f"clip {clip.name}: no {', '.join(sorted(missing))}")
    return scores
