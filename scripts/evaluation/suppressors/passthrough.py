"""No suppressor at all: the noisy input, which the others are measured against."""

from __future__ import annotations

from ..audio import Samples


class Passthrough:
    """Returns its input."""

    name = "noisy"
    title = "noisy input"
    identity = "passthrough"

    def clean(self, clips: list[Samples]) -> list[Samples]:
        return clips

    def size_on_disk(self) -> int:
        return 0
