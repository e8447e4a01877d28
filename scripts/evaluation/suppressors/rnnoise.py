"""RNNoise (Valin 2018; the 2024 model of its main branch), the library and weights inside the pyrnnoise package.

The C interface is called directly: the package's own wrapper needs PyAV and rounds to 16-bit samples, which costs
0.04 of DNSMOS.
"""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from ..audio import FLUSH, HOP, Samples
from ..packages import package_folder
from .base import package_identity, size_of

SCALE = 32768  # RNNoise takes floats in the range of 16-bit samples


class RNNoise:
    """RNNoise's main branch, 10 ms at a time."""

    name = "rnnoise"
    title = "RNNoise"

    def __init__(self) -> None:
        self.identity = package_identity("pyrnnoise") + "/flushed"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def _clean_one(self, clip: Samples) -> Samples:
        padded = np.pad(clip, (0, FLUSH + -len(clip) % HOP)).reshape(-1, HOP) * np.float32(SCALE)
        stream = RNNoiseStream()
        return np.concatenate([stream.process(hop) for hop in padded]) / np.float32(SCALE)

    def size_on_disk(self) -> int:
        return size_of(package_folder("pyrnnoise") / "librnnoise.so")


class RNNoiseStream:
    """One denoising state of the library."""

    def __init__(self) -> None:
        self._library = _library()
        self._state = ctypes.c_void_p(self._library.rnnoise_create(None))

    def process(self, hop: Samples) -> Samples:
        """Clean 480 contiguous samples scaled to ±32768."""
        out = np.empty(HOP, np.float32)
        self._library.rnnoise_process_frame(self._state, out.ctypes.data, hop.ctypes.data)
        return out

    def __del__(self) -> None:
        self._library.rnnoise_destroy(self._state)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(package_folder("pyrnnoise") / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p] * 3
    if library.rnnoise_get_frame_size() != HOP:
        raise RuntimeError("this RNNoise does not work in frames of 480 samples")
    return library
