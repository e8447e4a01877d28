"""Two suppressors without a network: WebRTC's (16 kHz) and Speex's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import soxr

from ..audio import FLUSH, HOP, METRIC_RATE, RATE, Samples
from ..packages import package_folder
from .base import package_identity, size_of

SCALE = 32767
WEBRTC_LEVEL = 4  # the strongest of 0..4
WEBRTC_HOP = METRIC_RATE // 100


class WebRTC:
    """WebRTC's noise suppression at its highest level; works at 16 kHz, so the band above 8 kHz is lost."""

    name = "webrtc"
    title = "WebRTC NS"

    def __init__(self) -> None:
        self.identity = package_identity("webrtc-noise-gain") + "/flushed"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def _clean_one(self, clip: Samples) -> Samples:
        process = open_webrtc()
        low = soxr.resample(np.pad(clip, (0, FLUSH)), RATE, METRIC_RATE)
        hops = as_int16(low, WEBRTC_HOP)
        out = np.concatenate([np.frombuffer(process(hop.tobytes()).audio, np.int16) for hop in hops])
        return soxr.resample(out.astype(np.float32) / SCALE, METRIC_RATE, RATE)

    def size_on_disk(self) -> int:
        return size_of(*package_folder("webrtc_noise_gain").glob("*.so"))


class Speex:
    """The preprocessor of the Speex codec with its default attenuation."""

    name = "speex"
    title = "Speex"

    def __init__(self) -> None:
        self.identity = package_identity("speexdsp-ns") + "/flushed"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def _clean_one(self, clip: Samples) -> Samples:
        process = open_speex()
        out = np.concatenate(
            [np.frombuffer(process(hop.tobytes()), np.int16) for hop in as_int16(np.pad(clip, (0, FLUSH)), HOP)]
        )
        return out.astype(np.float32) / SCALE

    def size_on_disk(self) -> int:
        package = package_folder("speexdsp_ns")
        return size_of(*package.glob("*.so"), *package.parent.glob("speexdsp_ns.libs/*"))


def as_int16(samples: Samples, hop: int) -> np.ndarray:
    """Samples as 16-bit integers in rows of one hop, zero-padded at the end."""
    padded = np.pad(samples, (0, -len(samples) % hop))
    return np.round(np.clip(padded, -1, 1) * SCALE).astype(np.int16).reshape(-1, hop)


def open_webrtc() -> Callable[[bytes], Any]:
    """A function from 10 ms of 16-bit 16 kHz bytes to an object with the cleaned bytes as .audio."""
    from webrtc_noise_gain import AudioProcessor

    return AudioProcessor(0, WEBRTC_LEVEL).Process10ms


def open_speex() -> Callable[[bytes], bytes]:
    """A function from 10 ms of 16-bit 48 kHz bytes to the cleaned bytes."""
    from speexdsp_ns import NoiseSuppression

    return NoiseSuppression.create(HOP, RATE).process
