"""All metrics of one clip, in groups that are kept apart: a change to one group makes its scores anew, no other's."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from . import dnsmos, feeling, metrics, spectra
from .audio import Samples, to_metric_rate


@dataclass(frozen=True)
class Take:
    """One clip through one suppressor: outputs for the noisy and the clean side, without delay, all at 48 kHz."""

    clean: Samples
    noisy: Samples
    output: Samples
    clean_output: Samples

    @cached_property
    def reference(self) -> Samples:
        """The clean speech at 16 kHz."""
        return to_metric_rate(self.clean)

    @cached_property
    def heard(self) -> Samples:
        """The output at 16 kHz."""
        return to_metric_rate(self.output)

    @property
    def speaks(self) -> bool:
        """Whether there is any speech to compare with."""
        return bool(self.clean.any())


@dataclass(frozen=True)
class Group:
    """Metrics that depend on the same code."""

    name: str
    metrics: tuple[str, ...]
    make: Callable[[Take], dict[str, float]]
    sources: tuple[str, ...]  # files of this folder
    packages: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """Changes when scores may."""
        here = Path(__file__).parent
        code = b"".join((here / name).read_bytes() for name in ("audio.py", *self.sources))
        versions = ",".join(f"{name}=={version(name)}" for name in self.packages)
        return hashlib.sha256(code + versions.encode()).hexdigest()


def _quality(take: Take) -> dict[str, float]:
    return {
        "pesq": metrics.pesq_wideband(take.reference, take.heard),
        "estoi": metrics.estoi(take.reference, take.heard),
        "si_sdr": metrics.si_sdr(take.reference, take.heard),
        "clean_pesq": metrics.pesq_wideband(take.reference, to_metric_rate(take.clean_output)),
    }


def _spectra(take: Take) -> dict[str, float]:
    matched = spectra.level_matched(take.clean, take.output)
    return {
        "del8": spectra.speech_cut(take.clean, take.noisy, take.output),
        "del8_matched": spectra.speech_cut(take.clean, take.noisy, matched),
        "lsd_hi": spectra.high_band_distance(take.clean, take.noisy, take.output),
        "nr": spectra.pause_reduction(take.clean, take.noisy, take.output),
        "level": spectra.voice_level(take.clean, take.output),
        "clean_level": spectra.voice_level(take.clean, take.clean_output),
    }


GROUPS = (
    Group("quality", ("pesq", "estoi", "si_sdr", "clean_pesq"), _quality, ("metrics.py",), ("pesq", "pystoi")),
    Group(
        "opinion",
        ("sig", "bak", "ovrl", "p808"),
        lambda take: dnsmos.score(take.heard),
        ("dnsmos.py",),
        ("speechmos", "onnxruntime"),
    ),
    Group("spectra", ("del8", "del8_matched", "lsd_hi", "nr", "level", "clean_level"), _spectra, ("spectra.py",), ()),
    Group(
        "feeling",
        feeling.NAMES,
        lambda take: feeling.score(take.clean, take.output),
        ("feeling.py",),
        ("praat-parselmouth",),
    ),
)
METRICS = tuple(name for group in GROUPS for name in group.metrics)
NOTHING = dict.fromkeys(METRICS, math.nan)  # of a clip without speech
