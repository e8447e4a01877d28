"""Runs suppressors over a data set and scores what comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from .audio import Samples, advance, delay, write
from .cache import Cache, digest, fetch, store
from .dataset import CLEAN_KIND, Clip
from .score import GROUPS, NOTHING, Take
from .suppressors.base import Suppressor

Scores = dict[str, float]
OF_CLEAN = frozenset(("clean_pesq", "clean_level"))  # of clean speech in: the mixes without noise count, too


@dataclass(frozen=True)
class Result:
    """One suppressor's scores."""

    name: str
    title: str
    delay: int  # samples taken off before scoring
    clips: list[tuple[Clip, Scores]]

    def mean(self, metric: str, kind: str | None = None) -> float:
        """Mean over the mixes of a kind, or over all mixes with noise; clips without a value are left out.

        Of clean speech in, the mean is over every reference.
        """
        if kind is not None:
            return self.mean_where(metric, lambda clip: clip.kind == kind)
        return self.mean_where(metric, lambda clip: metric in OF_CLEAN or clip.kind != CLEAN_KIND)

    def mean_where(self, metric: str, wanted: Callable[[Clip], bool]) -> float:
        """Mean over the clips that are wanted and have a value."""
        values = [scores[metric] for clip, scores in self.clips if wanted(clip)]
        values = [value for value in values if not math.isnan(value)]
        return float(np.mean(values)) if values else math.nan

    def near_snr(self, metric: str, low: float, high: float) -> float:
        """Mean over the mixes with an SNR within limits, in dB."""
        return self.mean_where(
            metric, lambda clip: clip.kind != CLEAN_KIND and clip.snr_db is not None and low <= clip.snr_db <= high
        )

    def part(self, room: bool) -> Result:
        """The same suppressor on the mixes in rooms alone, or without them."""
        return Result(self.name, self.title, self.delay, [pair for pair in self.clips if pair[0].room == room])


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
    task = partial(_score_clip, cache, processed.delay)
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


def _score_clip(cache: Cache, lag: int, clip: Clip, output: Samples, clean_output: Samples) -> Scores:
    """Every metric of one clip; scores are kept by what was heard, so that equal outputs are scored once."""
    clean, noisy = clip.clean(), clip.noisy()
    length = len(clean)
    take = Take(clean, noisy, advance(output, lag, length), advance(clean_output, lag, length))
    if not take.speaks:
        return NOTHING
    heard = digest(take.output, take.clean_output)
    scores: Scores = {}
    for group in GROUPS:
        scores |= cache.scores((group.name, group.digest, clip.digest, heard), partial(group.make, take))
        if missing := set(group.metrics) - set(scores):
            raise RuntimeError(f"clip {clip.name}: no {', '.join(sorted(missing))}")
    return scores
